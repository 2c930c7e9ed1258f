using AdminPortal.Calendly;
using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Audit;
using AdminPortal.Web.Security;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Web.Features.Connections;

/// <summary>A new pair as it is stored.</summary>
/// <param name="Scopes">Null when Calendly did not repeat them: they are what they were (RFC 6749, section 5.1).</param>
public sealed record SealedPair(string Access, string Refresh, DateTimeOffset At, TimeSpan Lifetime, string[]? Scopes);

/// <summary>
/// <see cref="RefreshState"/> in PostgreSQL: each of its changes is one conditional UPDATE, committed by itself, on the database's clock.
/// </summary>
public sealed partial class RefreshRow(IDbContextFactory<PortalDbContext> contexts, TokenProtection protection, AuditTrail audit, TimeProvider clock, ILogger<RefreshRow> logger)
{
    public const string Abandoned = "The portal could not record what Calendly answered when this connection was renewed, so its tokens may be used up.";

    private sealed record Read(int Generation, bool IsHealthy, long Fence, DateTimeOffset? LeaseUntil, DateTimeOffset? NotBefore, string? Problem, int Failures, DateTimeOffset Now);

    /// <exception cref="ConnectionUnusableException">There is no such row.</exception>
    public async Task<Connection> ReadAsync(Guid connectionId, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.Connections.AsNoTracking().SingleOrDefaultAsync(c => c.Id == connectionId, cancellationToken) ?? throw None();
    }

    public async Task<(RefreshState State, DateTimeOffset Now)> StateAsync(Guid connectionId, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var rows = await db.Database.SqlQuery<Read>($"""
            SELECT generation, state = 'healthy' AS is_healthy, refresh_fence AS fence, refresh_lease_until AS lease_until, refresh_not_before AS not_before, problem, refresh_failures AS failures, clock_timestamp() AS now
            FROM connections WHERE id = {connectionId}
            """).ToListAsync(cancellationToken);
        var read = rows.SingleOrDefault() ?? throw None();
        return (new RefreshState(read.Generation, read.IsHealthy, read.Fence, read.LeaseUntil, read.NotBefore, read.Problem, read.Failures), read.Now);
    }

    /// <returns>The row as claimed, with the fence that its result must carry; null when somebody was faster.</returns>
    public async Task<Connection?> ClaimAsync(Guid connectionId, int seen, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var claimed = await db.Connections.FromSql($"""
            UPDATE connections SET refresh_lease_until = clock_timestamp() + {RefreshState.Lease}, refresh_fence = refresh_fence + 1
            WHERE id = {connectionId} AND generation = {seen} AND state = 'healthy' AND refresh_lease_until IS NULL
                AND (refresh_not_before IS NULL OR refresh_not_before <= clock_timestamp())
            RETURNING *, xmin
            """).AsNoTracking().ToListAsync(cancellationToken);
        return claimed.SingleOrDefault();
    }

    /// <summary>Before it is stored: looking for a newer key may take a moment, and nothing is lost meanwhile.</summary>
    public SealedPair Seal(Connection claimed, TokenGrant grant)
    {
        string Protect(TokenField field, string token) => protection.Protect(claimed.PersonId, claimed.OrganizationUri, claimed.Kind, field, token);
        return new(
            Protect(TokenField.Access, grant.AccessToken), Protect(TokenField.Refresh, grant.RefreshToken),
            clock.GetUtcNow(), TimeSpan.FromSeconds(grant.ExpiresIn), grant.Scope?.Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    /// <returns>False when the row has moved on, so that nobody may ever use this pair. True also when an earlier try stored it and only its answer was lost.</returns>
    public async Task<bool> StoreAsync(Connection claimed, SealedPair pair, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var stored = await db.Database.ExecuteSqlAsync($"""
            UPDATE connections SET protected_access_token = {pair.Access}, protected_refresh_token = {pair.Refresh},
                access_expires_at = {pair.At + pair.Lifetime}, scopes = coalesce({pair.Scopes}, scopes), last_refreshed_at = {pair.At},
                generation = generation + 1, refresh_lease_until = NULL, refresh_not_before = NULL, refresh_failures = 0, problem = NULL, problem_at = NULL
            WHERE id = {claimed.Id} AND generation = {claimed.Generation} AND refresh_fence = {claimed.RefreshFence} AND state = 'healthy'
            """, cancellationToken);
        return stored == 1 || await db.Connections.AnyAsync(c => c.Id == claimed.Id && c.ProtectedRefreshToken == pair.Refresh, cancellationToken);
    }

    public async Task<bool> ReleaseAsync(Connection claimed, string problem, TimeSpan pause, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.Database.ExecuteSqlAsync($"""
            UPDATE connections SET refresh_lease_until = NULL, refresh_failures = refresh_failures + 1,
                refresh_not_before = clock_timestamp() + greatest({pause}, least({RefreshState.LongestPause}, {RefreshState.ShortestPause} * 2 ^ least(refresh_failures, 10))), problem = {problem}, problem_at = {clock.GetUtcNow()}
            WHERE id = {claimed.Id} AND generation = {claimed.Generation} AND refresh_fence = {claimed.RefreshFence} AND state = 'healthy'
            """, cancellationToken) == 1;
    }

    /// <summary>The grant is dead, unless the row has moved on: shown, audited, never retried.</summary>
    public Task<bool> BreakAsync(Guid connectionId, int seen, string problem, CancellationToken cancellationToken) =>
        BreakAsync(connectionId, problem, $"""
            UPDATE connections SET state = 'needs_reconnect', problem = {problem}, problem_at = {clock.GetUtcNow()}, refresh_lease_until = NULL
            WHERE id = {connectionId} AND generation = {seen} AND state = 'healthy'
            RETURNING *, xmin
            """, cancellationToken);

    /// <summary>Its lease ran out without a result, so its tokens may be used up.</summary>
    public Task<bool> GiveUpAsync(Guid connectionId, int seen, CancellationToken cancellationToken) =>
        BreakAsync(connectionId, Abandoned, $"""
            UPDATE connections SET state = 'needs_reconnect', problem = {Abandoned}, problem_at = {clock.GetUtcNow()}, refresh_lease_until = NULL
            WHERE id = {connectionId} AND generation = {seen} AND state = 'healthy' AND refresh_lease_until <= clock_timestamp()
            RETURNING *, xmin
            """, cancellationToken);

    private async Task<bool> BreakAsync(Guid connectionId, string problem, FormattableString update, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if ((await db.Connections.FromSql(update).AsNoTracking().ToListAsync(cancellationToken)).SingleOrDefault() is not { } broken) return false;
        audit.Add(db, Actor.Portal, "connection.broke", broken.AsAuditObject(), AuditOutcome.Failed, new { Problem = problem });
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        Log.Broke(logger, connectionId, problem);
        return true;
    }

    private static ConnectionUnusableException None() => new("There is no such connection.");

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Connection {Connection} needs reconnecting: {Problem}")]
        public static partial void Broke(ILogger logger, Guid connection, string problem);
    }
}
