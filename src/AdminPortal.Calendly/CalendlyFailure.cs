namespace AdminPortal.Calendly;

/// <summary>What kind of refusal or accident a <see cref="CalendlyException"/> reports.</summary>
public enum CalendlyFailure
{
    /// <summary>A documented error body that fits none of the others; see title and message.</summary>
    Unknown,

    /// <summary>401: the access token is invalid, expired or revoked.</summary>
    Unauthenticated,

    /// <summary>403: the person behind the token may not do this; the message says why.</summary>
    PermissionDenied,

    /// <summary>403: only organizations on Calendly's Enterprise plan have this.</summary>
    EnterpriseRequired,

    /// <summary>403: the grant lacks a scope; see <see cref="CalendlyException.RequiredScopes"/>.</summary>
    InsufficientScope,

    /// <summary>404 with Calendly's own error body. A 404 of something else on the way is <see cref="Unreadable"/>.</summary>
    NotFound,

    /// <summary>400: see <see cref="CalendlyException.Details"/>.</summary>
    InvalidArgument,

    /// <summary>Invitation: the address is already a member.</summary>
    AlreadyMember,

    /// <summary>Invitation: a pending invitation exists.</summary>
    AlreadyInvited,

    /// <summary>Invitation: malformed address.</summary>
    InvalidEmail,

    /// <summary>Invitation: Calendly asks to try again.</summary>
    RaceCondition,

    /// <summary>Revocation: the invitation has been accepted already.</summary>
    InvitationAlreadyAccepted,

    /// <summary>Invitation: no seat, or the trial's allotment is used up.</summary>
    NoSeats,

    /// <summary>Provisioning belongs to SCIM in this organization.</summary>
    ScimEnforced,

    /// <summary>429: see <see cref="CalendlyException.RetryAfter"/>.</summary>
    RateLimited,

    /// <summary>5xx. The outcome of a write is unknown.</summary>
    ServerError,

    /// <summary>No answer: connection refused or lost, or the client's time-out. The outcome of a write is unknown.</summary>
    Unreachable,

    /// <summary>An answer that is not Calendly's: HTML, truncated, empty, redirected, or of another shape. The outcome of a write is unknown.</summary>
    Unreadable,
}
