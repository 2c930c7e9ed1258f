using AdminPortal.Calendly;
using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Audit;
using AdminPortal.Web.Security;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace AdminPortal.Web.Features.Connections;

/// <summary>
/// One refresh of one connection. A refresh token is used once: https://developer.calendly.com/authentication. So the row says that a
/// refresh is on its way (the lease) before anything is sent; the exchange runs outside any transaction; the new pair is stored with the
/// lease's fence before anybody uses it. A lease that ran out without a result means that the token may be spent: it is not sent again.
/// </summary>
public sealed partial class TokenRefresh(
    IDbContextFactory<PortalDbContext> contexts, CalendlySignIn calendly, TokenProtection protection, EndedGrants grants, AuditTrail audit, TimeProvider clock, ILogger<TokenRefresh> logger)
{
    /// <summary>Longer than the exchange and all tries to store its result may take.</summary>
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan ExchangeTimeout = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(100);
    /// <summary>How long nobody asks again after Calendly could not be reached or would not answer.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(20);
    private const int StoreAttempts = 10;

    private sealed record Claim(long Value);

    /// <summary>Comes back when the row holds another generation than <paramref name="seen"/>, or none that can be used.</summary>
    /// <exception cref="ConnectionUnusableException">It could not be refreshed now; nothing was spent, so it can be later.</exception>
    public async Task RunAsync(Guid connectionId, int seen)
    {
        while (true)
        {
            var connection = await ReadAsync(connectionId, CancellationToken.None);
            if (connection.Generation != seen || connection.State != ConnectionState.Healthy) return;
            if (connection.Problem is { } problem && connection.ProblemAt + Pause > clock.GetUtcNow()) throw new ConnectionUnusableException(problem, isTemporary: true);
            if (connection.RefreshLeaseUntil is null && await ClaimAsync(connection) is { } fence)
            {
                await ExchangeAsync(connection, fence);
                return;
            }
            if (await BreakAbandonedAsync(connection)) return;
            await Task.Delay(LookAgain, clock);
        }
    }

    public async Task<Connection> ReadAsync(Guid connectionId, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.Connections.AsNoTracking().SingleOrDefaultAsync(c => c.Id == connectionId, cancellationToken)
            ?? throw new ConnectionUnusableException("There is no such connection.");
    }

    /// <summary>The grant is dead, unless the row has moved on: shown, audited, never retried.</summary>
    public async Task<bool> BreakAsync(Connection seen, string problem, CancellationToken cancellationToken) =>
        await BreakAsync(seen, problem, $"""
            UPDATE connections SET state = 'needs_reconnect', problem = {problem}, problem_at = {clock.GetUtcNow()}, refresh_lease_until = NULL
            WHERE id = {seen.Id} AND generation = {seen.Generation} AND state = 'healthy'
            """, cancellationToken);

    /// <summary>Its lease ran out without a result, so its tokens may be used up.</summary>
    public async Task<bool> BreakAbandonedAsync(Connection seen)
    {
        const string problem = "The portal stopped while Calendly was renewing this connection, so its tokens may be used up.";
        return await BreakAsync(seen, problem, $"""
            UPDATE connections SET state = 'needs_reconnect', problem = {problem}, problem_at = {clock.GetUtcNow()}, refresh_lease_until = NULL
            WHERE id = {seen.Id} AND generation = {seen.Generation} AND state = 'healthy' AND refresh_lease_until < clock_timestamp()
            """, CancellationToken.None);
    }

    private async Task<bool> BreakAsync(Connection seen, string problem, FormattableString update, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (await db.Database.ExecuteSqlAsync(update, cancellationToken) == 0) return false;
        audit.Add(db, Actor.Portal, "connection.broke", seen.AsAuditObject(), AuditOutcome.Failed, new { Problem = problem });
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        Log.Broke(logger, seen.Id, problem);
        return true;
    }

    private async Task<long?> ClaimAsync(Connection seen)
    {
        await using var db = await contexts.CreateDbContextAsync();
        var claimed = await db.Database.SqlQuery<Claim>($"""
            UPDATE connections SET refresh_lease_until = clock_timestamp() + {Lease}, refresh_fence = refresh_fence + 1
            WHERE id = {seen.Id} AND generation = {seen.Generation} AND state = 'healthy' AND refresh_lease_until IS NULL
            RETURNING refresh_fence AS value
            """).ToListAsync();
        return claimed.SingleOrDefault()?.Value;
    }

    private async Task ExchangeAsync(Connection connection, long fence)
    {
        if (protection.Unprotect(connection.PersonId, connection.OrganizationUri, connection.Kind, TokenField.Refresh, connection.ProtectedRefreshToken) is not { } token)
        {
            await BreakAsync(connection, "The stored token cannot be opened.", CancellationToken.None);
            return;
        }
        using var timeout = new CancellationTokenSource(ExchangeTimeout, clock);
        TokenGrant grant;
        try
        {
            grant = await calendly.RefreshAsync(token, timeout.Token);
        }
        catch (CalendlyOAuthException exception) when (exception.Failure == OAuthFailure.InvalidGrant)
        {
            // Somebody else may have stored a new pair meanwhile; then the generation differs and nothing is broken.
            await BreakAsync(connection, "Calendly refused to renew this connection: it was revoked there, or its sign-in changed.", CancellationToken.None);
            return;
        }
        catch (Exception exception) when (CalendlySignIn.WhyNothingHappened(exception) is { } why)
        {
            await ReleaseAsync(connection, fence, why);
            throw new ConnectionUnusableException(why, isTemporary: true);
        }
        catch (Exception exception)
        {
            Log.Unknown(logger, connection.Id, exception.GetType().Name);
            await BreakAsync(connection, "Calendly did not answer while renewing this connection, so its tokens may be used up.", CancellationToken.None);
            return;
        }
        if ((grant.Owner, grant.Organization) == (connection.CalendlyUserUri, connection.OrganizationUri)) await StoreAsync(connection, fence, grant);
        else await grants.EndForeignAsync(connection, grant);
    }

    /// <summary>Nothing was spent: the lease goes back, and everybody waits a moment before asking again.</summary>
    private async Task ReleaseAsync(Connection connection, long fence, string why)
    {
        await using var db = await contexts.CreateDbContextAsync();
        await db.Database.ExecuteSqlAsync($"""
            UPDATE connections SET refresh_lease_until = NULL, problem = {why}, problem_at = {clock.GetUtcNow()}
            WHERE id = {connection.Id} AND refresh_fence = {fence} AND state = 'healthy'
            """);
    }

    private async Task StoreAsync(Connection connection, long fence, TokenGrant grant)
    {
        string Protect(TokenField field, string token) => protection.Protect(connection.PersonId, connection.OrganizationUri, connection.Kind, field, token);
        var (access, refreshed) = (Protect(TokenField.Access, grant.AccessToken), Protect(TokenField.Refresh, grant.RefreshToken));
        var now = clock.GetUtcNow();
        var scopes = grant.Scope.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await using var db = await contexts.CreateDbContextAsync();
                var stored = await db.Database.ExecuteSqlAsync($"""
                    UPDATE connections SET protected_access_token = {access}, protected_refresh_token = {refreshed}, access_expires_at = {now.AddSeconds(grant.ExpiresIn)},
                        scopes = {scopes}, generation = generation + 1, refresh_lease_until = NULL, last_refreshed_at = {now}, problem = NULL, problem_at = NULL
                    WHERE id = {connection.Id} AND generation = {connection.Generation} AND refresh_fence = {fence} AND state = 'healthy'
                    """);
                // Disconnected, or given up, while Calendly answered: nobody may ever use this pair.
                if (stored == 0) await calendly.TryRevokeAsync(grant.RefreshToken, CancellationToken.None);
                return;
            }
            catch (NpgsqlException) when (attempt < StoreAttempts)
            {
                await Task.Delay(TimeSpan.FromSeconds(1), clock);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Connection {Connection} needs reconnecting: {Problem}")]
        public static partial void Broke(ILogger logger, Guid connection, string problem);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The refresh of connection {Connection} has no known outcome ({Reason})")]
        public static partial void Unknown(ILogger logger, Guid connection, string reason);
    }
}
