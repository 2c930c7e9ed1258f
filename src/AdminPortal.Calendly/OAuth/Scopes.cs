namespace AdminPortal.Calendly;

/// <summary>
/// Calendly's scopes. A write scope includes its read scope; "default" marks a grant older than scopes, which may do
/// everything. <see href="https://developer.calendly.com/docs/authentication/scopes"/>
/// </summary>
public static class Scopes
{
    public const string UsersRead = "users:read";
    public const string OrganizationsRead = "organizations:read";
    public const string OrganizationsWrite = "organizations:write";
    public const string GroupsRead = "groups:read";
    public const string ActivityLogRead = "activity_log:read";
    public const string ScheduledEventsRead = "scheduled_events:read";
    public const string EventTypesRead = "event_types:read";
    public const string WebhooksRead = "webhooks:read";

    /// <summary>The scope of a grant made before scopes existed: everything.</summary>
    public const string Default = "default";

    /// <summary>What administering an organization asks for.</summary>
    public static IReadOnlyList<string> Needed { get; } =
    [
        UsersRead, OrganizationsRead, OrganizationsWrite, GroupsRead, ActivityLogRead, ScheduledEventsRead, EventTypesRead, WebhooksRead,
    ];

    /// <summary>Whether a grant's <c>scope</c> (separated by spaces) covers one needed scope.</summary>
    public static bool Includes(string? granted, string needed)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(needed);
        var scopes = (granted ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return scopes.Contains(Default, StringComparer.Ordinal)
            || scopes.Contains(needed, StringComparer.Ordinal)
            || (needed.EndsWith(":read", StringComparison.Ordinal) && scopes.Contains(needed[..^"read".Length] + "write", StringComparer.Ordinal));
    }

    /// <summary>Whether a grant's <c>scope</c> covers all of the needed ones.</summary>
    public static bool Includes(string? granted, IEnumerable<string> needed) => Missing(granted, needed).Count == 0;

    /// <summary>Which of the needed scopes a grant lacks, in the order given.</summary>
    public static IReadOnlyList<string> Missing(string? granted, IEnumerable<string> needed)
    {
        ArgumentNullException.ThrowIfNull(needed);
        return [.. needed.Where(scope => !Includes(granted, scope))];
    }
}
