using AdminPortal.Testing;
using AdminPortal.Web.Features.Connections;
using AdminPortal.Web.Features.Directory;
using AdminPortal.Web.Security;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace AdminPortal.Web.Tests.Features.Directory;

public sealed class SweepServiceTests(PostgresFixture postgres)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Sync_now_starts_a_sweep_once_however_often_it_is_clicked()
    {
        await using var world = await DirectoryWorld.StartAsync(postgres, 20, 0, Ct);
        var service = world.Services.GetRequiredService<SweepService>();
        var click = Guid.CreateVersion7();

        var first = await service.RequestSyncAsync(click, world.Olivia, Ct);
        var again = await service.RequestSyncAsync(click, world.Olivia, Ct);

        Assert.Equal(first, again);
        await using var db = world.Db();
        Assert.NotNull((await db.Sweeps.SingleAsync(Ct)).RequestedBy);
        var refused = await Assert.ThrowsAsync<RefusedException>(() => service.RequestSyncAsync(Guid.CreateVersion7(), world.Olivia, Ct));
        Assert.Equal("already_running", refused.Refusal.Code);
    }

    [Fact]
    public async Task Sync_now_waits_for_whoever_reconnects_without_holding_the_organization()
    {
        await using var world = await DirectoryWorld.StartAsync(postgres, 20, 0, Ct);
        await using var db = world.Db();
        await using var connecting = await db.Database.BeginTransactionAsync(Ct);
        await db.Database.ExecuteSqlAsync($"SELECT FROM connections FOR UPDATE", Ct);

        var sync = world.Services.GetRequiredService<SweepService>().RequestSyncAsync(Guid.CreateVersion7(), world.Olivia, Ct);
        // Within a transaction the view stays as it was first seen.
        await using var look = world.Db();
        await Eventually.TrueAsync(() => look.Database.SqlQuery<bool>(
            $"SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock') AS \"Value\"").SingleAsync(Ct), Ct);
        await db.Database.ExecuteSqlAsync($"SELECT FROM organization FOR UPDATE NOWAIT", Ct);
        Assert.False(sync.IsCompleted);
        await connecting.CommitAsync(Ct);

        Assert.NotEqual(Guid.Empty, await sync);
    }

    [Fact]
    public async Task Sync_now_is_refused_without_the_role_and_on_a_broken_connection()
    {
        await using var world = await DirectoryWorld.StartAsync(postgres, 20, 0, Ct);
        var service = world.Services.GetRequiredService<SweepService>();
        Assert.Equal("role", (await Assert.ThrowsAsync<RefusedException>(() => service.RequestSyncAsync(Guid.CreateVersion7(), world.Vera, Ct))).Refusal.Code);

        await using var db = world.Db();
        await db.Connections.ExecuteUpdateAsync(c => c.SetProperty(x => x.State, ConnectionState.NeedsReconnect), Ct);
        Assert.Equal("connection_unusable", (await Assert.ThrowsAsync<RefusedException>(() => service.RequestSyncAsync(Guid.CreateVersion7(), world.Olivia, Ct))).Refusal.Code);
        Assert.False(await service.StartDueAsync(Ct));
        Assert.Equal(0, await db.Sweeps.CountAsync(Ct));
    }

    [Fact]
    public async Task Sweep_is_due_at_first_then_only_after_the_interval_or_a_reconnect()
    {
        await using var world = await DirectoryWorld.StartAsync(postgres, 20, 0, Ct);
        var service = world.Services.GetRequiredService<SweepService>();
        await world.SweepAsync(Ct);
        Assert.False(await service.StartDueAsync(Ct));

        await using var db = world.Db();
        await db.Connections.ExecuteUpdateAsync(c => c.SetProperty(x => x.ConnectedAt, DateTimeOffset.UtcNow), Ct);
        Assert.True(await service.StartDueAsync(Ct));
        Assert.False(await service.StartDueAsync(Ct));
    }

    [Fact]
    public async Task Freshness_names_the_last_complete_sweep_the_running_one_and_the_problem()
    {
        await using var world = await DirectoryWorld.StartAsync(postgres, 20, 0, Ct);
        var freshness = world.Services.GetRequiredService<DirectoryFreshness>();
        await using var db = world.Db();
        Assert.True((await freshness.ReadAsync(db, Ct)) is { NeverSynced: true, IsConnected: true, IsPinned: true });

        var complete = await world.SweepAsync(Ct);
        var fresh = await freshness.ReadAsync(db, Ct);
        Assert.Equal(complete.ReadAt, fresh.CompleteAsOf);
        Assert.True(fresh.IsFreshEnough(complete.ReadAt!.Value + TimeSpan.FromMinutes(60)));
        Assert.False(fresh.IsFreshEnough(complete.ReadAt!.Value + TimeSpan.FromMinutes(61)));

        await world.FaultAsync(new { method = "GET", path = "^/organization_memberships$", times = 1, status = 403 }, Ct);
        await world.SweepAsync(Ct);
        Assert.True((await freshness.ReadAsync(db, Ct)) is { IsPartial: true, Running: null, LastEnd.Problem: not null });
        Assert.NotEqual(Guid.Empty, (await world.BeginAsync(Ct)).Id);
        Assert.Equal(20, (await freshness.ReadAsync(db, Ct)).Running!.Expected);
    }
}
