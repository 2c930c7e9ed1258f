using System.Linq.Expressions;
using AdminPortal.Calendly;
using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Audit;
using AdminPortal.Web.Features.Connections;
using AdminPortal.Web.Features.Removals;
using AdminPortal.Web.Security;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Web.Features.Directory;

/// <summary>What decides whether a connection can read the directory.</summary>
public sealed record DirectoryCandidate(Guid Id, string Person, string OrganizationUri, bool IsDirectory, ConnectionState State, string[] Scopes, bool OwnerMayConnect, bool OwnerIsBeingRemoved);

/// <summary>Which connection sweeps, confirming reads and impact run on: people choose another, the portal never does.</summary>
public static class DirectoryChoice
{
    /// <summary>The rule that the page asks and the service enforces; null when it can be used.</summary>
    public static Refusal? WhyNot(DirectoryCandidate candidate) => candidate switch
    {
        { IsDirectory: true } => new("already_chosen", $"Syncing runs on {candidate.Person}’s connection already."),
        { OwnerMayConnect: false } => new("owner_without_role", $"{candidate.Person} has no role that may connect, or is blocked."),
        { State: not ConnectionState.Healthy } => new("connection_unusable", $"{candidate.Person}’s connection does not work now. Only {candidate.Person} can reconnect."),
        { OwnerIsBeingRemoved: true } => new("owner_being_removed", $"{candidate.Person} is in an open removal request."),
        _ when !Scopes.Includes(string.Join(' ', candidate.Scopes), Scopes.OrganizationsRead) =>
            new("missing_scope", $"Syncing needs organizations:read, which {candidate.Person} did not allow."),
        _ => null,
    };

    /// <summary>The owner of the connection that is used now, while they have a role that may connect, or an Administrator.</summary>
    public static bool MayChoose(Person person, Guid? directoryOwner) => (person.Id == directoryOwner && person.Can(Permission.Connect)) || person.Can(Permission.ChooseDirectoryConnection);

    /// <summary>For queries: a connection as a candidate.</summary>
    public static Expression<Func<Connection, DirectoryCandidate>> Of(PortalDbContext db, Guid? directory)
    {
        string[] roles = [.. Permissions.RolesFor(Permission.Connect)];
        ItemState[] open = [ItemState.Pending, ItemState.Executing, ItemState.Attention];
        return c => new DirectoryCandidate(
            c.Id, c.Person!.Name, c.OrganizationUri, c.Id == directory, c.State, c.Scopes, c.Person.BlockedAt == null && c.Person.Roles.Any(role => roles.Contains(role)),
            db.RemovalItems.Any(i => i.UserUri == c.CalendlyUserUri && open.Contains(i.State)));
    }
}

public sealed class DirectoryChoiceService(UseCase useCase)
{
    /// <summary>"Use for syncing". A sweep that is running ends on the connection it began with; the next one begins at once on the new one.</summary>
    public Task ChooseAsync(Guid commandId, Guid connectionId, Actor actor, CancellationToken cancellationToken) =>
        useCase.RunAsync(new Command(commandId, "directory.connection_chosen", Permission.Read), actor, async (work, ct) =>
        {
            var db = work.Db;
            // Whoever disconnects it at this moment waits, or comes first and is seen. The connection before the organization, as in connecting.
            var chosen = await db.Connections.FromSql($"SELECT *, xmin FROM connections WHERE id = {connectionId} FOR SHARE").AsNoTracking().SingleOrDefaultAsync(ct);
            var organization = await db.Organizations.FromSql($"SELECT *, xmin FROM organization FOR UPDATE").SingleOrDefaultAsync(ct)
                ?? throw new RefusedException("not_connected", "No organization is managed yet.");
            var before = await db.Connections.AsNoTracking().Include(c => c.Person).SingleAsync(c => c.Id == organization.DirectoryConnectionId, ct);
            if (!DirectoryChoice.MayChoose(work.Person, before.PersonId))
                throw new RefusedException("not_owner", $"Only {before.Person!.Name} or an Administrator can choose the connection for syncing.");
            if (chosen is null || chosen.OrganizationUri != organization.Uri) throw new RefusedException("unknown_connection", "There is no such connection.");
            var candidate = await db.Connections.Where(c => c.Id == connectionId).Select(DirectoryChoice.Of(db, organization.DirectoryConnectionId)).SingleAsync(ct);
            if (DirectoryChoice.WhyNot(candidate) is { } refusal) throw new RefusedException(refusal);
            organization.DirectoryConnectionId = chosen.Id;
            return new Done(chosen.AsAuditObject(), chosen.Id, new { Before = before.Id, BeforeOf = before.Person!.Name });
        }, cancellationToken);
}
