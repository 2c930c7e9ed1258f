using System.Net.Http.Json;
using AdminPortal.Testing;
using Npgsql;

namespace AdminPortal.EndToEnd.Tests;

/// <summary>A portal that ends while Calendly is answering a refresh, as an operating system ends it: asked to, and killed.</summary>
public sealed class RefreshShutdownTests(PostgresFixture postgres, BrowserFixture browser)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false, "healthy")]
    // The control: the answer is lost with the process, so the spent token is all there is, and nobody sends it again.
    [InlineData(true, "needs_reconnect")]
    public async Task Portal_that_is_asked_to_end_lets_a_running_refresh_finish(bool killed, string state)
    {
        var settings = new Dictionary<string, string> { ["Workers:Lease"] = "00:00:02" };
        await using var world = await CrashableWorld.StartAsync(postgres, new WorldOptions(Settings: settings), Token);
        await using var olivia = await Visitor.SignInAsync(browser.Browser, world.PortalUrl, "Olivia Ortiz");
        await olivia.ConnectCalendlyAsync("Olivia Ortiz");
        await olivia.SeeMembersAsync();
        await world.Simulator.FaultAsync(new { method = "POST", path = "^/oauth/token$", times = 1, delayMs = 3000 }, Token);
        (await world.Simulator.Http.PostAsJsonAsync("/_sim/tokens/expire", new { }, Token)).EnsureSuccessStatusCode();

        await olivia.Button("Sync now").First.ClickAsync();
        // The code, and the refresh that is being answered.
        await Eventually.TrueAsync(async () => await TokenRequestsAsync(world) == 2, Token);
        if (killed) await world.KillPortalAsync(Token);
        else await world.StopPortalAsync();

        if (!killed) Assert.Equal(state, await StateAsync(world));
        await world.StartPortalAsync(Token);
        await Eventually.TrueAsync(async () => await StateAsync(world) == state, Token);
        if (!killed) await olivia.SeeMembersAsync();
        Assert.Equal(2, await TokenRequestsAsync(world));
    }

    private static async Task<int> TokenRequestsAsync(CrashableWorld world) =>
        (await world.Simulator.Http.GetFromJsonAsync<List<LedgerEntry>>("/_sim/requests?method=POST&path=/oauth/token", Token))!.Count;

    private static async Task<string?> StateAsync(CrashableWorld world)
    {
        await using var connection = new NpgsqlConnection(world.Database.OwnerConnectionString);
        await connection.OpenAsync(Token);
        await using var command = new NpgsqlCommand("SELECT state FROM connections", connection);
        return await command.ExecuteScalarAsync(Token) as string;
    }
}
