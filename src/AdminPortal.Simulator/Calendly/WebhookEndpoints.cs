using AdminPortal.Simulator.Calls;
using AdminPortal.Simulator.Model;

namespace AdminPortal.Simulator.Calendly;

internal static class WebhookEndpoints
{
    public static void MapWebhooks(this IEndpointRouteBuilder routes) => routes.MapGet("/webhook_subscriptions", List).Needs("webhooks:read");

    /// <summary>https://developer.calendly.com/api-docs/faac832d7c57d-list-webhook-subscriptions</summary>
    private static IResult List(Call call)
    {
        if (call.World.Settings.Plan == "free") throw ApiError.Forbidden("Please upgrade your Calendly account to Standard");
        var count = Wire.Count(call);
        var cursor = Wire.PageToken(call);
        var descending = Wire.Descending(call, "created_at");
        var organization = call.Reference("organization", "organizations") ?? throw ApiError.Invalid("organization", "must be filled");
        var scope = call.Query("scope") ?? throw ApiError.Invalid("scope", "must be filled");
        if (scope is not ("organization" or "user" or "group")) throw ApiError.Invalid("scope", "invalid");
        if (organization != call.Caller.OrganizationId) throw ApiError.Forbidden();
        if (scope == "user" && call.Query("user") is null) throw ApiError.Invalid("user", "must be filled");
        if (scope == "group" && call.Query("group") is null) throw ApiError.Invalid("group", "must be filled");
        var members = scope == "group" ? [] : Audience.Of(call, othersNeedOrganization: false);
        var rows = members.SelectMany(member => Meetings.Hooks(call.World, member)).Where(hook => hook.Scope == scope)
            .OrderBy(hook => hook.CreatedAt).ThenBy(hook => hook.Creator.Sequence)
            .Select((hook, index) => (Hook: hook, Sequence: index + 1L)).ToList();
        var page = Paging.Read(rows, row => row.Sequence, _ => true, descending, cursor, count);
        return Wire.List(call, page, row => Show(call.World, row.Hook));
    }

    private static object Show(World world, Hook hook) => new
    {
        Uri = world.Uris.Webhook(hook.Id),
        CallbackUrl = $"https://hooks.harbourlight.example/calendly/{hook.Creator.Slug}",
        CreatedAt = Wire.Time(hook.CreatedAt),
        UpdatedAt = Wire.Time(hook.CreatedAt),
        RetryStartedAt = (string?)null,
        State = "active",
        Events = new[] { "invitee.created", "invitee.canceled" },
        hook.Scope,
        Organization = world.Uris.Organization(hook.Creator.OrganizationId),
        User = hook.Scope == "user" ? world.Uris.User(hook.Creator.UserId) : null,
        Group = (string?)null,
        Creator = world.Uris.User(hook.Creator.UserId),
    };
}
