using AdminPortal.Calendly;
using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Connections;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Web.Features.Removals;

/// <summary>An impact as it was just read, with what is shown of a person but not kept.</summary>
/// <param name="Groups">Names of the person's groups, the first few; null when the groups are not known.</param>
public sealed record ImpactReading(Impact Impact, IReadOnlyList<string>? Groups, DateTimeOffset ReadAt);

/// <summary>
/// Counts what a removal would break, on the directory connection. Counts and dates only; titles and invitees are never read.
/// What cannot be read is unknown and says why; it is never none.
/// </summary>
public sealed class ImpactReader(IDbContextFactory<PortalDbContext> contexts, CalendlyAccess calendly, TimeProvider clock)
{
    /// <summary>Each name is a request.</summary>
    public const int MostGroupNames = 5;

    /// <param name="lane">People when somebody looks at it now, Background when it is read for later.</param>
    /// <param name="withNames">Also the names of the person's groups.</param>
    public async Task<ImpactReading> ReadAsync(string membershipUri, string userUri, Lane lane, bool withNames, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var organization = await db.Organizations.AsNoTracking().Include(o => o.DirectoryConnection).SingleOrDefaultAsync(cancellationToken);
        if (organization is null) return new(Unknown("no Calendly account is connected"), null, now);
        var (client, connection) = (calendly.For(organization.DirectoryConnectionId, lane), organization.DirectoryConnection!);
        try
        {
            var meetings = await PartAsync(connection, Scopes.ScheduledEventsRead, () => client.ScheduledEvents.SummarizeUpcomingAsync(organization.Uri, userUri, now, cancellationToken));
            var eventTypes = await PartAsync(connection, Scopes.EventTypesRead, () => client.EventTypes.CountOwnedAsync(userUri, cancellationToken));
            var webhooks = await PartAsync(connection, Scopes.WebhooksRead, () => client.Webhooks.CountCreatedByAsync(organization.Uri, userUri, cancellationToken));
            // Webhooks exist on paid plans only; without them nothing can break.
            if (webhooks.Failure == CalendlyFailure.PermissionDenied) webhooks = webhooks with { Problem = null };
            var groups = await PartAsync(connection, Scopes.GroupsRead, () => GroupsAsync(client, organization.Uri, membershipUri, withNames, cancellationToken));
            return new(
                new(meetings.Value?.Count, meetings.Value?.Next, meetings.Value?.Last, meetings.Value?.HostedAlone, eventTypes.Value?.Count, webhooks.Value?.Count,
                    groups.Value?.Count, groups.Problem, meetings.Problem ?? eventTypes.Problem ?? webhooks.Problem),
                groups.Value?.Names, now);
        }
        catch (CalendlyException exception)
        {
            return new(Unknown(CalendlyWords.Why(exception), exception.Failure is CalendlyFailure.Unreachable or CalendlyFailure.ServerError or CalendlyFailure.RateLimited or CalendlyFailure.Unreadable), null, now);
        }
        catch (ConnectionUnusableException exception)
        {
            return new(Unknown(exception.Message, exception.IsTemporary), null, now);
        }
    }

    /// <summary>Reads one item's impact and freezes it; false when there was none to read.</summary>
    public async Task<bool> FreezeNextAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var next = await db.RemovalItems.AsNoTracking().Where(i => i.State == ItemState.Pending && i.ImpactReadAt == null)
            .OrderBy(i => i.Id).Select(i => new { i.Id, i.MembershipUri, i.UserUri }).FirstOrDefaultAsync(cancellationToken);
        if (next is null) return false;
        // Read for whoever will decide: 200 people are 1,200 requests, which must not stand in front of anybody's click. For a single person
        // it takes seconds also beside a sweep, because the two take turns.
        var impact = (await ReadAsync(next.MembershipUri, next.UserUri, Lane.Background, withNames: false, cancellationToken)).Impact;
        if (impact.IsPassing) return false;
        var item = await db.RemovalItems.SingleAsync(i => i.Id == next.Id, cancellationToken);
        // Another instance may have been faster, and somebody may have decided meanwhile: the first reading stays.
        if (item.ImpactReadAt is not null || item.State != ItemState.Pending) return true;
        item.FreezeImpact(impact, clock.GetUtcNow());
        try
        {
            await db.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateConcurrencyException)
        {
            // The row moved between the read and the write; the next round looks again.
        }
        return true;
    }

    private sealed record Part<T>(T? Value, string? Problem, CalendlyFailure? Failure) where T : class;

    /// <summary>What this part is, or why Calendly does not show it to this connection. Everything else is thrown: it ends the reading.</summary>
    private static async Task<Part<T>> PartAsync<T>(Connection connection, string scope, Func<Task<T>> readAsync) where T : class
    {
        if (!connection.MayHave(scope)) return new(null, $"the connection lacks {scope}", CalendlyFailure.InsufficientScope);
        try
        {
            return new(await readAsync(), null, null);
        }
        catch (CalendlyException exception) when (exception.Failure is CalendlyFailure.InsufficientScope or CalendlyFailure.PermissionDenied)
        {
            return new(null, CalendlyWords.Why(exception), exception.Failure);
        }
    }

    private sealed record GroupsOf(int Count, IReadOnlyList<string> Names);

    /// <summary>Groups that the person belongs to or leads.</summary>
    private static async Task<GroupsOf> GroupsAsync(CalendlyClient client, string organizationUri, string membershipUri, bool withNames, CancellationToken cancellationToken)
    {
        var relationships = await client.Groups.ListRelationshipsAsync(new GroupRelationshipQuery(organizationUri, membershipUri), cancellationToken);
        var groups = relationships.Items.Where(one => one.Owner.Uri == membershipUri).GroupBy(one => one.Group, StringComparer.Ordinal).ToList();
        var names = new List<string>();
        foreach (var group in withNames ? groups.Take(MostGroupNames) : [])
        {
            var name = (await client.Groups.GetAsync(group.Key, cancellationToken)).Name;
            names.Add(group.Any(one => one.Role == GroupRole.Admin) ? $"{name} (group admin)" : name);
        }
        return new(groups.Count, names);
    }

    private static Impact Unknown(string why, bool passing = false) => new(null, null, null, null, null, null, null, null, why, passing);
}
