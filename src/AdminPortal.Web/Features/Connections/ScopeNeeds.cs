using AdminPortal.Calendly;

namespace AdminPortal.Web.Features.Connections;

/// <param name="Does">What it is for; without it that is what does not work.</param>
public sealed record ScopeNeed(string Scope, string Does, bool Granted);

/// <summary>What the portal asks Calendly for, and what each part is good for.</summary>
public static class ScopeNeeds
{
    public static IReadOnlyList<ScopeNeed> Of(IReadOnlyList<string> granted) =>
        [.. Scopes.Needed.Select(scope => new ScopeNeed(scope, Does(scope), Scopes.Includes(string.Join(' ', granted), scope)))];

    private static string Does(string scope) => scope switch
    {
        Scopes.UsersRead => "Names and emails",
        Scopes.OrganizationsRead => "Members and invitations",
        Scopes.OrganizationsWrite => "Invite, revoke, remove",
        Scopes.GroupsRead => "Groups of a person",
        Scopes.ActivityLogRead => "Who changed things outside",
        Scopes.ScheduledEventsRead => "Meetings that a removal breaks",
        Scopes.EventTypesRead => "Event types that a removal breaks",
        Scopes.WebhooksRead => "Webhooks that a removal breaks",
        _ => scope,
    };
}
