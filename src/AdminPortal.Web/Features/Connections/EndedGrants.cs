using AdminPortal.Calendly;
using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Audit;
using AdminPortal.Web.Security;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Web.Features.Connections;

/// <summary>What disconnecting came to. The tokens are gone from here in any case.</summary>
public enum Revocation
{
    Confirmed,
    NotConfirmed,
    /// <summary>There was nothing left to revoke.</summary>
    NotNeeded,
    /// <summary>A token could not be opened: whatever Calendly revoked, the grant may live on there.</summary>
    Incomplete,
    /// <summary>A personal access token is its owner's to revoke, in Calendly.</summary>
    Owners,
}

/// <summary>
/// The end of a grant: the tokens leave the connection in the transaction that ends it, and wait in a row of their own until Calendly has
/// confirmed that it revoked them. Whoever crashes in between loses nothing: another instance finds the row.
/// </summary>
public sealed partial class EndedGrants(
    IDbContextFactory<PortalDbContext> contexts, CalendlySignIn calendly, TokenProtection protection, AuditTrail audit, TimeProvider clock, ILogger<EndedGrants> logger)
{
    /// <summary>Longer than two calls to Calendly may take.</summary>
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(2);
    private const int MostAttempts = 10;

    private sealed record Claim(Guid Value);

    /// <summary>Ends it in the caller's transaction. A personal access token is its owner's to revoke, in Calendly.</summary>
    /// <param name="why">In words for people; null when somebody chose it.</param>
    /// <param name="newer">A pair that was issued meanwhile and never stored.</param>
    /// <returns>What is to be revoked, see <see cref="RevokeAsync"/>; null when there is nothing.</returns>
    public Guid? End(PortalDbContext db, Connection connection, string? why, OrphanReason? because = null, TokenGrant? newer = null)
    {
        var revocation = newer is null ? KeepStored(db, connection) : Keep(db, connection.Id, newer.RefreshToken, newer.AccessToken);
        connection.Disconnect(clock.GetUtcNow(), why, because);
        return revocation;
    }

    /// <summary>The pair that the connection holds, before it loses it. A personal access token stays.</summary>
    /// <param name="except">A grant that goes on: what it shares is not revoked.</param>
    public Guid? KeepStored(PortalDbContext db, Connection connection, NewGrant? except = null)
    {
        if (connection.Kind != ConnectionKind.OAuth) return null;
        string? Open(TokenField field, string? ciphertext) => protection.Unprotect(connection.PersonId, connection.OrganizationUri, connection.Kind, field, ciphertext);
        string? Unless(string? same, string? token) => token == same ? null : token;
        var (refresh, access) = (Open(TokenField.Refresh, connection.ProtectedRefreshToken), Open(TokenField.Access, connection.ProtectedAccessToken));
        var isIncomplete = (refresh is null && connection.ProtectedRefreshToken is not null) || (access is null && connection.ProtectedAccessToken is not null);
        return Keep(db, connection.Id, Unless(except?.RefreshToken, refresh), Unless(except?.AccessToken, access), isIncomplete);
    }

    /// <summary>Tokens that nobody may use any more, until Calendly has revoked them: in the caller's transaction.</summary>
    /// <returns>What is to be revoked; null when there is nothing.</returns>
    private Guid? Keep(PortalDbContext db, Guid? connectionId, string? refresh, string? access, bool isIncomplete = false)
    {
        if (refresh is null && access is null && !isIncomplete) return null;
        var (id, now) = (Guid.CreateVersion7(), clock.GetUtcNow());
        db.GrantRevocations.Add(new GrantRevocation
        {
            Id = id,
            ConnectionId = connectionId,
            IsIncomplete = isIncomplete,
            ProtectedRefreshToken = refresh is null ? null : protection.ProtectRevocation(id, TokenField.Refresh, refresh),
            ProtectedAccessToken = access is null ? null : protection.ProtectRevocation(id, TokenField.Access, access),
            CreatedAt = now,
            NextAt = now + Lease,
        });
        return id;
    }

    /// <summary>A pair that was issued and never stored.</summary>
    /// <param name="connectionId">Null when no connection came of it.</param>
    public async Task<Guid?> KeepAsync(Guid? connectionId, TokenGrant grant, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var id = Keep(db, connectionId, grant.RefreshToken, grant.AccessToken);
        await db.SaveChangesAsync(cancellationToken);
        return id;
    }

    /// <summary>Calendly answered a refresh for somebody else: the new pair is not stored, and the grant ends unless the row has moved on.</summary>
    /// <returns>What is to be revoked.</returns>
    public async Task<Guid?> EndForeignAsync(Connection seen, TokenGrant grant, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var connection = await db.Connections.FromSql($"SELECT *, xmin FROM connections WHERE id = {seen.Id} FOR UPDATE").SingleAsync(cancellationToken);
        var revocation = connection.Generation == seen.Generation
            ? EndOrphan(db, connection, new Orphan(connection.Id, connection.PersonId, connection.CalendlyName, connection.CalendlyName, OrphanReason.OtherAccount), grant)
            : Keep(db, connection.Id, grant.RefreshToken, grant.AccessToken);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return revocation;
    }

    /// <summary>Ends an orphan in a transaction that the caller began and this commits, then revokes it.</summary>
    public async Task EndOrphanAsync(PortalDbContext db, Connection connection, Orphan orphan, Func<Task> commitAsync)
    {
        var revocation = EndOrphan(db, connection, orphan, null);
        await db.SaveChangesAsync(CancellationToken.None);
        await commitAsync();
        await RevokeAsync(revocation, Actor.Portal);
    }

    private Guid? EndOrphan(PortalDbContext db, Connection connection, Orphan orphan, TokenGrant? newer)
    {
        var (about, kind) = (connection.AsAuditObject(), connection.Kind);
        var revocation = End(db, connection, orphan.Words, orphan.Reason, newer);
        audit.Add(db, Actor.Portal, "connection.ended", about, AuditOutcome.Done,
            new { orphan.Reason, Owner = orphan.Person, Kind = kind, connection.CalendlyUserUri, ToRevoke = revocation is not null });
        return revocation;
    }

    /// <summary>
    /// One try. What Calendly does not confirm is tried again later, for some hours; the trail has the first failure and the end. What was
    /// ended is ended: a database that is away now takes nothing of it back.
    /// </summary>
    public async Task<Revocation> RevokeAsync(Guid? id, Actor actor)
    {
        if (id is null) return Revocation.NotNeeded;
        try
        {
            return await TryAsync(id.Value, actor);
        }
        catch (Exception exception) when (DatabaseAway.Caused(exception))
        {
            Log.Later(logger, exception.GetType().Name);
            return Revocation.NotConfirmed;
        }
    }

    private async Task<Revocation> TryAsync(Guid id, Actor actor)
    {
        await using var db = await contexts.CreateDbContextAsync();
        if (await db.GrantRevocations.SingleOrDefaultAsync(r => r.Id == id) is not { } revocation) return Revocation.NotNeeded;
        var about = (await db.Connections.AsNoTracking().SingleOrDefaultAsync(c => c.Id == revocation.ConnectionId))?.AsAuditObject() ?? new AuditObject("consent", id.ToString(), "A consent that was refused");
        string?[] tokens =
        [
            // The refresh token first: without it nobody gets a new access token.
            protection.UnprotectRevocation(revocation.Id, TokenField.Refresh, revocation.ProtectedRefreshToken),
            protection.UnprotectRevocation(revocation.Id, TokenField.Access, revocation.ProtectedAccessToken),
        ];
        var canOpen = tokens.Any(token => token is not null);
        var confirmed = canOpen;
        foreach (var token in tokens.OfType<string>()) confirmed &= await calendly.TryRevokeAsync(token, CancellationToken.None);

        revocation.Attempts++;
        var givenUp = !confirmed && (!canOpen || revocation.Attempts >= MostAttempts);
        revocation.NextAt = clock.GetUtcNow() + Pause(revocation.Attempts);
        if (confirmed || givenUp) db.GrantRevocations.Remove(revocation);
        if (confirmed || givenUp || revocation.Attempts == 1)
        {
            audit.Add(db, actor, "connection.revoked", about, confirmed && !revocation.IsIncomplete ? AuditOutcome.Done : AuditOutcome.Failed,
                new { revocation.Attempts, TriedAgain = !confirmed && !givenUp, Unopened = revocation.IsIncomplete });
        }
        try
        {
            await db.SaveChangesAsync();
        }
        catch (DbUpdateConcurrencyException)
        {
            // Somebody else was slow, or we were: it has been ended and recorded.
        }
        return revocation.IsIncomplete ? Revocation.Incomplete : confirmed ? Revocation.Confirmed : Revocation.NotConfirmed;
    }

    /// <summary>Tries the next one that is due.</summary>
    /// <returns>Whether there was one.</returns>
    public async Task<bool> RevokeDueAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var due = await db.Database.SqlQuery<Claim>($"""
            UPDATE grant_revocations SET next_at = clock_timestamp() + {Lease}
            WHERE id IN (SELECT id FROM grant_revocations WHERE next_at <= clock_timestamp() ORDER BY next_at LIMIT 1 FOR UPDATE SKIP LOCKED)
            RETURNING id AS value
            """).ToListAsync(cancellationToken);
        if (due is not [var claim]) return false;
        await RevokeAsync(claim.Value, Actor.Portal);
        return true;
    }

    private static TimeSpan Pause(int attempts) => TimeSpan.FromMinutes(Math.Min(LongestPause.TotalMinutes, Math.Pow(2, attempts)));

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "The database did not answer while a grant was being revoked ({Reason}); it is tried again")]
        public static partial void Later(ILogger logger, string reason);
    }
}
