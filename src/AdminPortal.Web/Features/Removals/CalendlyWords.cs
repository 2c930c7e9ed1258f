using AdminPortal.Calendly;

namespace AdminPortal.Web.Features.Removals;

/// <summary>Calendly's answers in words for people: what is missing, or that there was no answer.</summary>
public static class CalendlyWords
{
    public static string Why(CalendlyException exception) => exception.Failure switch
    {
        CalendlyFailure.InsufficientScope => $"the connection lacks {string.Join(", ", exception.RequiredScopes)}",
        CalendlyFailure.Unreachable => "Calendly did not answer",
        CalendlyFailure.ServerError or CalendlyFailure.Unreadable => "Calendly had a fault of its own",
        CalendlyFailure.RateLimited => "Calendly asks us to slow down",
        CalendlyFailure.Unauthenticated => "Calendly does not accept the connection any more",
        _ => $"Calendly says: {exception.CalendlyMessage}",
    };
}
