using System.Text.Json;

namespace AdminPortal.Calendly;

/// <summary>The organization of an actor, and the actor's role there, for example "owner".</summary>
public sealed record ActivityOrganization(string? Uri = null, string? Role = null);

/// <summary>The group of an actor, and the actor's role there, for example "member".</summary>
public sealed record ActivityGroup(string? Uri = null, string? Name = null, string? Role = null);

/// <summary>
/// Who did something, as of then. Only the type is certain: Calendly itself is
/// <c>{"type":"System","display_name":"Calendly System"}</c>.
/// </summary>
/// <param name="Type">"User", "System", or something newer.</param>
/// <param name="Uri">https://api.calendly.com/users/…</param>
/// <param name="AlternativeIdentifier">The e-mail address.</param>
public sealed record ActivityActor(
    string Type,
    string? Uri = null,
    string? DisplayName = null,
    string? AlternativeIdentifier = null,
    ActivityOrganization? Organization = null,
    ActivityGroup? Group = null);

/// <summary>
/// Something that was done in the organization. Calendly publishes no catalogue of names, only examples such as
/// <c>User.Add</c>, and nothing about the details.
/// <see href="https://developer.calendly.com/api-docs/calendly-api/activity-log/list-activity-log-entries"/>
/// </summary>
/// <param name="Uri">https://api.calendly.com/activity_log_entries/…; what tells one entry from another.</param>
/// <param name="OccurredAt">UTC, milliseconds or microseconds.</param>
/// <param name="Namespace">The category, for example "API".</param>
/// <param name="Action">For example "Token_Created".</param>
/// <param name="FullyQualifiedName">Namespace.Action.</param>
/// <param name="Organization">https://api.calendly.com/organizations/…</param>
/// <param name="Details">As Calendly gave them; another shape for every action.</param>
public sealed record ActivityLogEntry(
    string Uri,
    DateTimeOffset OccurredAt,
    string Namespace,
    string Action,
    string? FullyQualifiedName = null,
    string? Organization = null,
    ActivityActor? Actor = null,
    JsonElement? Details = null);

/// <summary>One page of the activity log, the one list of which Calendly tells a total.</summary>
/// <param name="Items">The entries of this page, in the order asked for.</param>
/// <param name="NextPageToken">What to ask for next; null on the last page.</param>
/// <param name="TotalCount">How many entries match; a lower bound if <paramref name="ExceedsMaxTotalCount"/>.</param>
/// <param name="LastEventTime">When the newest entry occurred, at times without the fraction of the second; null if there is none.</param>
public sealed record ActivityLogPage(
    IReadOnlyList<ActivityLogEntry> Items,
    string? NextPageToken,
    int TotalCount,
    bool ExceedsMaxTotalCount,
    DateTimeOffset? LastEventTime);

/// <summary>What to list.</summary>
/// <param name="Organization">Full URI; required.</param>
/// <param name="SearchTerm">At most 300 characters. Operators: | or, + and, "…" exactly, - not, ( ), * beginning with.</param>
/// <param name="Actors">Full URIs of users.</param>
/// <param name="Namespaces">For example "API".</param>
/// <param name="Actions">For example "Token_Created".</param>
/// <param name="Sort">
/// <c>field:asc</c> or <c>field:desc</c>, the most important first. Fields: action, actor.display_name, actor.uri, namespace,
/// occurred_at. Calendly's default is <c>occurred_at:desc</c>.
/// </param>
/// <param name="MinOccurredAt">Entries after this time; whether those at it are among them is not certain.</param>
/// <param name="MaxOccurredAt">Entries before this time; likewise.</param>
/// <param name="Count">Rows per page, 1 to 1000.</param>
/// <param name="PageToken">From the page before.</param>
public sealed record ActivityLogQuery(
    string Organization,
    string? SearchTerm = null,
    IReadOnlyList<string>? Actors = null,
    IReadOnlyList<string>? Namespaces = null,
    IReadOnlyList<string>? Actions = null,
    IReadOnlyList<string>? Sort = null,
    DateTimeOffset? MinOccurredAt = null,
    DateTimeOffset? MaxOccurredAt = null,
    int Count = ActivityLog.LongestPage,
    string? PageToken = null);

/// <summary>The envelope of a page: that of a list, and what is told only here.</summary>
internal sealed record ActivityLogCollection(
    IReadOnlyList<ActivityLogEntry> Items, Pagination Pagination, int TotalCount, bool ExceedsMaxTotalCount, DateTimeOffset? LastEventTime = null)
    : Collection<ActivityLogEntry>(Items, Pagination);

/// <summary>Who did what in the organization, for admins and the owner on the Enterprise plan. Scope activity_log:read.</summary>
public sealed class ActivityLog
{
    /// <summary>Pages are longer here than anywhere else.</summary>
    public const int LongestPage = 1000;

    /// <summary>Characters of a search.</summary>
    public const int LongestSearch = 300;

    private readonly CalendlyApi api;

    internal ActivityLog(CalendlyApi api) => this.api = api;

    /// <summary>
    /// One page of entries; Calendly keeps them for 90 days.
    /// <see href="https://developer.calendly.com/api-docs/calendly-api/activity-log/list-activity-log-entries"/>
    /// </summary>
    /// <exception cref="CalendlyException">
    /// EnterpriseRequired where the plan has no activity log; PermissionDenied for anybody but admins and the owner;
    /// InsufficientScope; InvalidArgument.
    /// </exception>
    public async Task<ActivityLogPage> ListAsync(ActivityLogQuery query, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(query);
        CalendlyUri.Check(query.Organization, CalendlyKind.Organization);
        if (query.SearchTerm?.Length > LongestSearch)
            throw new ArgumentException($"Calendly takes at most {LongestSearch} characters.", nameof(query));
        var request = new QueryText("activity_log_entries")
            .Reference("organization", query.Organization, CalendlyKind.Organization)
            .Text("search_term", query.SearchTerm)
            .List("actor", query.Actors?.Select(actor => CalendlyUri.Check(actor, CalendlyKind.User, "actor")).ToList())
            .List("namespace", query.Namespaces)
            .List("action", query.Actions)
            .List("sort", query.Sort)
            .Instant("min_occurred_at", query.MinOccurredAt)
            .Instant("max_occurred_at", query.MaxOccurredAt)
            .Page(query.Count, query.PageToken, LongestPage);
        var list = await api.ListAsync<ActivityLogCollection, ActivityLogEntry>(request, CalendlyJson.Default.ActivityLogCollection, ct);
        return new ActivityLogPage(list.Items, list.Pagination.NextPageToken, list.TotalCount, list.ExceedsMaxTotalCount, list.LastEventTime);
    }
}
