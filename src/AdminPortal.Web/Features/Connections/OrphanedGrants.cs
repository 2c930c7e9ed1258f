using AdminPortal.Web.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace AdminPortal.Web.Features.Connections;

/// <summary>
/// Ends grants whose owners may no longer have them, revokes at Calendly what was ended, and shows what a crash left behind. No token of
/// an orphan is handed out before it comes by, see <see cref="ConnectionTokens"/>; any number of instances may do this on one database.
/// </summary>
public sealed partial class OrphanedGrants(
    IDbContextFactory<PortalDbContext> contexts, EndedGrants grants, RefreshRow row,
    Doorbell doorbell, IOptions<WorkerOptions> options, TimeProvider clock, ILogger<OrphanedGrants> logger)
    : Worker([Topic.People, Topic.Connections, Topic.Directory], doorbell, options, clock, logger)
{
    /// <returns>Whether there was something to do.</returns>
    public async Task<bool> WorkOnceAsync(CancellationToken cancellationToken) =>
        await EndOneAsync(cancellationToken) || await grants.RevokeDueAsync(cancellationToken) || await BreakAbandonedAsync(cancellationToken);

    protected override Task<bool> WorkAsync(CancellationToken cancellationToken) => WorkOnceAsync(cancellationToken);

    private async Task<bool> EndOneAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        if (await GrantOwners.FindAsync(db, null, cancellationToken) is not [var found, ..]) return false;

        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        // The person before the connection, in the order of whoever connects; then the question once more, now that neither can change.
        await db.Database.ExecuteSqlAsync($"SELECT FROM people WHERE id = {found.PersonId} FOR SHARE", cancellationToken);
        var connection = await db.Connections.FromSql($"SELECT *, xmin FROM connections WHERE id = {found.ConnectionId} FOR UPDATE").SingleAsync(cancellationToken);
        if ((await GrantOwners.FindAsync(db, found.ConnectionId, cancellationToken)).SingleOrDefault() is not { } orphan) return true;
        await grants.EndOrphanAsync(db, connection, orphan, () => transaction.CommitAsync(CancellationToken.None));
        Log.Ended(logger, orphan.ConnectionId, orphan.Reason);
        return true;
    }

    /// <summary>A refresh that nobody brought to its end is shown as what it is, also when nobody asks for the connection.</summary>
    private async Task<bool> BreakAbandonedAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var abandoned = await db.Connections
            .FromSql($"SELECT *, xmin FROM connections WHERE state = 'healthy' AND refresh_lease_until < clock_timestamp() ORDER BY id LIMIT 1")
            .AsNoTracking().SingleOrDefaultAsync(cancellationToken);
        return abandoned is not null && await row.GiveUpAsync(abandoned.Id, abandoned.Generation, cancellationToken);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "The grant of connection {Connection} was ended: {Reason}")]
        public static partial void Ended(ILogger logger, Guid connection, OrphanReason reason);
    }
}
