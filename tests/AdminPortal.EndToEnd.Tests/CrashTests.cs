using AdminPortal.Testing;
using Microsoft.Playwright;
using Npgsql;

namespace AdminPortal.EndToEnd.Tests;

/// <summary>The portal is killed as an operating system kills it; what was approved still happens, once.</summary>
public sealed class CrashTests(PostgresFixture postgres, BrowserFixture browser)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Moments => ["right after the approval", "while the DELETE is under way", "after the DELETE took effect, before its answer"];

    [Theory]
    [MemberData(nameof(Moments))]
    public async Task Killed_portal_removes_once_after_its_restart(string moment)
    {
        // A hold long enough that the kill comes before it ends, where that is the point.
        var hold = moment == "right after the approval" ? "00:00:03" : "00:00:01";
        await using var world = await CrashableWorld.StartAsync(postgres, new WorldOptions(Settings: new Dictionary<string, string> { ["Removals:Hold"] = hold, ["Workers:Lease"] = "00:00:02" }), Token);
        await RequestAndApproveAsync(world, moment);

        await world.KillPortalAsync(Token);
        if (moment == "right after the approval") Assert.Empty(await world.Simulator.RemovalsAsync(Token));
        await world.StartPortalAsync(Token);

        Assert.Equal("removed", await OutcomeAsync(world));
        var deletes = await world.Simulator.RemovalsAsync(Token);
        Assert.Single(deletes, call => call.Applied);
        Assert.True(deletes.Count <= 2, $"{deletes.Count} DELETEs for one member and one crash");
    }

    private async Task RequestAndApproveAsync(CrashableWorld world, string moment)
    {
        await using var olivia = await Visitor.SignInAsync(browser.Browser, world.PortalUrl, "Olivia Ortiz");
        await olivia.ConnectCalendlyAsync("Olivia Ortiz");
        await olivia.SeeMembersAsync();
        await olivia.GoAsync("/members?q=harbourlight.example&role=user", "Members");
        await olivia.Page.Locator("tbody a").First.ClickAsync();
        await olivia.Button("Request removal…").ClickAsync();
        await olivia.Dialog.GetByLabel("Reason").FillAsync("Left the company on Friday.");
        await olivia.Dialog.GetByRole(AriaRole.Button, new() { Name = "Request removal", Exact = true }).ClickAsync();
        await Assertions.Expect(olivia.Dialog).ToHaveCountAsync(0);

        // The simulator holds the call before or after its effect for longer than this test lives: the crash comes from outside.
        if (moment == "while the DELETE is under way")
            await world.Simulator.FaultAsync(new { method = "DELETE", path = "/organization_memberships", times = 1, delayMs = 20_000, drop = "before" }, Token);
        else if (moment != "right after the approval")
            await world.Simulator.FaultAsync(new { method = "DELETE", path = "/organization_memberships", times = 1, delayMs = 20_000, drop = "after" }, Token);

        await using var arjun = await Visitor.SignInAsync(browser.Browser, world.PortalUrl, "Arjun Rao");
        await arjun.GoAsync("/approvals", "Approvals");
        await arjun.Page.Locator(".q a").First.ClickAsync();
        await Assertions.Expect(arjun.Page.Locator(".imp b").First).ToBeVisibleAsync();
        await arjun.Button("Approve removal").ClickAsync();
        await arjun.Dialog.GetByRole(AriaRole.Button, new() { Name = "Approve removal", Exact = true }).ClickAsync();
        await Assertions.Expect(arjun.Dialog).ToHaveCountAsync(0);
        if (moment == "right after the approval") return;
        // The intent is stored before the call, so a ledger line means that the call has arrived.
        await Eventually.TrueAsync(async () => (await world.Simulator.RemovalsAsync(Token)).Count > 0, Token);
    }

    private static async Task<string> OutcomeAsync(CrashableWorld world)
    {
        await using var connection = new NpgsqlConnection(world.Database.OwnerConnectionString);
        await connection.OpenAsync(Token);
        var state = "";
        await Eventually.TrueAsync(async () =>
        {
            await using var command = new NpgsqlCommand("SELECT i.state FROM removal_items i JOIN removal_requests r ON r.id = i.request_id WHERE r.state = 'closed'", connection);
            state = await command.ExecuteScalarAsync(Token) as string ?? "";
            return state.Length > 0;
        }, Token);
        return state;
    }
}
