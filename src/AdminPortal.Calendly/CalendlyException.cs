using System.Net;

namespace AdminPortal.Calendly;

/// <summary>One entry of an error's <c>details</c>; every part may be missing.</summary>
public sealed record CalendlyErrorDetail(string? Parameter, string? Message, string? Code);

/// <summary>
/// A call to Calendly's API that was refused, failed, or could not be understood. Carries Calendly's own words and never
/// a token. Cancellation by the caller is not reported here; it stays an <see cref="OperationCanceledException"/>.
/// <see href="https://developer.calendly.com/openapi/calendly-api.yaml"/>
/// </summary>
public sealed class CalendlyException : Exception
{
    /// <summary>A failure with an explanation of ours.</summary>
    public CalendlyException(CalendlyFailure failure, string message, Exception? inner = null)
        : base(message, inner) => Failure = failure;

    /// <summary>What kind of failure this is.</summary>
    public CalendlyFailure Failure { get; }

    /// <summary>The answer's status; null if there was no answer.</summary>
    public HttpStatusCode? Status { get; init; }

    /// <summary>Calendly's <c>title</c>, for example "Permission Denied".</summary>
    public string? Title { get; init; }

    /// <summary>Calendly's <c>message</c>, for example "You can not change owner role".</summary>
    public string? CalendlyMessage { get; init; }

    /// <summary>Calendly's <c>details</c>; empty if there are none.</summary>
    public IReadOnlyList<CalendlyErrorDetail> Details { get; init; } = [];

    /// <summary>Scopes that Calendly says are missing; empty unless <see cref="CalendlyFailure.InsufficientScope"/>.</summary>
    public IReadOnlyList<string> RequiredScopes { get; init; } = [];

    /// <summary>The <c>x-request-id</c> header, which Calendly's support asks for.</summary>
    public string? RequestId { get; init; }

    /// <summary>How long to wait; set on 429 and on 503 with a Retry-After header.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
