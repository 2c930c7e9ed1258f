using AdminPortal.Testing;
using AdminPortal.Web.Features.Audit;
using AdminPortal.Web.Features.Directory;
using AdminPortal.Web.Security;
using AdminPortal.Web.Shell.Kit;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Web.Tests.Features.Directory;

public sealed class SweepQuestionTests(PostgresFixture postgres)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Sweep_that_misses_far_too_many_people_asks_before_it_reads_any_and_goes_on_when_told()
    {
        await using var world = await AskingAsync();
        var asking = await world.LastAsync(Ct);
        await using var db = world.Db();

        Assert.Equal((SweepState.Asking, 8, 60), (asking.State, asking.Missing, asking.Present));
        Assert.False(await DirectoryWorld.Worker(world.Services).WorkOnceAsync(Ct));
        Assert.Empty(await world.CallsAsync("/organization_memberships/", Ct));
        Assert.Equal(60, await db.Members.CountAsync(m => m.LeftAt == null, Ct));
        Assert.Equal("Calendly’s list is missing 8 of 60 people", (await db.AuditEntries.SingleAsync(e => e.Action == "sweep.asked", Ct)).ObjectLabel);
        var status = await world.Get<DirectoryFreshness>().ReadAsync(db, Ct);
        Assert.True(status is { Running: null, Question: { Missing: 8, Present: 60, Some.Count: 3 } });
        Assert.EndsWith("and 5 others. Nobody was marked as left.", DirectoryWords.Asks(status.Question!), StringComparison.Ordinal);
        var line = DirectoryWords.Line(status, DateTimeOffset.UtcNow, TimeZoneInfo.Utc);
        Assert.Equal((Tone.Amber, "A sync waits for a decision: 8 of 60 people are missing"), (line.Tone, line.Text));

        var click = Guid.CreateVersion7();
        await world.Get<SweepQuestionService>().CheckAsync(click, asking.Id, world.Olivia, Ct);
        await world.Get<SweepQuestionService>().CheckAsync(click, asking.Id, world.Olivia, Ct);
        Assert.True((await world.Get<DirectoryFreshness>().ReadAsync(db, Ct)) is { Question: null, Running: { Suspects: 8, Phase: SweepPhase.Confirming } });
        Assert.True(await DirectoryWorld.Worker(world.Services).WorkOnceAsync(Ct));

        var ended = await world.LastAsync(Ct);
        Assert.Equal((asking.Id, SweepState.Complete, 8, 52), (ended.Id, ended.State, ended.Left, ended.MembershipsRead));
        Assert.Equal(8, (await world.CallsAsync("/organization_memberships/", Ct)).Count);
        Assert.Equal(8, await db.Changes.CountAsync(c => c.Kind == ChangeKind.Left && c.SweepId == asking.Id, Ct));
        Assert.Equal(world.Olivia.Name, (await db.AuditEntries.SingleAsync(e => e.Action == "sweep.check_chosen", Ct)).ActorName);
        // The picture is as old as the list, however long nobody decided.
        Assert.Equal(asking.ReadAt, (await world.Get<DirectoryFreshness>().ReadAsync(db, Ct)).CompleteAsOf);
    }

    [Fact]
    public async Task Person_who_keeps_the_last_picture_ends_the_sweep_and_only_once()
    {
        await using var world = await AskingAsync();
        var asking = await world.LastAsync(Ct);
        var questions = world.Get<SweepQuestionService>();
        Assert.Equal("role", (await Assert.ThrowsAsync<RefusedException>(() => questions.KeepAsync(Guid.CreateVersion7(), asking.Id, world.Vera, Ct))).Refusal.Code);

        await questions.KeepAsync(Guid.CreateVersion7(), asking.Id, world.Olivia, Ct);

        var ended = await world.LastAsync(Ct);
        Assert.Equal((SweepState.Partial, "Calendly’s list is missing 8 of 60 people. Olivia Ortiz kept the last picture."), (ended.State, ended.Problem));
        await using var db = world.Db();
        Assert.Equal((60, 0), (await db.Members.CountAsync(m => m.LeftAt == null, Ct), await db.Changes.CountAsync(Ct)));
        Assert.Equal(0, await db.SweepSuspects.CountAsync(Ct) + await db.StagedPages.CountAsync(Ct));
        Assert.Equal(AuditOutcome.Done, (await db.AuditEntries.SingleAsync(e => e.Action == "sweep.keep_chosen" && e.Outcome != AuditOutcome.Refused, Ct)).Outcome);
        Assert.Equal("not_asking", (await Assert.ThrowsAsync<RefusedException>(() => questions.CheckAsync(Guid.CreateVersion7(), asking.Id, world.Olivia, Ct))).Refusal.Code);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Question_that_nobody_answers_makes_way_for_the_next_sweep_which_asks_again(bool clicked)
    {
        await using var world = await AskingAsync();
        var asking = await world.LastAsync(Ct);
        Assert.False(await world.Get<SweepService>().StartDueAsync(Ct));

        if (clicked)
        {
            await world.Get<SweepService>().RequestSyncAsync(Guid.CreateVersion7(), world.Olivia, Ct);
            await DirectoryWorld.Worker(world.Services).WorkOnceAsync(Ct);
        }
        else
        {
            await world.SweepAsync(Ct);
        }

        await using var db = world.Db();
        var replaced = await db.Sweeps.AsNoTracking().SingleAsync(s => s.Id == asking.Id, Ct);
        Assert.Equal((SweepState.Partial, "Calendly’s list is missing 8 of 60 people. Nobody decided before the next sync began."), (replaced.State, replaced.Problem));
        Assert.Equal(SweepState.Asking, (await world.LastAsync(Ct)).State);
        Assert.Equal("not_asking", (await Assert.ThrowsAsync<RefusedException>(() => world.Get<SweepQuestionService>().CheckAsync(Guid.CreateVersion7(), asking.Id, world.Olivia, Ct))).Refusal.Code);
    }

    [Fact]
    public async Task Answer_and_next_sweep_at_the_same_moment_leave_one_of_them()
    {
        await using var world = await AskingAsync();
        for (var round = 0; round < 8; round++)
        {
            var asking = await world.LastAsync(Ct);
            Assert.Equal(SweepState.Asking, asking.State);
            await world.MakeDueAsync(Ct);

            var check = Task.Run(() => world.Get<SweepQuestionService>().CheckAsync(Guid.CreateVersion7(), asking.Id, world.Olivia, Ct), Ct);
            var started = await world.Get<SweepService>().StartDueAsync(Ct);
            await check.ContinueWith(_ => { }, Ct, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

            await using var db = world.Db();
            var running = await db.Sweeps.AsNoTracking().SingleAsync(s => s.State == SweepState.Running || s.State == SweepState.Asking, Ct);
            Assert.Equal(check.IsFaulted, started);
            Assert.Equal(started, running.Id != asking.Id);
            Assert.Equal(SweepState.Running, running.State);
            await db.Sweeps.Where(s => s.Id == running.Id).ExecuteUpdateAsync(s => s.SetProperty(x => x.State, SweepState.Asking).SetProperty(x => x.Missing, 8).SetProperty(x => x.Present, 60)
                .SetProperty(x => x.AskedAt, DateTimeOffset.UtcNow), Ct);
        }
    }

    private async Task<DirectoryWorld> AskingAsync()
    {
        var world = await DirectoryWorld.StartAsync(postgres, 60, 0, Ct);
        await world.SweepAsync(Ct);
        foreach (var (uuid, _) in await world.PlainMembersAsync(8, Ct)) (await world.Simulator.Http.DeleteAsync($"/_sim/members/{uuid}", Ct)).EnsureSuccessStatusCode();
        await world.SweepAsync(Ct);
        return world;
    }
}
