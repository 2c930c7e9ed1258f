namespace AdminPortal.Calendly;

/// <summary>Who an event type belongs to: <paramref name="Type"/> "User" or "Team", <paramref name="Owner"/> its URI.</summary>
public sealed record EventTypeProfile(string? Type = null, string? Name = null, string? Owner = null);

/// <summary>
/// A kind of meeting that can be booked. <see href="https://developer.calendly.com/api-docs/25a4ece03c1bc-list-user-s-event-types"/>
/// </summary>
/// <param name="Uri">https://api.calendly.com/event_types/…</param>
/// <param name="Duration">Minutes.</param>
/// <param name="Kind">"solo" or "group".</param>
/// <param name="PoolingType">"round_robin", "collective" or null.</param>
/// <param name="DeletedAt">Set once it was deleted.</param>
public sealed record EventType(
    string Uri,
    bool Active,
    string? Name = null,
    string? Slug = null,
    string? SchedulingUrl = null,
    int? Duration = null,
    string? Kind = null,
    string? PoolingType = null,
    string? Type = null,
    EventTypeProfile? Profile = null,
    bool? AdminManaged = null,
    DateTimeOffset? CreatedAt = null,
    DateTimeOffset? UpdatedAt = null,
    DateTimeOffset? DeletedAt = null);

/// <summary>What to list: of an organization, or of one person.</summary>
/// <param name="Organization">Full URI.</param>
/// <param name="User">Full URI.</param>
/// <param name="Active">Only active, or only inactive ones.</param>
/// <param name="Count">Rows per page, 1 to 100.</param>
/// <param name="PageToken">From the page before.</param>
public sealed record EventTypeQuery(
    string? Organization = null,
    string? User = null,
    bool? Active = null,
    int Count = 100,
    string? PageToken = null);

/// <summary>Kinds of meeting that can be booked. Scope event_types:read.</summary>
public sealed class EventTypes
{
    /// <summary>A count reads at most this many pages of 100.</summary>
    public const int MaxPages = 5;

    private readonly CalendlyApi api;

    internal EventTypes(CalendlyApi api) => this.api = api;

    /// <summary>One page of event types. <see href="https://developer.calendly.com/api-docs/25a4ece03c1bc-list-user-s-event-types"/></summary>
    /// <exception cref="CalendlyException">PermissionDenied ("This user is not in your organization"), InvalidArgument with neither organization nor user.</exception>
    public async Task<Page<EventType>> ListAsync(EventTypeQuery query, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(query);
        var request = new QueryText("event_types")
            .Reference("organization", query.Organization, CalendlyKind.Organization)
            .Reference("user", query.User, CalendlyKind.User)
            .Text("active", query.Active switch { true => "true", false => "false", null => null })
            .Page(query.Count, query.PageToken);
        return await api.ListAsync(request, CalendlyJson.Default.CollectionEventType, ct);
    }

    /// <summary>
    /// How many undeleted event types have this person as their owner. The list also holds a team's, whose profile names
    /// somebody else. <see href="https://developer.calendly.com/api-docs/25a4ece03c1bc-list-user-s-event-types"/>
    /// </summary>
    /// <exception cref="CalendlyException">As <see cref="ListAsync"/>.</exception>
    public async Task<BoundedCount> CountOwnedAsync(string userUri, CancellationToken ct)
    {
        CalendlyUri.Check(userUri, CalendlyKind.User);
        var query = new EventTypeQuery(User: userUri);
        var (types, capped) = await CalendlyApi.ReadPagesAsync(
            token => ListAsync(query with { PageToken = token }, ct), type => type.Uri, MaxPages);
        return new BoundedCount(types.Count(type => type.DeletedAt is null && type.Profile?.Owner == userUri), capped);
    }
}
