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
        var applied = 0;
        foreach (var change in Changes)
            foreach (var (state, lease, pause, stale) in
                     from state in new[] { "healthy", "needs_reconnect", "disconnected" } from lease in Moments from pause in Moments from stale in new[] { "", "generation", "fence" } select (state, lease, pause, stale))
            {
                await world.ExecuteAsync($"""
                    UPDATE connections SET state = {state}, problem = 'before', generation = 7, refresh_fence = 11,
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
