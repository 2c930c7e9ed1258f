using System.Net;

namespace AdminPortal.Calendly;

/// <summary>What kind of refusal or accident a <see cref="CalendlyOAuthException"/> reports.</summary>
public enum OAuthFailure
{
    /// <summary>Another documented error; see <see cref="CalendlyOAuthException.Error"/>.</summary>
    Other,

    /// <summary>The code or refresh token is used, expired, revoked or somebody else's: this grant is dead.</summary>
    InvalidGrant,

    /// <summary>Client id or secret are wrong: a fault of the configuration, not of the grant.</summary>
    InvalidClient,

    /// <summary>429: more than 8 tokens for this user within a minute.</summary>
    RateLimited,

    /// <summary>No connection: nothing was sent, so nothing was used up.</summary>
    NotSent,

    /// <summary>No answer. A refresh token that was sent may have been used up.</summary>
    Unreachable,

    /// <summary>An answer that is not the documented one. A refresh token that was sent may have been used up.</summary>
    Unreadable,

    /// <summary>5xx.</summary>
    ServerError,
}

/// <summary>
/// Calendly's OAuth server refused, failed, or could not be understood. Carries no token, code or secret.
/// <see href="https://developer.calendly.com/api-docs/calendly-o-auth/o-auth/post-oauth-refresh-token"/>
/// </summary>
public sealed class CalendlyOAuthException : Exception
{
    /// <summary>A failure with an explanation of ours.</summary>
    public CalendlyOAuthException(OAuthFailure failure, string message, Exception? inner = null)
        : base(message, inner) => Failure = failure;

    /// <summary>What kind of failure this is.</summary>
    public OAuthFailure Failure { get; }

    /// <summary>The <c>error</c> code of RFC 6749, for example "invalid_grant".</summary>
    public string? Error { get; init; }

    /// <summary>Calendly's <c>error_description</c>.</summary>
    public string? Description { get; init; }

    /// <summary>The answer's status; null if there was no answer.</summary>
    public HttpStatusCode? Status { get; init; }

    /// <summary>How long to wait; set on 429, and wherever a Retry-After was sent.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The <c>x-request-id</c> header, which Calendly's support asks for.</summary>
    public string? RequestId { get; init; }
}
