using AdminPortal.Calendly;
using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Audit;
using AdminPortal.Web.Features.Connections;
using AdminPortal.Web.Features.Removals;
using AdminPortal.Web.Security;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace AdminPortal.Web.Features.Directory;

/// <summary>What somebody is asked to confirm: an organization, and how many people were counted in it.</summary>
/// <param name="More">There are more than were counted: Calendly tells no totals.</param>
public sealed record OrganizationPreview(string Name, int Members, bool More);

/// <summary>The first connection asks whether its organization is the one to manage; nothing is pinned, and nothing of its members stored, before that.</summary>
public sealed class OrganizationService(
    IDbContextFactory<PortalDbContext> contexts, UseCase useCase, People people, CalendlyAccess calendly, EndedGrants grants, AuditTrail audit, IOptions<CalendlyOptions> options)
{
    private const int PageSize = 100;
    private const int MostPages = 10;
    private const string Stranger = "The portal manages another organization now, so this connection was ended.";

    /// <summary>Counts through the connection itself, so whoever asks must be its owner.</summary>
    /// <exception cref="RefusedException">It could not be read; the words say why.</exception>
    public async Task<OrganizationPreview> PreviewAsync(Guid connectionId, Actor actor, CancellationToken cancellationToken)
    {
        var connection = await OwnAsync(connectionId, actor, cancellationToken) ?? throw NotOwner();
        return await ReadAsync(async client =>
        {
            var organization = await client.Organizations.GetAsync(connection.OrganizationUri, cancellationToken);
            var members = new HashSet<string>(StringComparer.Ordinal);
            string? token = null;
            for (var pages = 0; pages < MostPages; pages++)
            {
                var page = await client.Memberships.ListAsync(new MembershipQuery(connection.OrganizationUri, Count: PageSize, PageToken: token), cancellationToken);
                members.UnionWith(page.Items.Select(m => m.Uri));
                token = page.NextPageToken;
                if (token is null) break;
            }
            return new OrganizationPreview(OrganizationPin.Name(organization), members.Count, token is not null);
        }, connectionId);
    }

    /// <summary>"Manage this organization".</summary>
    /// <exception cref="RefusedException">Not the owner's own, not usable, or another organization is managed; then the connection's grant is ended.</exception>
    public async Task PinAsync(Guid commandId, Guid connectionId, Actor actor, CancellationToken cancellationToken)
    {
        var (organization, unread) = await NamedAsync(connectionId, actor, cancellationToken);
        List<Guid?> ended = [];
        try
        {
            await useCase.RunAsync(new Command(commandId, "organization.pinned", Permission.Connect, connectionId), actor, async (work, ct) =>
            {
                await OrganizationPin.LockAsync(work.Db, ct);
                var connection = await LockAsync(work.Db, connectionId, ct);
                if (connection?.PersonId != work.Person.Id) throw NotOwner();
                var pinned = await work.Db.Organizations.SingleOrDefaultAsync(ct);
                if ((pinned?.Uri ?? Configured) is { } managed && managed != connection.OrganizationUri) throw OrganizationPin.OtherOrganization();
                if (pinned is not null) throw new RefusedException("already_pinned", $"{pinned.Name} is managed already: somebody confirmed it before you. Nothing more is needed.");
                if (connection.WhyUnusable() is { } unusable) throw new RefusedException("connection_unusable", unusable);
                if (unread is not null) throw unread;
                OrganizationPin.Pin(work, organization!, connection);
                foreach (var stranger in await work.Db.Connections
                    .FromSql($"SELECT *, xmin FROM connections WHERE organization_uri <> {connection.OrganizationUri} AND state <> 'disconnected' ORDER BY id FOR UPDATE").ToListAsync(ct))
                {
                    ended.Add(grants.End(work.Db, stranger, Stranger));
                    audit.Add(work.Db, Actor.Portal, "connection.disconnected", stranger.AsAuditObject(), AuditOutcome.Done, new { Because = ConnectProblem.OtherOrganization });
                }
                return new Done(new AuditObject("organization", connection.Id.ToString(), OrganizationPin.Name(organization!)), connection.Id, new { organization!.Uri, organization.Plan });
            }, cancellationToken);
        }
        catch (RefusedException refused) when (refused.Refusal.Code == ConnectProblem.OtherOrganization)
        {
            await EndAsync(connectionId);
            throw;
        }
        foreach (var grant in ended) await grants.RevokeAsync(grant, Actor.Portal);
    }

    private string? Configured => string.IsNullOrWhiteSpace(options.Value.Organization) ? null : options.Value.Organization;

    /// <summary>An account of another organization is not kept, whoever was first.</summary>
    private async Task EndAsync(Guid connectionId)
    {
        await using var db = await contexts.CreateDbContextAsync(CancellationToken.None);
        await using var transaction = await db.Database.BeginTransactionAsync(CancellationToken.None);
        var connection = await LockAsync(db, connectionId, CancellationToken.None);
        if (connection is null or { State: ConnectionState.Disconnected }) return;
        var ended = grants.End(db, connection, Stranger);
        audit.Add(db, Actor.Portal, "connection.disconnected", connection.AsAuditObject(), AuditOutcome.Done, new { Because = ConnectProblem.OtherOrganization });
        await db.SaveChangesAsync(CancellationToken.None);
        await transaction.CommitAsync(CancellationToken.None);
        await grants.RevokeAsync(ended, Actor.Portal);
    }

    /// <summary>The organization as Calendly names it now, or why it could not be read; neither for a connection of somebody else.</summary>
    private async Task<(Organization? Organization, RefusedException? Unread)> NamedAsync(Guid connectionId, Actor actor, CancellationToken cancellationToken)
    {
        try
        {
            if (await OwnAsync(connectionId, actor, cancellationToken) is not { } connection) return default;
            return (await ReadAsync(client => client.Organizations.GetAsync(connection.OrganizationUri, cancellationToken), connectionId), null);
        }
        catch (RefusedException unread)
        {
            return (null, unread);
        }
    }

    private async Task<T> ReadAsync<T>(Func<CalendlyClient, Task<T>> read, Guid connectionId)
    {
        try
        {
            return await read(calendly.For(connectionId, Lane.People));
        }
        catch (CalendlyException exception)
        {
            throw new RefusedException("not_read", $"The organization could not be read: {CalendlyWords.Why(exception)}. Nothing was decided. Try again.");
        }
        catch (ConnectionUnusableException exception)
        {
            throw new RefusedException("not_read", $"The organization could not be read. {exception.Message}");
        }
    }

    /// <exception cref="RefusedException">Nobody who may not connect has their connection used for looking.</exception>
    private async Task<Connection?> OwnAsync(Guid connectionId, Actor actor, CancellationToken cancellationToken)
    {
        if (await useCase.WhyNotAsync(Permission.Connect, actor, cancellationToken) is { } refusal) throw new RefusedException(refusal);
        var person = await people.FindAsync(actor, cancellationToken);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.Connections.AsNoTracking().SingleOrDefaultAsync(c => c.Id == connectionId && c.PersonId == person!.Id, cancellationToken);
    }

    private static Task<Connection?> LockAsync(PortalDbContext db, Guid connectionId, CancellationToken cancellationToken) =>
        db.Connections.FromSql($"SELECT *, xmin FROM connections WHERE id = {connectionId} FOR UPDATE").SingleOrDefaultAsync(cancellationToken);

    private static RefusedException NotOwner() => new("not_owner", "Only the owner of this connection can confirm its organization.");
}
