using AdminPortal.Calendly;
using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Audit;
using AdminPortal.Web.Features.Removals;
using AdminPortal.Web.Security;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Web.Features.Connections;

/// <summary>What a test found, in words, and when.</summary>
public sealed record ConnectionTest(bool Works, string Words, DateTimeOffset At);

/// <summary>"Test": one look at who Calendly says the connection is. Its owner, or whoever may see all connections.</summary>
public sealed class ConnectionTestService(IDbContextFactory<PortalDbContext> contexts, UseCase useCase, CalendlyAccess calendly, AuditTrail audit, TimeProvider clock)
{
    public async Task<ConnectionTest> TestAsync(Guid commandId, Guid connectionId, Actor actor, CancellationToken cancellationToken)
    {
        string? managed = null;
        await useCase.RunAsync(new Command(commandId, "connection.tested", Permission.Read), actor, async (work, ct) =>
        {
            var connection = await work.Db.Connections.AsNoTracking().SingleOrDefaultAsync(c => c.Id == connectionId, ct)
                ?? throw new RefusedException("unknown_connection", "There is no such connection.");
            if (connection.PersonId != work.Person.Id && !work.Person.Can(Permission.SeeAllConnections))
                throw new RefusedException("not_owner", $"Only {connection.CalendlyName}, an Auditor or an Administrator can test this.");
            if (connection.WhyUnusable() is { } unusable) throw new RefusedException("connection_unusable", unusable);
            managed = connection.OrganizationUri;
            return new Done(connection.AsAuditObject(), connection.Id);
        }, cancellationToken);
        try
        {
            var client = calendly.For(connectionId, Lane.People);
            var user = await client.Users.MeAsync(cancellationToken);
            // Null: the same click once more.
            if (managed is not null && user.CurrentOrganization != managed) return Result(false, $"Calendly answered as {user.Name}, who belongs to another organization now.");
            var role = await AccountCheck.RoleAsync(client, user, cancellationToken);
            await KeepRoleAsync(connectionId, user, role, actor, cancellationToken);
            return role is MembershipRole.Owner or MembershipRole.Admin
                ? Result(true, $"Works: Calendly answered as {user.Name}, {role}.")
                : Result(false, $"Calendly answered as {user.Name}, who is {(role is null ? "no longer a member of the organization" : $"only {role} there now")}. The portal needs owner or admin.");
        }
        catch (ConnectionUnusableException exception)
        {
            return Result(false, exception.Message);
        }
        catch (CalendlyException exception)
        {
            return Result(false, $"Not known: {CalendlyWords.Why(exception)}. Nothing was changed.");
        }

        ConnectionTest Result(bool works, string words) => new(works, words, clock.GetUtcNow());
    }

    private async Task KeepRoleAsync(Guid connectionId, User user, string? role, Actor actor, CancellationToken cancellationToken)
    {
        if (role is null) return;
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var connection = await db.Connections.FromSql($"SELECT *, xmin FROM connections WHERE id = {connectionId} FOR UPDATE").SingleAsync(cancellationToken);
        // Connected as somebody else meanwhile: the answer is about another account.
        if (connection.CalendlyUserUri != user.Uri || connection.CalendlyRole == role) return;
        var before = connection.CalendlyRole;
        connection.CalendlyRole = role;
        audit.Add(db, actor, "connection.role_changed", connection.AsAuditObject(), AuditOutcome.Done, new { Role = role, RoleBefore = before });
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }
}
