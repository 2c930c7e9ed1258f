using AdminPortal.Calendly;

namespace AdminPortal.Web.Features.Connections;

public enum ScopeState
{
    Granted,
    NotGranted,
    /// <summary>Nobody can say before it is used: a personal access token does not tell.</summary>
    NotKnown,
}

/// <param name="Does">What it is for.</param>
/// <param name="Without">What does not work without it.</param>
public sealed record ScopeNeed(string Scope, string Does, string Without, ScopeState State);

/// <summary>What the portal asks Calendly for, and what each part is good for.</summary>
public static class ScopeNeeds
{
    public static IReadOnlyList<ScopeNeed> Of(IReadOnlyList<string> granted, IReadOnlyList<string> unknown) =>
        [.. Scopes.Needed.Select(scope => new ScopeNeed(scope, Does(scope), Without(scope), StateOf(scope, string.Join(' ', granted), unknown)))];

    private static ScopeState StateOf(string scope, string granted, IReadOnlyList<string> unknown) =>
        Scopes.Includes(granted, scope) ? ScopeState.Granted : unknown.Contains(scope, StringComparer.Ordinal) ? ScopeState.NotKnown : ScopeState.NotGranted;

    public static string Does(string scope) => scope switch
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

    private static string Without(string scope) => scope switch
    {
        Scopes.UsersRead => "it cannot be tested whose account this is",
        Scopes.OrganizationsRead => "no syncing, and no removal: both read members",
        Scopes.OrganizationsWrite => "no inviting, revoking or removing",
        Scopes.ScheduledEventsRead or Scopes.EventTypesRead or Scopes.WebhooksRead => "impact is unknown while syncing runs on this connection",
        Scopes.GroupsRead => "groups are unknown while syncing runs on this connection",
        Scopes.ActivityLogRead => "nobody is named for changes outside while syncing runs on this connection",
        _ => "nothing else is lost",
    };
}
