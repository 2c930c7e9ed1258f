using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Audit;
using AdminPortal.Web.Security;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Web.Features.Connections;

/// <param name="Reprotected">Connections whose tokens are now under the new key.</param>
/// <param name="Unreadable">Whose tokens could not be opened: they have to connect again.</param>
/// <param name="Verifiers">Consents on their way whose verifier is now under the new key.</param>
/// <param name="Revocations">Ended grants that Calendly has yet to revoke, whose tokens are now under the new key.</param>
public sealed record RotationResult(Guid Key, int Reprotected, IReadOnlyList<string> Unreadable, int Verifiers, int Revocations);

/// <summary>
/// Makes a new key and puts everything that is stored under it, while portals run: they learn of the key when they next store a token, or
/// meet one that is protected by it. Afterwards nothing in the database needs an older key, or the certificate that wrapped it.
/// </summary>
public sealed class KeyRotation(IDbContextFactory<PortalDbContext> contexts, PortalKeyRing keyRing, TokenProtection protection, AuditTrail audit, TimeProvider clock)
{
    private const string Unopened = "The stored token cannot be opened.";
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(500);

    public async Task<RotationResult> RunAsync(CancellationToken cancellationToken)
    {
        var key = keyRing.Rotate();
        while (true)
        {
            if (await TryAsync(key, cancellationToken) is { } done) return done;
            await Task.Delay(LookAgain, clock, cancellationToken);
        }
    }

    /// <returns>Null when a refresh was on its way: it may have protected its result before the new key was there.</returns>
    private async Task<RotationResult?> TryAsync(Guid key, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        // Waits for everybody who is storing tokens at this moment; whoever comes after looks for new keys first.
        await db.Database.ExecuteSqlAsync($"LOCK TABLE connections IN EXCLUSIVE MODE", cancellationToken);
        if (await db.Database.SqlQuery<bool>($"SELECT EXISTS (SELECT FROM connections WHERE refresh_lease_until > clock_timestamp()) AS \"Value\"").SingleAsync(cancellationToken)) return null;

        var now = clock.GetUtcNow();
        var connections = await db.Connections.Where(c => c.ProtectedAccessToken != null || c.ProtectedRefreshToken != null).OrderBy(c => c.Id).ToListAsync(cancellationToken);
        var unreadable = connections.Where(c => !c.Reprotect(protection)).ToList();
        foreach (var connection in unreadable.Where(c => c.State == ConnectionState.Healthy))
        {
            (connection.State, connection.Problem, connection.ProblemAt, connection.RefreshLeaseUntil) = (ConnectionState.NeedsReconnect, Unopened, now, null);
            audit.Add(db, Actor.Portal, "connection.broke", connection.AsAuditObject(), AuditOutcome.Failed, new { Problem = Unopened });
        }

        var attempts = await db.OAuthAttempts.FromSql($"SELECT *, xmin FROM oauth_attempts WHERE used_at IS NULL AND expires_at > {now} FOR UPDATE").ToListAsync(cancellationToken);
        var verifiers = attempts.Count(a => a.Reprotect(protection));
        var revocations = (await db.GrantRevocations.FromSql($"SELECT * FROM grant_revocations FOR UPDATE").ToListAsync(cancellationToken)).Count(r => r.Reprotect(protection));
        var result = new RotationResult(key, connections.Count - unreadable.Count, [.. unreadable.Select(c => c.CalendlyName)], verifiers, revocations);
        audit.Add(db, Actor.Portal, "connections.reprotected", new AuditObject("key", key.ToString(), "Keys of the stored tokens"), AuditOutcome.Done,
            new { result.Reprotected, Unreadable = unreadable.Select(c => c.Id), result.Verifiers, result.Revocations });
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return result;
    }
}
