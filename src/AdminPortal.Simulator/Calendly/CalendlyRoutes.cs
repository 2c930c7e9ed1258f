using AdminPortal.Simulator.OAuth;

namespace AdminPortal.Simulator.Calendly;

internal static class CalendlyRoutes
{
    public static void MapCalendly(this IEndpointRouteBuilder routes)
    {
        routes.MapUsers();
        routes.MapMemberships();
        routes.MapInvitations();
        routes.MapEvents();
        routes.MapEventTypes();
        routes.MapWebhooks();
        routes.MapGroups();
        routes.MapActivityLog();
        routes.MapConsent();
        routes.MapTokens();
        // Also what exists with another method is simply not found.
        routes.MapFallback("/{**path}", IResult () => throw ApiError.NotFound());
    }
}
