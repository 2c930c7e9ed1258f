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
    string CalendlyName, string CalendlyEmail, string CalendlyRole, IReadOnlyList<string> Scopes, RequestBudget? Budget,
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
    IDbContextFactory<PortalDbContext> contexts, UseCase useCase, People people, CalendlySignIn calendly, TokenProtection protection, AuditTrail audit, TimeProvider clock)
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
                c.CalendlyName, c.CalendlyEmail, c.CalendlyRole, c.Scopes, db.RequestBudgets.SingleOrDefault(b => b.CalendlyUserUri == c.CalendlyUserUri),
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
        (string? Refresh, string? Access) tokens = default;
        AuditObject? about = null;
        await useCase.RunAsync(new Command(commandId, "connection.disconnected", Permission.Read), actor, async (work, ct) =>
        {
            var connection = await work.Db.Connections.FromSql($"SELECT *, xmin FROM connections WHERE id = {connectionId} FOR UPDATE").SingleOrDefaultAsync(ct)
                ?? throw new RefusedException("unknown_connection", "There is no such connection.");
            if (connection.PersonId != work.Person.Id && !work.Person.Can(Permission.DisconnectOthers))
                throw new RefusedException("not_owner", $"Only {connection.CalendlyName} or an Administrator can disconnect this.");
            string? Open(TokenField field, string? ciphertext) => protection.Unprotect(connection.PersonId, connection.OrganizationUri, connection.Kind, field, ciphertext);
            // A personal access token is its owner's to revoke, in Calendly.
            if (connection.Kind == ConnectionKind.OAuth)
                tokens = (Open(TokenField.Refresh, connection.ProtectedRefreshToken), Open(TokenField.Access, connection.ProtectedAccessToken));
            connection.Disconnect();
            about = connection.AsAuditObject();
            return new Done(about, connection.Id);
        }, cancellationToken);
        if (about is null || (tokens.Refresh is null && tokens.Access is null)) return Revocation.NotNeeded;

        // Both, and the refresh token first: without it nobody gets a new access token.
        var revoked = tokens.Refresh is null || await calendly.TryRevokeAsync(tokens.Refresh, CancellationToken.None);
        if (tokens.Access is not null) revoked &= await calendly.TryRevokeAsync(tokens.Access, CancellationToken.None);
        await using var db = await contexts.CreateDbContextAsync(CancellationToken.None);
        audit.Add(db, actor, "connection.revoked", about, revoked ? AuditOutcome.Done : AuditOutcome.Failed);
        await db.SaveChangesAsync(CancellationToken.None);
        return revoked ? Revocation.Confirmed : Revocation.NotConfirmed;
    }
}
