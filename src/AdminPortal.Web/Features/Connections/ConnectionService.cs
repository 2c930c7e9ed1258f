using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Audit;
using AdminPortal.Web.Features.Directory;
using AdminPortal.Web.Features.Invitations;
using AdminPortal.Web.Features.Removals;
using AdminPortal.Web.Security;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Web.Features.Connections;

/// <summary>What is known of one connection; never its tokens.</summary>
/// <param name="UnknownScopes">Needed scopes that are not known until used.</param>
/// <param name="AccessExpiresAt">When the access token ends; whoever needs it renews it ahead of that. Null for a personal access token.</param>
/// <param name="OpenRequests">Removal requests that run on it.</param>
/// <param name="WaitingInvitations">Invitations that wait to be sent on it.</param>
public sealed record ConnectionCard(
    Guid Id, Guid PersonId, string Person, bool IsMine, bool IsDirectory, string OrganizationUri, ConnectionKind Kind, ConnectionState State, string? Problem, DateTimeOffset? ProblemAt,
    string CalendlyName, string CalendlyEmail, string CalendlyRole, IReadOnlyList<string> Scopes, IReadOnlyList<string> UnknownScopes, RequestBudget? Budget,
    DateTimeOffset ConnectedAt, DateTimeOffset? LastUsedAt, DateTimeOffset? LastRefreshedAt, DateTimeOffset? AccessExpiresAt, int OpenRequests, int WaitingInvitations)
{
    /// <inheritdoc cref="Connection.WhyNotRenewed"/>
    public bool IsNotRenewed(DateTimeOffset now) => State == ConnectionState.Healthy && Problem is not null && AccessExpiresAt <= now;
}

/// <summary>A connection that syncing could run on, or why it cannot.</summary>
public sealed record SyncChoice(Guid Id, string Person, Refusal? WhyNot);

/// <summary>What the page shows: one's own connection, and those of others for whoever may see them.</summary>
/// <param name="Choices">Empty for who may not choose the connection for syncing.</param>
public sealed record ConnectionsView(
    string? Organization, IReadOnlyList<ConnectionCard> Cards, string? DirectoryPerson, Refusal? WhyNotConnect, bool MayDisconnectOthers, IReadOnlyList<SyncChoice> Choices)
{
    /// <summary>One's own, in the managed organization.</summary>
    public ConnectionCard? Mine { get; init; }

    public SyncChoice? ChoiceOf(ConnectionCard card) => Choices.FirstOrDefault(choice => choice.Id == card.Id);
}

/// <summary>Connections as people see them, and their end.</summary>
public sealed class ConnectionService(IDbContextFactory<PortalDbContext> contexts, UseCase useCase, People people, EndedGrants grants, TimeProvider clock)
{
    private const int MostCards = 200;

    public async Task<ConnectionsView> ViewAsync(Actor actor, CancellationToken cancellationToken)
    {
        var person = await people.FindAsync(actor, cancellationToken);
        var (mine, all) = (person?.Id, person?.Can(Permission.SeeAllConnections) == true);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var organization = await db.Organizations.AsNoTracking()
            .Select(o => new { o.Uri, o.Name, o.DirectoryConnectionId, Owner = o.DirectoryConnection!.PersonId, DirectoryPerson = o.DirectoryConnection.Person!.Name }).SingleOrDefaultAsync(cancellationToken);
        var (directory, managed) = (organization?.DirectoryConnectionId, organization?.Uri);
        RequestState[] open = [RequestState.Awaiting, RequestState.Approved, RequestState.Executing];
        var cards = await db.Connections.AsNoTracking()
            .Where(c => c.PersonId == mine || all)
            .OrderByDescending(c => c.PersonId == mine).ThenBy(c => c.Person!.Name).ThenByDescending(c => c.OrganizationUri == managed).ThenBy(c => c.State == ConnectionState.Disconnected).ThenByDescending(c => c.ConnectedAt).Take(MostCards)
            .Select(c => new ConnectionCard(
                c.Id, c.PersonId, c.Person!.Name, c.PersonId == mine, c.Id == directory, c.OrganizationUri, c.Kind, c.State, c.Problem, c.ProblemAt,
                c.CalendlyName, c.CalendlyEmail, c.CalendlyRole, c.Scopes, c.UnknownScopes, db.RequestBudgets.SingleOrDefault(b => b.CalendlyUserUri == c.CalendlyUserUri),
                c.ConnectedAt, c.LastUsedAt, c.LastRefreshedAt, c.AccessExpiresAt,
                db.RemovalRequests.Count(r => r.ConnectionId == c.Id && open.Contains(r.State)),
                db.InvitationSends.Count(s => s.ConnectionId == c.Id && s.FinishedAt == null)))
            .ToListAsync(cancellationToken);
        // Whatever lives can be ended. Of what has ended, one card a person: it is told until its owner has another.
        var first = cards.DistinctBy(card => card.PersonId).Select(card => card.Id).ToHashSet();
        cards = [.. cards.Where(card => card.State != ConnectionState.Disconnected || first.Contains(card.Id))];
        IReadOnlyList<SyncChoice> choices = person is null || organization is null || !DirectoryChoice.MayChoose(person, organization.Owner) ? []
            : [.. (await db.Connections.AsNoTracking().Where(c => c.OrganizationUri == managed).OrderBy(c => c.Person!.Name).Take(MostCards).Select(DirectoryChoice.Of(db, directory)).ToListAsync(cancellationToken))
                .Select(candidate => new SyncChoice(candidate.Id, candidate.Person, DirectoryChoice.WhyNot(candidate)))];
        return new ConnectionsView(
            organization?.Name, cards, organization?.DirectoryPerson, UseCase.WhyNot(person, Permission.Connect, clock.GetUtcNow()), person?.Can(Permission.DisconnectOthers) == true, choices)
        { Mine = cards.FirstOrDefault(card => card.IsMine && (managed is null || card.OrganizationUri == managed)) };
    }

    /// <summary>Removes the tokens, then ends the grant at Calendly. Its owner may always do that; anybody else's takes an Administrator.</summary>
    public async Task<Revocation> DisconnectAsync(Guid commandId, Guid connectionId, Actor actor, CancellationToken cancellationToken)
    {
        Guid? revocation = null;
        var leavesToken = false;
        var ran = await useCase.RunOnceAsync(new Command(commandId, "connection.disconnected", Permission.Read, connectionId), actor, async (work, ct) =>
        {
            var connection = await work.Db.Connections.FromSql($"SELECT *, xmin FROM connections WHERE id = {connectionId} FOR UPDATE").SingleOrDefaultAsync(ct)
                ?? throw new RefusedException("unknown_connection", "There is no such connection.");
            if (connection.PersonId != work.Person.Id && !work.Person.Can(Permission.DisconnectOthers))
                throw new RefusedException("not_owner", $"Only {connection.CalendlyName} or an Administrator can disconnect this.");
            // Why it ended, and when, stays as it is.
            if (connection.State == ConnectionState.Disconnected)
                throw new RefusedException("already_ended", $"{connection.CalendlyName}’s connection has ended already; nothing is left to disconnect.");
            // One that Calendly no longer accepted has no life to go on with.
            leavesToken = connection is { Kind: ConnectionKind.PersonalAccessToken, State: ConnectionState.Healthy };
            revocation = grants.End(work.Db, connection, why: null);
            return new Done(connection.AsAuditObject(), connection.Id);
        }, cancellationToken);
        if (ran.IsRepeat) return await EndedBeforeAsync(connectionId, actor, cancellationToken);
        return leavesToken ? Revocation.Owners : await grants.RevokeAsync(revocation, actor);
    }

    /// <summary>The same click once more, because its answer was lost: what came of the first.</summary>
    private async Task<Revocation> EndedBeforeAsync(Guid connectionId, Actor actor, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        if (await db.GrantRevocations.Where(r => r.ConnectionId == connectionId).OrderByDescending(r => r.CreatedAt).Select(r => (Guid?)r.Id).FirstOrDefaultAsync(cancellationToken) is { } pending)
            return await grants.RevokeAsync(pending, actor);
        if (await db.Connections.AnyAsync(c => c.Id == connectionId && c.Kind == ConnectionKind.PersonalAccessToken, cancellationToken)) return Revocation.Owners;
        var id = connectionId.ToString();
        var last = await db.AuditEntries.Where(e => e.Action == "connection.revoked" && e.ObjectId == id).OrderByDescending(e => e.Sequence)
            .Select(e => (AuditOutcome?)e.Outcome).FirstOrDefaultAsync(cancellationToken);
        return last switch { AuditOutcome.Done => Revocation.Confirmed, null => Revocation.NotNeeded, _ => Revocation.NotConfirmed };
    }
}
