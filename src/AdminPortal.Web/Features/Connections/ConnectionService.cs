using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Audit;
using AdminPortal.Web.Features.Invitations;
using AdminPortal.Web.Features.Removals;
using AdminPortal.Web.Security;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Web.Features.Connections;

/// <summary>What is known of one connection; never its tokens.</summary>
/// <param name="RefreshBy">When the access token ends; it is renewed before.</param>
/// <param name="OpenRequests">Removal requests that run on it.</param>
/// <param name="WaitingInvitations">Invitations that wait to be sent on it.</param>
public sealed record ConnectionCard(
    Guid Id, Guid PersonId, string Person, bool IsMine, bool IsDirectory, ConnectionKind Kind, ConnectionState State, string? Problem, DateTimeOffset? ProblemAt,
    string CalendlyName, string CalendlyEmail, string CalendlyRole, IReadOnlyList<string> Scopes, int? BudgetLimit, int? BudgetRemaining, DateTimeOffset? BudgetResetsAt,
    DateTimeOffset ConnectedAt, DateTimeOffset? LastRefreshedAt, DateTimeOffset? RefreshBy, int OpenRequests, int WaitingInvitations);

/// <summary>What the page shows: one's own connection, and those of others for whoever may see them.</summary>
public sealed record ConnectionsView(string? Organization, IReadOnlyList<ConnectionCard> Cards, string? DirectoryPerson, Refusal? WhyNotConnect, bool MayDisconnectOthers)
{
    public ConnectionCard? Mine => Cards.FirstOrDefault(card => card.IsMine);
}

/// <summary>What disconnecting came to. The tokens are gone from here in any case.</summary>
public enum Revocation
{
    Confirmed,
    NotConfirmed,
    /// <summary>There was nothing left to revoke.</summary>
    NotNeeded,
}

/// <summary>Connections as people see them, and their end.</summary>
public sealed class ConnectionService(
    IDbContextFactory<PortalDbContext> contexts, UseCase useCase, People people, EndedGrants grants, TimeProvider clock)
{
    private const int MostCards = 200;

    public async Task<ConnectionsView> ViewAsync(Actor actor, CancellationToken cancellationToken)
    {
        var person = await people.FindAsync(actor, cancellationToken);
        var (mine, all) = (person?.Id, person?.Can(Permission.SeeAllConnections) == true);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var organization = await db.Organizations.AsNoTracking()
            .Select(o => new { o.Name, o.DirectoryConnectionId, DirectoryPerson = o.DirectoryConnection!.Person!.Name }).SingleOrDefaultAsync(cancellationToken);
        var directory = organization?.DirectoryConnectionId;
        RequestState[] open = [RequestState.Awaiting, RequestState.Approved, RequestState.Executing];
        var cards = await db.Connections.AsNoTracking()
            .Where(c => c.PersonId == mine || all)
            .OrderByDescending(c => c.PersonId == mine).ThenBy(c => c.Person!.Name).ThenBy(c => c.Id).Take(MostCards)
            .Select(c => new ConnectionCard(
                c.Id, c.PersonId, c.Person!.Name, c.PersonId == mine, c.Id == directory, c.Kind, c.State, c.Problem, c.ProblemAt,
                c.CalendlyName, c.CalendlyEmail, c.CalendlyRole, c.Scopes, c.BudgetLimit, c.BudgetRemaining, c.BudgetResetsAt,
                c.ConnectedAt, c.LastRefreshedAt, c.AccessExpiresAt,
                db.RemovalRequests.Count(r => r.ConnectionId == c.Id && open.Contains(r.State)),
                db.InvitationSends.Count(s => s.ConnectionId == c.Id && s.FinishedAt == null)))
            .ToListAsync(cancellationToken);
        return new ConnectionsView(
            organization?.Name, cards, organization?.DirectoryPerson, UseCase.WhyNot(person, Permission.Connect, clock.GetUtcNow()), person?.Can(Permission.DisconnectOthers) == true);
    }

    /// <summary>Removes the tokens, then ends the grant at Calendly. Its owner may always do that; anybody else's takes an Administrator.</summary>
    public async Task<Revocation> DisconnectAsync(Guid commandId, Guid connectionId, Actor actor, CancellationToken cancellationToken)
    {
        Guid? revocation = null;
        await useCase.RunAsync(new Command(commandId, "connection.disconnected", Permission.Read), actor, async (work, ct) =>
        {
            var connection = await work.Db.Connections.FromSql($"SELECT *, xmin FROM connections WHERE id = {connectionId} FOR UPDATE").SingleOrDefaultAsync(ct)
                ?? throw new RefusedException("unknown_connection", "There is no such connection.");
            if (connection.PersonId != work.Person.Id && !work.Person.Can(Permission.DisconnectOthers))
                throw new RefusedException("not_owner", $"Only {connection.CalendlyName} or an Administrator can disconnect this.");
            revocation = grants.End(work.Db, connection, why: null);
            return new Done(connection.AsAuditObject(), connection.Id);
        }, cancellationToken);
        return await grants.RevokeAsync(revocation, actor);
    }
}
