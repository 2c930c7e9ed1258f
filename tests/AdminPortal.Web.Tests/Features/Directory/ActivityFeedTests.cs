using System.Net.Http.Json;
using AdminPortal.Simulator;
using AdminPortal.Testing;
using AdminPortal.Web.Features.Directory;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace AdminPortal.Web.Tests.Features.Directory;

/// <summary>The activity log against the simulator: who is named, when a sweep comes before its time, and what costs a request.</summary>
public sealed class ActivityFeedTests(PostgresFixture postgres)
{
    private const string Log = "/activity_log_entries";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Changes_made_elsewhere_get_the_names_of_those_who_made_them()
    {
        await using var world = await EnterpriseAsync();
        await world.SweepAsync(Ct);
        var people = await world.PlainMembersAsync(4, Ct);
        await PatchAsync(world, people[0].Uuid, new { role = "admin", actor = SimulatorDefaults.Sam.Email });
        await PatchAsync(world, people[1].Uuid, new { name = "Élodie Marchand", actor = SimulatorDefaults.Priya.Email });
        (await world.Simulator.Http.DeleteAsync($"/_sim/members/{people[2].Uuid}?actor={SimulatorDefaults.Sam.Email}", Ct)).EnsureSuccessStatusCode();
        await PatchAsync(world, people[3].Uuid, new { email = "new.address@harbourlight.example", actor = SimulatorDefaults.Sam.Email });
        (await world.Simulator.Http.PostAsJsonAsync("/_sim/members", new { email = "kim.berg@example.org", actor = SimulatorDefaults.Priya.Email }, Ct)).EnsureSuccessStatusCode();
        await world.SweepAsync(Ct);

        Assert.True(await Worker(world).WorkOnceAsync(Ct));

        await using var db = world.Db();
        var changes = await db.Changes.AsNoTracking().Where(c => c.Kind != ChangeKind.Invited).OrderBy(c => c.Kind).ToListAsync(Ct);
        Assert.Equal(
            [(ChangeKind.Joined, "Priya Nair"), (ChangeKind.Left, "Sam Okafor"), (ChangeKind.RoleChanged, "Sam Okafor"), (ChangeKind.Renamed, "Priya Nair"), (ChangeKind.EmailChanged, "Sam Okafor")],
            changes.Select(c => (c.Kind, c.ActorName)).OrderBy(c => c.Kind));
        Assert.All(changes, c => Assert.True(c.HappenedAt <= c.SeenAt && c.ActivityUri!.Contains(Log, StringComparison.Ordinal) && c.ActorUri is not null));
    }

    [Fact]
    public async Task Role_changed_twice_the_same_way_names_nobody()
    {
        await using var world = await EnterpriseAsync();
        await world.SweepAsync(Ct);
        var (uuid, _) = await world.OneMemberAsync(Ct);
        await PatchAsync(world, uuid, new { role = "admin", actor = SimulatorDefaults.Sam.Email });
        await PatchAsync(world, uuid, new { role = "user", actor = SimulatorDefaults.Sam.Email });
        await PatchAsync(world, uuid, new { role = "admin", actor = SimulatorDefaults.Priya.Email });
        await world.SweepAsync(Ct);

        await Worker(world).WorkOnceAsync(Ct);

        await using var db = world.Db();
        var change = await db.Changes.SingleAsync(c => c.Kind == ChangeKind.RoleChanged, Ct);
        Assert.Equal(("user", "admin", null, null), (change.Before, change.After, change.ActorName, change.ActivityUri));
        Assert.Equal(3, await db.LoggedDeeds.CountAsync(d => d.Kind == ChangeKind.RoleChanged, Ct));
    }

    [Fact]
    public async Task Round_is_one_request_and_reads_no_entry_twice_as_new()
    {
        await using var world = await EnterpriseAsync();
        await world.SweepAsync(Ct);
        var (uuid, _) = await world.OneMemberAsync(Ct);
        await PatchAsync(world, uuid, new { role = "admin" });
        await Worker(world).WorkOnceAsync(Ct);
        Assert.False(await Worker(world).WorkOnceAsync(Ct));
        await MakeRoundDueAsync(world);

        Assert.True(await Worker(world).WorkOnceAsync(Ct));

        Assert.Equal(2, (await world.CallsAsync(Log, Ct)).Count);
        await using var db = world.Db();
        Assert.Equal(1, await db.LoggedDeeds.CountAsync(d => d.Kind == ChangeKind.RoleChanged, Ct));
        var feed = await db.ActivityFeeds.SingleAsync(Ct);
        Assert.Equal((FeedState.Reading, false), (feed.State, feed.Behind));
        Assert.NotNull(feed.NewsAt);
    }

    [Fact]
    public async Task Entry_of_which_the_directory_knows_nothing_brings_the_next_sweep_forward_once()
    {
        await using var world = await EnterpriseAsync();
        await world.SweepAsync(Ct);
        await Worker(world).WorkOnceAsync(Ct);
        await RestAsync(world);
        Assert.False(await StartDueAsync(world));
        var (uuid, uri) = await world.OneMemberAsync(Ct);
        await PatchAsync(world, uuid, new { role = "admin", actor = SimulatorDefaults.Sam.Email });
        await MakeRoundDueAsync(world);
        await Worker(world).WorkOnceAsync(Ct);

        Assert.True(await DirectoryWorld.Worker(world.Services).WorkOnceAsync(Ct));

        await using var db = world.Db();
        Assert.Equal("admin", await db.Members.Where(m => m.Uri == uri).Select(m => m.Role).SingleAsync(Ct));
        // The change was seen after the log was read, so a round is due at once; and what it reads again is no news.
        Assert.True(await Worker(world).WorkOnceAsync(Ct));
        Assert.Equal("Sam Okafor", await db.Changes.Where(c => c.Kind == ChangeKind.RoleChanged).Select(c => c.ActorName).SingleAsync(Ct));
        await RestAsync(world);
        Assert.False(await StartDueAsync(world));
    }

    [Fact]
    public async Task News_wait_as_long_as_the_last_sweep_took()
    {
        await using var world = await EnterpriseAsync();
        await world.SweepAsync(Ct);
        var (uuid, _) = await world.OneMemberAsync(Ct);
        await PatchAsync(world, uuid, new { role = "admin" });
        await Worker(world).WorkOnceAsync(Ct);
        await using var db = world.Db();
        await db.Sweeps.ExecuteUpdateAsync(s => s.SetProperty(x => x.StartedAt, x => x.FinishedAt!.Value.AddMinutes(-5)), Ct);
        Assert.False(await StartDueAsync(world));

        await db.Sweeps.ExecuteUpdateAsync(s => s.SetProperty(x => x.StartedAt, x => x.FinishedAt!.Value), Ct);

        Assert.True(await StartDueAsync(world));
    }

    [Fact]
    public async Task Plan_without_an_activity_log_is_found_out_once_and_changes_stay_without_names()
    {
        await using var world = await DirectoryWorld.StartAsync(postgres, 30, 0, "teams", "organizations:read activity_log:read", Ct);
        await world.SweepAsync(Ct);
        var (uuid, _) = await world.OneMemberAsync(Ct);
        await PatchAsync(world, uuid, new { role = "admin" });
        await world.SweepAsync(Ct);

        Assert.True(await Worker(world).WorkOnceAsync(Ct));
        await MakeRoundDueAsync(world);
        Assert.False(await Worker(world).WorkOnceAsync(Ct));

        Assert.Single(await world.CallsAsync(Log, Ct));
        await using var db = world.Db();
        Assert.Equal(FeedState.NotEnterprise, (await db.ActivityFeeds.SingleAsync(Ct)).State);
        Assert.Null((await db.Changes.SingleAsync(c => c.Kind == ChangeKind.RoleChanged, Ct)).ActorName);
    }

    [Fact]
    public async Task Connection_without_the_scope_is_not_asked_until_it_is_connected_anew()
    {
        await using var world = await DirectoryWorld.StartAsync(postgres, 30, 0, "enterprise", "organizations:read", Ct);
        await world.SweepAsync(Ct);

        await Worker(world).WorkOnceAsync(Ct);

        Assert.Empty(await world.CallsAsync(Log, Ct));
        await using var db = world.Db();
        Assert.Equal(FeedState.MissingScope, (await db.ActivityFeeds.SingleAsync(Ct)).State);
        Assert.False(await Worker(world).WorkOnceAsync(Ct));
        await db.Connections.ExecuteUpdateAsync(c => c.SetProperty(x => x.ConnectedAt, x => DateTimeOffset.UtcNow), Ct);
        Assert.True(await Worker(world).WorkOnceAsync(Ct));
    }

    [Fact]
    public async Task Round_that_is_refused_says_why_and_the_next_begins_at_the_same_place()
    {
        await using var world = await EnterpriseAsync();
        await world.SweepAsync(Ct);
        var (uuid, _) = await world.OneMemberAsync(Ct);
        await PatchAsync(world, uuid, new { role = "admin", actor = SimulatorDefaults.Sam.Email });
        await world.SweepAsync(Ct);
        await world.FaultAsync(new { method = "GET", path = Log, times = 10, status = 403, body = """{"title":"Permission Denied","message":"Not today."}""" }, Ct);
        await Worker(world).WorkOnceAsync(Ct);
        await using var db = world.Db();
        Assert.Equal((FeedState.Refused, "Calendly says: Not today."), await StateAsync());
        (await world.Simulator.Http.DeleteAsync("/_sim/faults", Ct)).EnsureSuccessStatusCode();

        await db.ActivityFeeds.ExecuteUpdateAsync(f => f.SetProperty(x => x.TriedAt, x => x.TriedAt - TimeSpan.FromHours(2)), Ct);
        await Worker(world).WorkOnceAsync(Ct);

        Assert.Equal((FeedState.Reading, null), await StateAsync());
        Assert.Equal("Sam Okafor", await db.Changes.Where(c => c.Kind == ChangeKind.RoleChanged).Select(c => c.ActorName).SingleAsync(Ct));

        async Task<(FeedState, string?)> StateAsync() => await db.ActivityFeeds.AsNoTracking().SingleAsync(Ct) is var feed ? (feed.State, feed.Problem) : default;
    }

    [Fact]
    public async Task Of_many_pollers_one_reads_and_whoever_lost_the_lease_writes_nothing()
    {
        await using var world = await EnterpriseAsync();
        await world.AddPortalAsync(Ct);
        await world.SweepAsync(Ct);
        var lease = world.Services.GetRequiredService<ActivityFeedLease>();
        var claims = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => lease.ClaimAsync(Ct), Ct)));
        var first = Assert.Single(claims.OfType<FeedClaim>());

        await using var db = world.Db();
        await db.Database.ExecuteSqlAsync($"UPDATE activity_feed SET lease_until = clock_timestamp() - interval '1 second', tried_at = tried_at - interval '1 hour'", Ct);
        var second = (await lease.ClaimAsync(Ct))!;

        var round = world.Services.GetRequiredService<ActivityRound>();
        await Assert.ThrowsAsync<ActivityFeedLostException>(() => round.ReadAsync(first, Ct));
        Assert.Null((await db.ActivityFeeds.AsNoTracking().SingleAsync(Ct)).ReadAt);
        Assert.True(await round.ReadAsync(second, Ct));
        Assert.NotNull((await db.ActivityFeeds.AsNoTracking().SingleAsync(Ct)).ReadAt);
    }

    private Task<DirectoryWorld> EnterpriseAsync() => DirectoryWorld.StartAsync(postgres, 30, 0, "enterprise", "organizations:read activity_log:read", Ct);

    private static ActivityWorker Worker(DirectoryWorld world) => world.Services.GetRequiredService<ActivityWorker>();

    private static Task<bool> StartDueAsync(DirectoryWorld world) => world.Services.GetRequiredService<SweepService>().StartDueAsync(Ct);

    private static async Task PatchAsync(DirectoryWorld world, string uuid, object change) =>
        (await world.Simulator.Http.PatchAsJsonAsync($"/_sim/members/{uuid}", change, Ct)).EnsureSuccessStatusCode();

    private static async Task MakeRoundDueAsync(DirectoryWorld world)
    {
        await using var db = world.Db();
        await db.ActivityFeeds.ExecuteUpdateAsync(f => f.SetProperty(x => x.TriedAt, x => x.TriedAt - TimeSpan.FromMinutes(10)), Ct);
    }

    /// <summary>As long after the last sweep as it took.</summary>
    private static async Task RestAsync(DirectoryWorld world)
    {
        await using var db = world.Db();
        await db.Sweeps.ExecuteUpdateAsync(s => s.SetProperty(x => x.StartedAt, x => x.FinishedAt!.Value), Ct);
    }
}
