using System.Net;
using AdminPortal.Testing;
using AdminPortal.Web.Features.Connections;

namespace AdminPortal.Web.Tests.Features.Connections;

/// <summary>A thousand refreshes on a real database, against a Calendly that fails in every way, by instances that die at every step.</summary>
public sealed class RefreshCrashTests(PostgresFixture postgres)
{
    private static readonly object?[] Faults =
    [
        null, null, null, null, null, null,
        new { method = "POST", path = "^/oauth/token$", drop = "before" },
        new { method = "POST", path = "^/oauth/token$", drop = "after" },
        new { method = "POST", path = "^/oauth/token$", status = 500 },
        new { method = "POST", path = "^/oauth/token$", status = 503 },
        new { method = "POST", path = "^/oauth/token$", status = 429, retryAfterSeconds = 5 },
        new { method = "POST", path = "^/oauth/token$", status = 200, body = "<html>All is well.</html>" },
        new { method = "POST", path = "^/oauth/token$", status = 502, body = "<html>Bad gateway.</html>" },
    ];
    private static readonly object TooSlow = new { method = "POST", path = "^/oauth/token$", drop = "after", delayMs = 1_000 };
    /// <summary>More steps than one refresh takes, so that some instances live.</summary>
    private const int Steps = 20;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private sealed record Tally(int Stored, int Left, int Broken, int Released);

    [Fact]
    public async Task Refresh_thousand_with_random_faults_and_crashes_never_sends_a_spent_token_and_never_hides_a_dead_one()
    {
        var seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
        var tallies = await Task.WhenAll(Enumerable.Range(0, 4).Select(lane => LaneAsync(new Random(seed + lane), 250)));

        var (stored, left, broken, released) = (tallies.Sum(t => t.Stored), tallies.Sum(t => t.Left), tallies.Sum(t => t.Broken), tallies.Sum(t => t.Released));
        TestContext.Current.TestOutputHelper!.WriteLine($"{stored} stored and used, {left} left by a crash in the window, {broken} broken, {released} put off");
        Assert.True(stored > 100 && left > 20 && broken > 100 && released > 50, "the rounds do not reach what they are about");
    }

    private async Task<Tally> LaneAsync(Random random, int rounds)
    {
        await using var world = await RefreshWorld.StartAsync(postgres, Ct);
        var tally = new Tally(0, 0, 0, 0);
        for (var round = 0; round < rounds; round++)
        {
            if ((await world.RowAsync(Ct)).State != ConnectionState.Healthy) await world.ReconnectAsync(Ct);
            await world.ExecuteAsync($"UPDATE connections SET access_expires_at = now() - interval '1 second'", Ct);
            tally = await RoundAsync(world, random, tally);
        }
        Assert.Equal(0, world.SentTwice);
        Assert.True(await world.BreaksAsync(Ct) >= tally.Broken, "a broken connection is not in the audit");
        return tally;
    }

    private static async Task<Tally> RoundAsync(RefreshWorld world, Random random, Tally tally)
    {
        var before = await world.RowAsync(Ct);
        var isSlow = random.Next(60) == 0;
        var fault = isSlow ? TooSlow : Faults[random.Next(Faults.Length)];
        if (fault is not null) await world.SimulateAsync("faults", new[] { fault }, Ct);
        var clock = new HurriedClock(TimeSpan.FromSeconds(isSlow ? 60 : 1));
        var instances = Enumerable.Range(0, random.Next(1, 4)).Select(_ => world.Start(clock, random.Next(3) == 0 ? random.Next(Steps) : int.MaxValue)).ToList();
        var callers = instances.SelectMany(instance => Enumerable.Range(0, random.Next(1, 3)).Select(_ => CallAsync(world, instance))).ToList();
        var owner = random.Next(12) switch { 0 => world.ReconnectAsync(Ct), 1 => world.DisconnectAsync(Ct), _ => null };
        var got = await Task.WhenAll(callers);
        if (owner is not null) await owner;

        Assert.True(await world.TokenRequestsAsync(Ct) <= 1, "more than one request for one generation");
        var after = await world.RowAsync(Ct);
        var quiet = fault is null && owner is null && !instances.Exists(instance => instance.IsDead);
        if (quiet)
        {
            Assert.Equal((ConnectionState.Healthy, before.Generation + 1), (after.State, after.Generation));
            Assert.Equal(HttpStatusCode.OK, await world.UseAsync(Assert.Single(got.Distinct())!, Ct));
        }
        return await LaterAsync(world, after, tally with { Stored = tally.Stored + (quiet ? 1 : 0) });
    }

    /// <summary>Everybody has gone home; the next caller comes when leases and pauses are over and Calendly is well.</summary>
    private static async Task<Tally> LaterAsync(RefreshWorld world, Connection left, Tally tally)
    {
        await world.ClearFaultsAsync(Ct);
        await RunOutAsync(world);
        await world.ExecuteAsync($"UPDATE connections SET refresh_not_before = clock_timestamp()", Ct);
        var served = await CallAsync(world, world.Start(TimeProvider.System));
        var row = await world.RowAsync(Ct);
        if (left is { State: ConnectionState.Healthy, RefreshLeaseUntil: null })
        {
            Assert.Equal((ConnectionState.Healthy, HttpStatusCode.OK, null), (row.State, await world.UseAsync(served!, Ct), row.Problem));
            Assert.True(await world.IsAliveAsync(Ct), "healthy with a dead refresh token");
            Assert.True(await world.TokenRequestsAsync(Ct) <= 1);
            return tally with { Released = tally.Released + (left.Problem is null ? 0 : 1) };
        }
        Assert.Null(served);
        Assert.Equal(0, await world.TokenRequestsAsync(Ct));
        if (left.State == ConnectionState.Disconnected) return tally;
        Assert.Equal(ConnectionState.NeedsReconnect, row.State);
        Assert.NotNull(row.Problem);
        return tally with { Broken = tally.Broken + 1, Left = tally.Left + (left.RefreshLeaseUntil is null ? 0 : 1) };
    }

    /// <returns>The access token; null for who was told that there is none, or died with the instance.</returns>
    private static async Task<string?> CallAsync(RefreshWorld world, RefreshWorld.Instance instance)
    {
        try
        {
            return await instance.Tokens.AccessAsync(world.ConnectionId, Ct);
        }
        catch (ConnectionUnusableException)
        {
            return null;
        }
        catch (Exception) when (instance.IsDead)
        {
            // Time passes, and whoever waited for the dead one goes on.
            await RunOutAsync(world);
            return null;
        }
    }

    private static Task RunOutAsync(RefreshWorld world) => world.ExecuteAsync($"UPDATE connections SET refresh_lease_until = clock_timestamp() WHERE refresh_lease_until IS NOT NULL", Ct);
}
