using AdminPortal.Calendly;
using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Audit;
using AdminPortal.Web.Security;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Web.Features.Connections;

/// <summary>Asks Calendly through a connection whose it is and with which role, and acts on it: what proves that a grant has lost its authority ends it.</summary>
public sealed class AccountLook(IDbContextFactory<PortalDbContext> contexts, CalendlyAccess calendly, EndedGrants grants, AuditTrail audit)
{
    /// <param name="connection">With its person.</param>
    /// <returns>Whether the connection can go on, and what Calendly answered, in words.</returns>
    public async Task<(bool Works, string Words)> LookAsync(Connection connection, Lane lane, Actor actor, CancellationToken cancellationToken)
    {
        var client = calendly.For(connection.Id, lane);
        var user = await client.Users.MeAsync(cancellationToken);
        if (user.Uri != connection.CalendlyUserUri)
            return await EndedAsync(OrphanReason.OtherAccount, $"Calendly answered as {user.Name}, who is not whom this connection was made for.");
        if (user.CurrentOrganization != connection.OrganizationUri)
            return await EndedAsync(OrphanReason.LeftCalendly, $"Calendly answered as {user.Name}, who belongs to another organization now.");
        if (await AccountCheck.RoleAsync(client, user, cancellationToken) is not { } role)
            return await EndedAsync(OrphanReason.LeftCalendly, $"Calendly answered as {user.Name}, who is no longer a member of the organization.");
        await KeepRoleAsync(connection, role, actor, cancellationToken);
        return role is MembershipRole.Owner or MembershipRole.Admin
            ? (true, $"Works: Calendly answered as {user.Name}, {role}.")
            : (false, $"Calendly answered as {user.Name}, who is only {role} there now. The portal needs owner or admin.");

        async Task<(bool, string)> EndedAsync(OrphanReason reason, string words)
        {
            await EndAsync(connection, reason);
            return (false, words);
        }
    }

    /// <inheritdoc cref="LookAsync(Connection, Lane, Actor, CancellationToken)"/>
    public async Task<(bool Works, string Words)> LookAsync(Guid connectionId, Lane lane, Actor actor, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await LookAsync(await db.Connections.AsNoTracking().Include(c => c.Person).SingleAsync(c => c.Id == connectionId, cancellationToken), lane, actor, cancellationToken);
    }

    private async Task EndAsync(Connection seen, OrphanReason reason)
    {
        await using var db = await contexts.CreateDbContextAsync(CancellationToken.None);
        await using var transaction = await db.Database.BeginTransactionAsync(CancellationToken.None);
        if (await LockAsync(db, seen, CancellationToken.None) is not { } connection) return;
        var orphan = new Orphan(connection.Id, connection.PersonId, seen.Person!.Name, connection.CalendlyName, reason);
        await grants.EndOrphanAsync(db, connection, orphan, () => transaction.CommitAsync(CancellationToken.None));
    }

    private async Task KeepRoleAsync(Connection seen, string role, Actor actor, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (await LockAsync(db, seen, cancellationToken) is not { } connection || connection.CalendlyRole == role) return;
        var before = connection.CalendlyRole;
        connection.CalendlyRole = role;
        audit.Add(db, actor, "connection.role_changed", connection.AsAuditObject(), AuditOutcome.Done, new { Role = role, RoleBefore = before });
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>The consent that was looked at, in whatever generation: the look itself may have refreshed it. Connected again meanwhile, the answer is about another.</summary>
    private static async Task<Connection?> LockAsync(PortalDbContext db, Connection seen, CancellationToken cancellationToken)
    {
        var connection = await db.Connections.FromSql($"SELECT *, xmin FROM connections WHERE id = {seen.Id} FOR UPDATE").SingleAsync(cancellationToken);
        return connection.State == ConnectionState.Disconnected || connection.ConnectedAt != seen.ConnectedAt ? null : connection;
    }
}
