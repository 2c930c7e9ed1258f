using AdminPortal.Calendly;
using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Audit;
using AdminPortal.Web.Features.Removals;
using AdminPortal.Web.Security;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Web.Features.Connections;

/// <summary>What a test found, in words, and when.</summary>
public sealed record ConnectionTest(bool Works, string Words, DateTimeOffset At);

/// <summary>"Test": one look at who Calendly says the connection is, and at what was not known before it is used. Its owner, or whoever may end it: what proves that a grant has lost its authority ends it.</summary>
public sealed class ConnectionTestService(
    IDbContextFactory<PortalDbContext> contexts, UseCase useCase, CalendlyAccess calendly, EndedGrants grants, AuditTrail audit, TimeProvider clock)
{
    public async Task<ConnectionTest> TestAsync(Guid commandId, Guid connectionId, Actor actor, CancellationToken cancellationToken)
    {
        Connection? tested = null;
        var ran = await useCase.RunOnceAsync(new Command(commandId, "connection.tested", Permission.Read, connectionId), actor, async (work, ct) =>
        {
            var connection = await work.Db.Connections.AsNoTracking().Include(c => c.Person).SingleOrDefaultAsync(c => c.Id == connectionId, ct)
                ?? throw new RefusedException("unknown_connection", "There is no such connection.");
            if (connection.PersonId != work.Person.Id && !work.Person.Can(Permission.DisconnectOthers))
                throw new RefusedException("not_owner", $"Only {connection.CalendlyName} or an Administrator can test this.");
            if (connection.WhyUnusable() is { } unusable) throw new RefusedException("connection_unusable", unusable);
            tested = connection;
            return new Done(connection.AsAuditObject(), connection.Id);
        }, cancellationToken);
        // Nobody's right to it was looked at again, so the connection is not used again.
        if (ran.IsRepeat || tested is null) throw new RefusedException("repeated", "This test was carried out already. Test again to see how the connection is now.");
        try
        {
            var client = calendly.For(connectionId, Lane.People);
            var user = await client.Users.MeAsync(cancellationToken);
            if (user.Uri != tested.CalendlyUserUri)
                return await EndedAsync(OrphanReason.OtherAccount, $"Calendly answered as {user.Name}, who is not whom this connection was made for.");
            if (user.CurrentOrganization != tested.OrganizationUri)
                return await EndedAsync(OrphanReason.LeftCalendly, $"Calendly answered as {user.Name}, who belongs to another organization now.");
            var role = await AccountCheck.RoleAsync(client, user, cancellationToken);
            if (role is null)
                return await EndedAsync(OrphanReason.LeftCalendly, $"Calendly answered as {user.Name}, who is no longer a member of the organization.");
            await KeepRoleAsync(tested, role, actor, cancellationToken);
            // What the answers prove is kept where they arrive.
            if (tested.UnknownScopes.Length > 0) await ScopeProbe.ReadAsync(client, user.Uri, tested.OrganizationUri, cancellationToken);
            return role is MembershipRole.Owner or MembershipRole.Admin
                ? Result(true, $"Works: Calendly answered as {user.Name}, {role}.")
                : Result(false, $"Calendly answered as {user.Name}, who is only {role} there now. The portal needs owner or admin.");
        }
        catch (ConnectionUnusableException exception)
        {
            return Result(false, exception.Message);
        }
        catch (CalendlyException exception)
        {
            return Result(false, $"Not known: {CalendlyWords.Why(exception)}. Nothing was changed.");
        }

        async Task<ConnectionTest> EndedAsync(OrphanReason reason, string words)
        {
            await EndAsync(tested, reason);
            return Result(false, words);
        }
        ConnectionTest Result(bool works, string words) => new(works, words, clock.GetUtcNow());
    }

    private async Task EndAsync(Connection tested, OrphanReason reason)
    {
        await using var db = await contexts.CreateDbContextAsync(CancellationToken.None);
        await using var transaction = await db.Database.BeginTransactionAsync(CancellationToken.None);
        if (await LockAsync(db, tested, CancellationToken.None) is not { } connection) return;
        var orphan = new Orphan(connection.Id, connection.PersonId, tested.Person!.Name, connection.CalendlyName, reason);
        await grants.EndOrphanAsync(db, connection, orphan, null, () => transaction.CommitAsync(CancellationToken.None));
    }

    private async Task KeepRoleAsync(Connection tested, string role, Actor actor, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (await LockAsync(db, tested, cancellationToken) is not { } connection || connection.CalendlyRole == role) return;
        var before = connection.CalendlyRole;
        connection.CalendlyRole = role;
        audit.Add(db, actor, "connection.role_changed", connection.AsAuditObject(), AuditOutcome.Done, new { Role = role, RoleBefore = before });
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>The consent that was tested, in whatever generation: the test itself may have refreshed it. Connected again meanwhile, the answer is about another.</summary>
    private static async Task<Connection?> LockAsync(PortalDbContext db, Connection tested, CancellationToken cancellationToken)
    {
        var connection = await db.Connections.FromSql($"SELECT *, xmin FROM connections WHERE id = {tested.Id} FOR UPDATE").SingleAsync(cancellationToken);
        return connection.State == ConnectionState.Disconnected || connection.ConnectedAt != tested.ConnectedAt ? null : connection;
    }
}
