namespace AdminPortal.Simulator.Tokens;

/// <summary>Scopes of March 2026: https://developer.calendly.com/scopes. <c>default</c> is a legacy grant with full access.</summary>
internal static class Scopes
{
    public const string Default = "default";

    public static IReadOnlyDictionary<string, string> Words { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        [Default] = "Full access to your Calendly account",
        ["availability:read"] = "See your availability",
        ["availability:write"] = "See and change your availability",
        ["event_types:read"] = "See event types",
        ["event_types:write"] = "See and change event types",
        ["locations:read"] = "See meeting locations",
        ["routing_forms:read"] = "See routing forms and their submissions",
        ["shares:write"] = "Create shares of event types",
        ["scheduled_events:read"] = "See scheduled meetings",
        ["scheduled_events:write"] = "See, book and cancel scheduled meetings",
        ["scheduling_links:write"] = "Create scheduling links",
        ["groups:read"] = "See groups and who belongs to them",
        ["organizations:read"] = "See your organization, its members and invitations",
        ["organizations:write"] = "Invite people to your organization and remove members",
        ["users:read"] = "See your profile and those of your colleagues",
        ["webhooks:read"] = "See webhook subscriptions",
        ["webhooks:write"] = "See and change webhook subscriptions",
        ["activity_log:read"] = "See your organization's activity log",
        ["data_compliance:write"] = "Delete data of invitees",
        ["outgoing_communications:read"] = "See outgoing communications",
        ["contacts:read"] = "See contacts",
        ["contacts:write"] = "See and change contacts",
        ["meeting_recaps:read"] = "See meeting recaps",
        ["meeting_recaps:write"] = "See and change meeting recaps",
    };

    /// <summary>The scopes asked for, without doubles; null when one of them does not exist.</summary>
    public static IReadOnlyList<string>? Parse(string? text)
    {
        var asked = (text ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).Distinct().ToList();
        if (asked.Count == 0) asked.Add(Default);
        return asked.TrueForAll(Words.ContainsKey) ? asked : null;
    }

    /// <summary>A write scope implies the read scope of the same resource.</summary>
    public static bool Allow(IReadOnlyList<string> granted, string needed) =>
        granted.Contains(Default) || granted.Contains(needed)
        || (needed.EndsWith(":read", StringComparison.Ordinal) && granted.Contains(string.Concat(needed.AsSpan(0, needed.Length - 5), ":write")));
}
