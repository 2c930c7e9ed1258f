using AdminPortal.Testing;
using AdminPortal.Web.Features.Directory;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace AdminPortal.Web.Tests.Features.Directory;

public sealed class SweepTakeoverTests(PostgresFixture postgres)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Worker_that_died_after_a_page_is_followed_by_one_that_reads_on_from_there()
    {
        await using var world = await DirectoryWorld.StartAsync(postgres, 250, 14, Ct);
        var dead = await world.BeginAsync(Ct);
        await world.StageFirstPageAsync(dead, without: null, Ct);
        var second = await world.AddPortalAsync(Ct);
        Assert.False(await DirectoryWorld.Worker(second).WorkOnceAsync(Ct));

        await world.ExpireLeaseAsync(Ct);
        Assert.True(await DirectoryWorld.Worker(second).WorkOnceAsync(Ct));

        var sweep = await world.LastAsync(Ct);
        Assert.Equal((dead.Id, SweepState.Complete, 250, 4), (sweep.Id, sweep.State, sweep.MembershipsRead, sweep.PagesRead));
        Assert.Equal(3, (await world.CallsAsync("/organization_memberships", Ct)).Count);
    }

    [Fact]
    public async Task Worker_that_lost_its_lease_writes_nothing_any_more()
    {
        await using var world = await DirectoryWorld.StartAsync(postgres, 30, 2, Ct);
        var slow = await world.BeginAsync(Ct);
        await world.ExpireLeaseAsync(Ct);
        var lease = world.Services.GetRequiredService<SweepLease>();
        var fast = await lease.ClaimAsync(Ct);
        Assert.Equal(slow.Fence + 1, fast!.Fence);

        await Assert.ThrowsAsync<SweepLostException>(() => world.StageFirstPageAsync(slow, without: null, Ct));
        await Assert.ThrowsAsync<SweepLostException>(() => world.Services.GetRequiredService<SweepPicture>().PartialAsync(slow, "too late", Ct));
        await Assert.ThrowsAsync<SweepLostException>(() => world.Services.GetRequiredService<SweepPicture>().CompleteAsync(slow, Ct));

        await using var db = world.Db();
        Assert.Equal(0, await db.StagedMemberships.CountAsync(Ct) + await db.StagedPages.CountAsync(Ct));
        Assert.Equal(SweepState.Running, (await world.LastAsync(Ct)).State);
        await world.Services.GetRequiredService<SweepRun>().ToEndAsync(fast, Ct);
        Assert.Equal(SweepState.Complete, (await world.LastAsync(Ct)).State);
    }

    [Fact]
    public async Task Workers_of_several_instances_carry_out_one_sweep_once()
    {
        await using var world = await DirectoryWorld.StartAsync(postgres, 250, 14, Ct);
        var workers = new List<SweepWorker> { DirectoryWorld.Worker(world.Services) };
        for (var i = 0; i < 3; i++) workers.Add(DirectoryWorld.Worker(await world.AddPortalAsync(Ct)));

        var worked = await Task.WhenAll(workers.Select(worker => Task.Run(() => worker.WorkOnceAsync(Ct), Ct)));

        Assert.Single(worked, true);
        await using var db = world.Db();
        Assert.Equal(SweepState.Complete, (await db.Sweeps.SingleAsync(Ct)).State);
        Assert.Equal(4, (await world.CallsAsync("/organization", Ct)).Count);
    }

    [Fact]
    public async Task Page_read_twice_does_not_count_twice()
    {
        await using var world = await DirectoryWorld.StartAsync(postgres, 130, 0, Ct);
        var claim = await world.BeginAsync(Ct);
        await world.StageFirstPageAsync(claim, without: null, Ct);
        await world.StageFirstPageAsync(claim, without: null, Ct);

        await world.Services.GetRequiredService<SweepRun>().ToEndAsync((await world.ReclaimAsync(Ct))!, Ct);

        var sweep = await world.LastAsync(Ct);
        Assert.Equal((SweepState.Complete, 130, 130), (sweep.State, sweep.MembershipsRead, sweep.Joined));
    }
}
