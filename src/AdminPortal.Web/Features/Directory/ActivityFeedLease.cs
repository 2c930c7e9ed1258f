using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Connections;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace AdminPortal.Web.Features.Directory;

/// <summary>Another instance reads the activity log now: whoever gets this writes nothing any more.</summary>
public sealed class ActivityFeedLostException() : Exception("The lease of the activity log was lost to another worker.");

/// <summary>A round that is due, and on which connection.</summary>
public sealed record FeedClaim(ActivityFeed Feed, ManagedOrganization Organization, Connection Connection);

/// <summary>When the activity log is read next, and by whom: one poller at a time, by the database's clock, with a fence that grows with every claim.</summary>
public sealed class ActivityFeedLease(IDbContextFactory<PortalDbContext> contexts, IOptions<DirectoryOptions> options, IOptions<WorkerOptions> workers, TimeProvider clock)
{
    /// <summary>Where there is no log to read, it is asked for again only so often.</summary>
    private static readonly TimeSpan Later = TimeSpan.FromHours(1);

    public TimeSpan Length => workers.Value.Lease;

    /// <returns>Null while no round is due, or another worker is at it.</returns>
    public async Task<FeedClaim?> ClaimAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var organization = await db.Organizations.AsNoTracking().Include(o => o.DirectoryConnection).SingleOrDefaultAsync(cancellationToken);
        if (organization?.DirectoryConnection is not { State: ConnectionState.Healthy } connection) return null;
        var feed = await db.ActivityFeeds.AsNoTracking().SingleOrDefaultAsync(f => f.OrganizationUri == organization.Uri, cancellationToken);
        if (feed is null)
        {
            await db.Database.ExecuteSqlAsync($"""
                INSERT INTO activity_feed (organization_uri, state, behind, lease_until, fence)
                VALUES ({organization.Uri}, {EnumText.Word(FeedState.Unknown)}, false, to_timestamp(0), 0) ON CONFLICT DO NOTHING
                """, cancellationToken);
        }
        else if (!await IsDueAsync(db, feed, connection, now, cancellationToken))
        {
            return null;
        }
        // The moment of the last try is compared once more, so that two who saw the same moment do not both read.
        var claimed = await db.ActivityFeeds.FromSql($"""
            UPDATE activity_feed SET fence = fence + 1, lease_until = clock_timestamp() + {Length}, tried_at = {now}, connection_id = {connection.Id}
            WHERE organization_uri = {organization.Uri} AND lease_until <= clock_timestamp() AND tried_at IS NOT DISTINCT FROM {feed?.TriedAt}
            RETURNING *
            """).AsNoTracking().ToListAsync(cancellationToken);
        return claimed is [var mine] ? new(mine, organization, connection) : null;
    }

    private async Task<bool> IsDueAsync(PortalDbContext db, ActivityFeed feed, Connection connection, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (feed.TriedAt is not { } tried || feed.ConnectionId != connection.Id || connection.ConnectedAt > tried) return true;
        if (feed.State is FeedState.NotEnterprise or FeedState.MissingScope or FeedState.Refused) return now - tried >= Later;
        if (now - tried >= options.Value.ActivityLogInterval) return true;
        if (feed.State != FeedState.Reading) return false;
        // Somebody who sees the change now would like to see who made it. After a failure both wait for the interval.
        return (feed.Behind && feed.ReadAt >= tried) || await db.Changes.AnyAsync(c => c.SeenAt > tried && c.SeenAt <= now && c.Origin == ChangeOrigin.OutOfBand && c.ActivityUri == null, cancellationToken);
    }

    /// <summary>The first statement of every write: it locks the row, so that nobody takes it over before the transaction ends.</summary>
    /// <exception cref="ActivityFeedLostException">Another worker has it.</exception>
    public async Task ExtendAsync(PortalDbContext db, FeedClaim claim, CancellationToken cancellationToken)
    {
        var mine = await db.Database.ExecuteSqlAsync($"""
            UPDATE activity_feed SET lease_until = clock_timestamp() + {Length} WHERE organization_uri = {claim.Feed.OrganizationUri} AND fence = {claim.Feed.Fence}
            """, cancellationToken);
        if (mine == 0) throw new ActivityFeedLostException();
    }

    /// <summary>Keeps the lease while an answer is awaited, which may take a minute when the budget is spent.</summary>
    public async Task<T> HoldingAsync<T>(FeedClaim claim, Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = work(stop.Token);
        try
        {
            while (await Task.WhenAny(running, Task.Delay(Length / 3, clock, stop.Token)) != running)
            {
                await using var db = await contexts.CreateDbContextAsync(cancellationToken);
                await ExtendAsync(db, claim, cancellationToken);
            }
            return await running;
        }
        finally
        {
            await stop.CancelAsync();
            await ((Task)running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Gives it back at once, for whoever looks next.</summary>
    public async Task ReleaseAsync(FeedClaim claim, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await db.Database.ExecuteSqlAsync($"UPDATE activity_feed SET lease_until = clock_timestamp() WHERE organization_uri = {claim.Feed.OrganizationUri} AND fence = {claim.Feed.Fence}", cancellationToken);
    }
}
