namespace AdminPortal.Calendly;

/// <summary>Statuses of a scheduled event that Calendly documents.</summary>
public static class ScheduledEventStatus
{
    public const string Active = "active";
    public const string Canceled = "canceled";
}

/// <summary>One host of a meeting. <paramref name="User"/> is https://api.calendly.com/users/…</summary>
public sealed record EventMembership(string User);

/// <summary>
/// A meeting, without what the invitees said.
/// <see href="https://developer.calendly.com/api-docs/2d5ed9bbd2952-list-events"/>
/// </summary>
/// <param name="Uri">https://api.calendly.com/scheduled_events/…</param>
/// <param name="Status">One of <see cref="ScheduledEventStatus"/>, or something newer.</param>
/// <param name="StartTime">UTC.</param>
/// <param name="EndTime">UTC.</param>
/// <param name="EventMemberships">The hosts; exactly one means that the meeting has nobody else.</param>
public sealed record ScheduledEvent(
    string Uri,
    string Status,
    DateTimeOffset StartTime,
    DateTimeOffset EndTime,
    string? Name = null,
    string? EventType = null,
    IReadOnlyList<EventMembership>? EventMemberships = null);

/// <summary>What to list. To read somebody else's meetings give both organization and user, with an admin's or owner's token.</summary>
/// <param name="Organization">Full URI.</param>
/// <param name="User">Full URI.</param>
/// <param name="Status">One of <see cref="ScheduledEventStatus"/>.</param>
/// <param name="Sort">"start_time:asc" or "start_time:desc".</param>
/// <param name="MinStartTime">Meetings that start then or later.</param>
/// <param name="MaxStartTime">Meetings that start before.</param>
/// <param name="Count">Rows per page, 1 to 100.</param>
/// <param name="PageToken">From the page before.</param>
public sealed record ScheduledEventQuery(
    string? Organization = null,
    string? User = null,
    string? Status = null,
    string? Sort = null,
    DateTimeOffset? MinStartTime = null,
    DateTimeOffset? MaxStartTime = null,
    int Count = 100,
    string? PageToken = null);

/// <summary>What somebody still has to hold.</summary>
/// <param name="Count">Active meetings from the given time on.</param>
/// <param name="Next">Start of the first; null if there is none.</param>
/// <param name="Last">Start of the last that was read; null if there is none.</param>
/// <param name="HostedAlone">How many have no other host.</param>
/// <param name="Capped">True if there are more than were read: the counts are then lower bounds.</param>
public sealed record UpcomingMeetings(int Count, DateTimeOffset? Next, DateTimeOffset? Last, int HostedAlone, bool Capped);

/// <summary>Meetings. Scope scheduled_events:read.</summary>
public sealed class ScheduledEvents
{
    /// <summary>A summary reads at most this many pages of 100, so that one busy person can't use up the budget.</summary>
    public const int MaxPages = 5;

    private readonly CalendlyApi api;

    internal ScheduledEvents(CalendlyApi api) => this.api = api;

    /// <summary>One page of meetings. <see href="https://developer.calendly.com/api-docs/2d5ed9bbd2952-list-events"/></summary>
    /// <exception cref="CalendlyException">PermissionDenied ("This user is not in your organization"), InvalidArgument with neither organization nor user.</exception>
    public async Task<Page<ScheduledEvent>> ListAsync(ScheduledEventQuery query, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(query);
        var request = new QueryText("scheduled_events")
            .Reference("organization", query.Organization, CalendlyKind.Organization)
            .Reference("user", query.User, CalendlyKind.User)
            .Text("status", query.Status)
            .Text("sort", query.Sort)
            .Instant("min_start_time", query.MinStartTime)
            .Instant("max_start_time", query.MaxStartTime)
            .Page(query.Count, query.PageToken);
        return await api.ListAsync(request, CalendlyJson.Default.CollectionScheduledEvent, ct);
    }

    /// <summary>
    /// What a person of the organization still has to hold from a time on, from at most <see cref="MaxPages"/> calls.
    /// <see href="https://developer.calendly.com/api-docs/2d5ed9bbd2952-list-events"/>
    /// </summary>
    /// <exception cref="CalendlyException">As <see cref="ListAsync"/>.</exception>
    public async Task<UpcomingMeetings> SummarizeUpcomingAsync(string organizationUri, string userUri, DateTimeOffset from, CancellationToken ct)
    {
        CalendlyUri.Check(organizationUri, CalendlyKind.Organization);
        CalendlyUri.Check(userUri, CalendlyKind.User);
        var query = new ScheduledEventQuery(organizationUri, userUri, ScheduledEventStatus.Active, "start_time:asc", from);
        // A meeting booked while we page may push a row onto the next page, where it would count twice.
        var (meetings, capped) = await CalendlyApi.ReadPagesAsync(
            token => ListAsync(query with { PageToken = token }, ct), meeting => meeting.Uri, MaxPages);
        return new UpcomingMeetings(
            meetings.Count,
            meetings.Count == 0 ? null : meetings.Min(meeting => meeting.StartTime),
            meetings.Count == 0 ? null : meetings.Max(meeting => meeting.StartTime),
            meetings.Count(meeting => meeting.EventMemberships?.Count == 1),
            capped);
    }
}
