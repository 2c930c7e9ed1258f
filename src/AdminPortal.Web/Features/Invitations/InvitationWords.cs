using AdminPortal.Calendly;

namespace AdminPortal.Web.Features.Invitations;

/// <summary>Calendly's answers to an invitation in words for people.</summary>
public static class InvitationWords
{
    /// <summary>A final refusal; null when the outcome is unknown, or when asking again makes sense.</summary>
    public static string? Refusal(CalendlyException exception) => exception.Failure switch
    {
        CalendlyFailure.AlreadyMember => "Already a member of the organization.",
        CalendlyFailure.AlreadyInvited => "Already invited; that invitation is still pending.",
        CalendlyFailure.InvalidEmail or CalendlyFailure.InvalidArgument => "Calendly does not take this for an e-mail address.",
        CalendlyFailure.NoSeats when exception.CalendlyMessage?.Contains("trial", StringComparison.OrdinalIgnoreCase) == true =>
            "The trial allows no more invitations. The owner can choose a plan in Calendly.",
        CalendlyFailure.NoSeats => "No seat is free. The owner can buy seats in Calendly.",
        CalendlyFailure.ScimEnforced => "This organization adds people by SCIM only. Add the person in your identity provider.",
        CalendlyFailure.InsufficientScope => $"The sender’s connection lacks {string.Join(", ", exception.RequiredScopes)}. Reconnect and allow it.",
        CalendlyFailure.PermissionDenied => "Calendly does not allow the sender to do this. The sender must be admin or owner.",
        CalendlyFailure.NotFound => "Calendly does not know this organization any more.",
        CalendlyFailure.RaceCondition => "Calendly was changing the same invitation at this moment. Nothing was sent; send it again.",
        CalendlyFailure.Unknown => $"Calendly refused: {exception.CalendlyMessage ?? exception.Title}",
        _ => null,
    };

    /// <summary>Why an invitation was not revoked; null when the outcome is unknown.</summary>
    public static string? RevokeRefusal(CalendlyException exception) => exception.Failure switch
    {
        CalendlyFailure.InvitationAlreadyAccepted => "This invitation was accepted already, so it cannot be revoked. The person is a member now.",
        CalendlyFailure.ScimEnforced => "This organization manages people by SCIM only, so Calendly refuses to revoke invitations here. Nothing was revoked.",
        CalendlyFailure.InsufficientScope => $"Your connection lacks {string.Join(", ", exception.RequiredScopes)}. Nothing was revoked. Reconnect and allow it.",
        CalendlyFailure.PermissionDenied => "Calendly does not allow you to revoke this invitation. Nothing was revoked.",
        CalendlyFailure.RateLimited => "Calendly asks us to slow down. Nothing was revoked; try again in a minute.",
        CalendlyFailure.InvalidArgument or CalendlyFailure.Unknown => $"Calendly refused: {exception.CalendlyMessage ?? exception.Title}. Nothing was revoked.",
        _ => null,
    };
}
