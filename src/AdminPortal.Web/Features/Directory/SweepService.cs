using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Connections;
using AdminPortal.Web.Security;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace AdminPortal.Web.Features.Directory;

/// <summary>Starts sweeps: because somebody asked, or because the interval has passed. The worker carries them out.</summary>
public sealed class SweepService(
    UseCase useCase, IDbContextFactory<PortalDbContext> contexts, SweepPicture picture, IOptions<DirectoryOptions> options, TimeProvider clock)
{
    public const string RequestedAction = "sweep.requested";

    /// <summary>"Sync now".</summary>
    /// <returns>The sweep's id.</returns>
    /// <exception cref="RefusedException">Not allowed, not connected, or a sweep is running already.</exception>
    public Task<Guid> RequestSyncAsync(Guid commandId, Actor actor, CancellationToken cancellationToken) =>
        useCase.RunAsync(new Command(commandId, RequestedAction, Permission.SyncNow), actor, async (work, token) =>
        {
            var organization = await LockOrganizationAsync(work.Db, token)
                ?? throw new RefusedException("not_connected", "Nobody has connected a Calendly account yet, so there is nothing to read.");
            var connection = await work.Db.Connections.AsNoTracking().SingleAsync(c => c.Id == organization.DirectoryConnectionId, token);
            if (connection.State != ConnectionState.Healthy)
                throw new RefusedException("connection_unusable", $"{connection.CalendlyName}'s Calendly connection does not work: reconnect needed. Syncing waits for it.");
            var sweep = await NewSweepAsync(work.Db, organization, work.Person.Id, work.Now, token)
                ?? throw new RefusedException("already_running", "A sync is running already.");
            work.Db.Sweeps.Add(sweep);
            return new Done(new AuditObject("sweep", sweep.Id.ToString(), organization.Name), sweep.Id);
        }, cancellationToken);

    /// <summary>Starts a sweep when one is due. The organization's row is locked for it, so that instances do not race.</summary>
    public async Task<bool> StartDueAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        if (!await IsDueAsync(db, now, cancellationToken)) return false;

        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var organization = await LockOrganizationAsync(db, cancellationToken);
        if (organization is null || !await IsDueAsync(db, now, cancellationToken)) return false;
        if (await NewSweepAsync(db, organization, null, now, cancellationToken) is not { } sweep) return false;
        db.Sweeps.Add(sweep);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    /// <summary>
    /// Due: nothing is running, the connection works, and its last sweep, or the question that it asked, is an interval old or older than the
    /// connection. Before its time when the activity log told something that the directory does not know, but at most half of the time is
    /// spent on sweeps, and no question is taken away for it.
    /// </summary>
    private Task<bool> IsDueAsync(PortalDbContext db, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var before = now - options.Value.SyncInterval;
        return db.Organizations.AnyAsync(o =>
            db.Connections.Any(c => c.Id == o.DirectoryConnectionId && c.State == ConnectionState.Healthy
                && !db.Sweeps.Any(s => s.OrganizationUri == o.Uri && s.State == SweepState.Running)
                && (!db.Sweeps.Any(s => s.OrganizationUri == o.Uri && s.ConnectionId == c.Id && (s.FinishedAt ?? s.AskedAt) > before && (s.FinishedAt ?? s.AskedAt) > c.ConnectedAt)
                    || (db.ActivityFeeds.Any(f => f.OrganizationUri == o.Uri && f.NewsAt != null)
                        && !db.Sweeps.Any(s => s.OrganizationUri == o.Uri
                            && (s.State == SweepState.Asking || (s.FinishedAt > before && s.FinishedAt + (s.FinishedAt - s.StartedAt) > now)))))),
            cancellationToken);
    }

    /// <summary>The connection before the organization, as in connecting: the new sweep's foreign key would lock it afterwards.</summary>
    private static async Task<ManagedOrganization?> LockOrganizationAsync(PortalDbContext db, CancellationToken cancellationToken)
    {
        await db.Database.ExecuteSqlAsync($"SELECT FROM connections WHERE id = (SELECT directory_connection_id FROM organization) FOR KEY SHARE", cancellationToken);
        return await db.Organizations.FromSql($"SELECT *, xmin FROM organization FOR UPDATE").AsNoTracking().SingleOrDefaultAsync(cancellationToken);
    }

    /// <returns>Null while one is running.</returns>
    private async Task<Sweep?> NewSweepAsync(PortalDbContext db, ManagedOrganization organization, Guid? requestedBy, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await SweepQuestionService.ReplaceAsync(db, picture, organization.Uri, now, cancellationToken);
        var sweeps = db.Sweeps.AsNoTracking().Where(s => s.OrganizationUri == organization.Uri);
        if (await sweeps.AnyAsync(s => s.State == SweepState.Running, cancellationToken)) return null;
        await db.Database.ExecuteSqlAsync($"UPDATE activity_feed SET news_at = NULL WHERE organization_uri = {organization.Uri} AND news_at IS NOT NULL", cancellationToken);
        var last = await sweeps.Where(s => s.State == SweepState.Complete).OrderByDescending(s => s.FinishedAt).FirstOrDefaultAsync(cancellationToken);
        return new()
        {
            OrganizationUri = organization.Uri,
            ConnectionId = organization.DirectoryConnectionId,
            RequestedBy = requestedBy,
            State = SweepState.Running,
            Phase = SweepPhase.Memberships,
            StartedAt = now,
            LeaseUntil = DateTimeOffset.UnixEpoch,
            ExpectedMemberships = last?.MembershipsRead,
            ExpectedDuration = last?.ReadAt - last?.StartedAt,
        };
    }
}
