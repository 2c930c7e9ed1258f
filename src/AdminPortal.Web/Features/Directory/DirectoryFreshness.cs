using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Connections;
using AdminPortal.Web.Features.Removals;
using AdminPortal.Web.Security;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace AdminPortal.Web.Features.Directory;

/// <summary>
/// The directory's state for pages: read once after each ring of the doorbell, for all pages of this instance together. Decisions ask
/// <see cref="ReadAsync"/>, which always reads.
/// </summary>
public sealed class DirectoryFreshness : IDisposable
{
    private const int MostUnconfirmed = 3;
    private const int MostMissing = 3;
    private readonly IDbContextFactory<PortalDbContext> contexts;
    private readonly People people;
    private readonly DirectoryOptions directory;
    private readonly RemovalPolicy policy;
    private readonly TimeProvider clock;
    private readonly IDisposable[] rings;
    private readonly Lock gate = new();
    private readonly List<(Func<Task> Handler, bool AlsoBudget)> handlers = [];
    private Task<DirectoryStatus>? shared;

    public DirectoryFreshness(IDbContextFactory<PortalDbContext> contexts, People people, Doorbell doorbell, IOptions<DirectoryOptions> directory, IOptions<RemovalPolicy> policy, TimeProvider clock)
    {
        (this.contexts, this.people, this.directory, this.policy, this.clock) = (contexts, people, directory.Value, policy.Value, clock);
        rings = [doorbell.Subscribe([Topic.Directory, Topic.Connections, Topic.People], () => ForgetAndTellAsync(onlyBudget: false)), doorbell.Subscribe(Topic.Budget, () => ForgetAndTellAsync(onlyBudget: true))];
    }

    /// <summary>Calls the handler after every change, when <see cref="CurrentAsync"/> knows of it, until the result is disposed. The handler must not throw.</summary>
    /// <param name="alsoBudget">Also when nothing changed but what is left of the request budget.</param>
    public IDisposable Subscribe(Func<Task> handler, bool alsoBudget = false)
    {
        lock (gate) handlers.Add((handler, alsoBudget));
        return new Subscription(() => { lock (gate) handlers.Remove((handler, alsoBudget)); });
    }

    public Task<DirectoryStatus> CurrentAsync(CancellationToken cancellationToken)
    {
        lock (gate)
        {
            // Shared by many pages, so no single page's cancellation reaches it; a failed one is not kept.
            if (shared is null or { IsFaulted: true }) shared = LoadAsync();
            return shared.WaitAsync(cancellationToken);
        }
    }

    public async Task<DirectoryStatus> ReadAsync(PortalDbContext db, CancellationToken cancellationToken)
    {
        var organization = await db.Organizations.AsNoTracking().Include(o => o.DirectoryConnection!.Person).SingleOrDefaultAsync(cancellationToken);
        if (organization is null) return new(null, null, null, null, null, null, null, null, null, null, policy.DirectoryMaxAge, null, null, await UnconfirmedAsync(db, cancellationToken));
        // Three rows at most: the one that is running or asks, the last to end, and the last complete one.
        var sweeps = db.Sweeps.AsNoTracking().Where(s => s.OrganizationUri == organization.Uri);
        var rows = await sweeps.Where(s => s.State == SweepState.Running || s.State == SweepState.Asking)
            .Concat(sweeps.Where(s => s.State == SweepState.Complete).OrderByDescending(s => s.FinishedAt).Take(1))
            .Concat(sweeps.Where(s => s.State == SweepState.Partial).OrderByDescending(s => s.FinishedAt).Take(1))
            .ToListAsync(cancellationToken);
        var running = rows.FirstOrDefault(s => s.State == SweepState.Running);
        var asking = rows.FirstOrDefault(s => s.State == SweepState.Asking);
        var complete = rows.FirstOrDefault(s => s.State == SweepState.Complete);
        var last = rows.Where(s => s.FinishedAt is not null).MaxBy(s => s.FinishedAt);
        var connection = organization.DirectoryConnection;
        var budget = await db.RequestBudgets.AsNoTracking().SingleOrDefaultAsync(b => b.CalendlyUserUri == connection!.CalendlyUserUri, cancellationToken);
        return new(
            organization.Name, organization.Uri, organization.DirectoryConnectionId,
            connection?.State, connection?.CalendlyName, connection?.Problem,
            complete?.ReadAt ?? complete?.FinishedAt, last is null ? null : new(last.FinishedAt!.Value, last.Problem, last.PagesRead),
            running is null ? null : new(running.Id, running.Phase, running.PagesRead, running.MembershipsRead, running.InvitationsRead, running.ExpectedMemberships, running.ExpectedDuration,
                running.Phase == SweepPhase.Confirming ? await db.SweepSuspects.CountAsync(s => s.SweepId == running.Id, cancellationToken) : 0, running.StartedAt),
            connection?.State == ConnectionState.Healthy ? (asking?.AskedAt ?? last?.FinishedAt) + directory.SyncInterval : null,
            policy.DirectoryMaxAge,
            budget,
            connection is null ? null : await TroubleAsync(connection, cancellationToken), [],
            asking is null ? null : await QuestionAsync(db, asking, cancellationToken));
    }

    private static async Task<SweepQuestion> QuestionAsync(PortalDbContext db, Sweep asking, CancellationToken cancellationToken) => new(
        asking.Id, asking.Missing!.Value, asking.Present!.Value, asking.AskedAt!.Value,
        await db.SweepSuspects.Where(s => s.SweepId == asking.Id && !s.RemovedByUs).OrderBy(s => s.MemberId).Take(MostMissing)
            .Join(db.Members, s => s.MemberId, m => m.Id, (s, m) => m.Name).ToListAsync(cancellationToken));

    private async Task<DirectoryTrouble?> TroubleAsync(Connection connection, CancellationToken cancellationToken) => DirectoryTrouble.Of(connection, clock.GetUtcNow()) is not { } kind ? null
        : new(kind, connection.Person!.Name, connection.Person.ObjectId, await people.NamesWithRolesAsync(Permissions.RolesFor(Permission.ChooseDirectoryConnection), cancellationToken), connection.Problem);

    private static Task<List<string>> UnconfirmedAsync(PortalDbContext db, CancellationToken cancellationToken) =>
        db.Connections.AsNoTracking().Where(c => c.State == ConnectionState.Healthy).OrderBy(c => c.ConnectedAt).Take(MostUnconfirmed).Select(c => c.Person!.Name).ToListAsync(cancellationToken);

    private async Task<DirectoryStatus> LoadAsync()
    {
        await using var db = await contexts.CreateDbContextAsync(CancellationToken.None);
        return await ReadAsync(db, CancellationToken.None);
    }

    private Task ForgetAndTellAsync(bool onlyBudget)
    {
        Func<Task>[] told;
        lock (gate) (shared, told) = (null, [.. handlers.Where(h => h.AlsoBudget || !onlyBudget).Select(h => h.Handler)]);
        return Task.WhenAll(told.Select(handler => handler()));
    }

    public void Dispose()
    {
        foreach (var ring in rings) ring.Dispose();
    }

    private sealed class Subscription(Action dispose) : IDisposable
    {
        public void Dispose() => dispose();
    }
}
