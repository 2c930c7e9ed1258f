using AdminPortal.Calendly;
using AdminPortal.Testing;
using AdminPortal.Web.Features.Connections;
using Microsoft.Extensions.Time.Testing;

namespace AdminPortal.Web.Tests.Features.Connections;

/// <summary>The database does what the rule says: every change in every situation of the row, compared.</summary>
public sealed class RefreshRowTests(PostgresFixture postgres)
{
    private static readonly TimeSpan?[] Moments = [null, TimeSpan.FromHours(-1), TimeSpan.FromHours(1)];
    private static readonly string[] Changes = ["claim", "store", "release", "break", "give up"];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Row_every_change_in_every_situation_is_as_the_rule_says()
    {
        await using var world = await RefreshWorld.StartAsync(postgres, Ct);
        // Only the database's clock counts: this instance is an hour and a half behind.
        var row = world.Start(new FakeTimeProvider(TimeProvider.System.GetUtcNow().AddHours(-1.5))).Row;
        var (applied, failures) = (0, 0);
        foreach (var change in Changes)
            foreach (var (state, lease, pause, stale) in
                     from state in new[] { "healthy", "needs_reconnect", "disconnected" } from lease in Moments from pause in Moments from stale in new[] { "", "generation", "fence" } select (state, lease, pause, stale))
            {
                failures = (failures + 1) % 13;
                await world.ExecuteAsync($"""
                    UPDATE connections SET state = {state}, problem = 'before', generation = 7, refresh_failures = {failures}, refresh_fence = 11,
                        refresh_lease_until = clock_timestamp() + {lease}::interval, refresh_not_before = clock_timestamp() + {pause}::interval
                    """, Ct);
                var (before, now) = await row.StateAsync(world.ConnectionId, Ct);
                var seen = stale == "generation" ? 6 : 7;
                var fence = stale == "fence" ? 10 : 11;

                var expected = change switch
                {
                    "claim" => before.Claim(seen, now),
                    "store" => before.Store(seen, fence),
                    "release" => before.Release(seen, fence, "released", TimeSpan.FromSeconds(90), now),
                    "break" => before.Break(seen, "broken"),
                    _ => before.GiveUp(seen, RefreshRow.Abandoned, now),
                };
                var changed = await ApplyAsync(row, change, await ClaimedAsync(world, seen, fence));

                var (after, later) = await row.StateAsync(world.ConnectionId, Ct);
                var situation = $"{change} on {state}, lease {lease}, pause {pause}, stale {stale}";
                Assert.True(expected is not null == changed, situation);
                // The database's clock has gone on a little by the time of the change.
                var passed = later - now;
                Assert.True((expected ?? before) == after with { LeaseUntil = Before(after.LeaseUntil, expected?.LeaseUntil), NotBefore = Before(after.NotBefore, expected?.NotBefore) }, $"{situation}: {expected ?? before} but {after}");
                applied += changed ? 1 : 0;

                DateTimeOffset? Before(DateTimeOffset? stored, DateTimeOffset? wanted) => stored >= wanted && stored <= wanted + passed ? wanted : stored;
            }
        Assert.InRange(applied, 20, 200);
    }

    [Fact]
    public async Task Scopes_that_Calendly_does_not_repeat_stay_what_they_were()
    {
        await using var world = await RefreshWorld.StartAsync(postgres, Ct);
        var row = world.Start(TimeProvider.System).Row;
        var claimed = (await row.ClaimAsync(world.ConnectionId, (await world.RowAsync(Ct)).Generation, Ct))!;
        Assert.NotEmpty(claimed.Scopes);

        Assert.True(await row.StoreAsync(claimed, row.Seal(claimed, new TokenGrant("access", "refresh", 7200, TimeProvider.System.GetUtcNow(), null, "", "")), Ct));

        Assert.Equal(claimed.Scopes, (await world.RowAsync(Ct)).Scopes);
    }

    [Theory]
    [InlineData(0, 0, 20)]
    [InlineData(1, 0, 40)]
    [InlineData(1, 60, 60)]
    [InlineData(5, 0, 640)]
    [InlineData(6, 0, 900)]
    [InlineData(99, 0, 900)]
    [InlineData(99, 3600, 3600)]
    public void Pause_doubles_up_to_a_quarter_of_an_hour_and_is_never_shorter_than_Calendly_asks(int failures, int asked, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), RefreshState.PauseAfter(failures, TimeSpan.FromSeconds(asked)));

    private static async Task<Connection> ClaimedAsync(RefreshWorld world, int generation, long fence)
    {
        var connection = await world.RowAsync(Ct);
        (connection.Generation, connection.RefreshFence) = (generation, fence);
        return connection;
    }

    private static async Task<bool> ApplyAsync(RefreshRow row, string change, Connection claimed) => change switch
    {
        "claim" => await row.ClaimAsync(claimed.Id, claimed.Generation, Ct) is not null,
        "store" => await row.StoreAsync(claimed, row.Seal(claimed, new TokenGrant("access", "refresh", 7200, TimeProvider.System.GetUtcNow(), "", "", "")), Ct),
        "release" => await row.ReleaseAsync(claimed, "released", TimeSpan.FromSeconds(90), Ct),
        "break" => await row.BreakAsync(claimed.Id, claimed.Generation, "broken", Ct),
        _ => await row.GiveUpAsync(claimed.Id, claimed.Generation, Ct),
    };
}
