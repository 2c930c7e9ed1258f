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
    /// <summary>A personal access token is its owner's to revoke, in Calendly.</summary>
    Owners,
}

/// <summary>Tokens that were taken out of their connection, to be revoked once that is stored.</summary>
public sealed record EndedGrant(AuditObject About, ConnectionKind Kind, string? Refresh, string? Access);

/// <summary>The end of a grant: out of the row in the caller's transaction, and at Calendly after it.</summary>
public sealed class GrantEnd(IDbContextFactory<PortalDbContext> contexts, CalendlySignIn calendly, TokenProtection protection, AuditTrail audit, TimeProvider clock)
{
    /// <param name="why">What its owner is told, unless somebody chose to disconnect.</param>
    public EndedGrant Take(Connection connection, string? why = null)
    {
        string? Open(TokenField field, string? ciphertext) => protection.Unprotect(connection.PersonId, connection.OrganizationUri, connection.Kind, field, ciphertext);
        var ended = new EndedGrant(
            connection.AsAuditObject(), connection.Kind, Open(TokenField.Refresh, connection.ProtectedRefreshToken), Open(TokenField.Access, connection.ProtectedAccessToken));
        connection.Disconnect(clock.GetUtcNow(), why);
        return ended;
    }

    public async Task<Revocation> RevokeAsync(EndedGrant? ended, Actor actor)
    {
        if (ended is not { Access: not null } and not { Refresh: not null }) return Revocation.NotNeeded;
        if (ended.Kind == ConnectionKind.PersonalAccessToken) return Revocation.Owners;
        // Both, and the refresh token first: without it nobody gets a new access token.
        var revoked = ended.Refresh is null || await calendly.TryRevokeAsync(ended.Refresh, CancellationToken.None);
        if (ended.Access is not null) revoked &= await calendly.TryRevokeAsync(ended.Access, CancellationToken.None);
        await using var db = await contexts.CreateDbContextAsync(CancellationToken.None);
        audit.Add(db, actor, "connection.revoked", ended.About, revoked ? AuditOutcome.Done : AuditOutcome.Failed);
        await db.SaveChangesAsync(CancellationToken.None);
        return revoked ? Revocation.Confirmed : Revocation.NotConfirmed;
    }
}
