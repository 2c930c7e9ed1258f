using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using AdminPortal.Simulator;
using AdminPortal.Testing;
using Microsoft.Playwright;

namespace AdminPortal.EndToEnd.Tests;

/// <summary>What is done in Calendly itself appears in an open page, with the name of whoever did it.</summary>
public sealed class ActivityJourneyTests(PostgresFixture postgres, BrowserFixture browser)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Role_changed_in_Calendly_appears_in_the_open_view_with_the_name_of_who_changed_it()
    {
        await using var world = await World.StartAsync(postgres, new WorldOptions(Settings: new Dictionary<string, string> { ["Directory:ActivityLogInterval"] = "00:00:05" }), Token);
        (await world.Simulator.Http.PostAsJsonAsync("/_sim/reset", new { members = 40, invitations = 6, plan = "enterprise" }, Token)).EnsureSuccessStatusCode();
        await using var olivia = await Visitor.SignInAsync(browser.Browser, world.PortalUrl, "Olivia Ortiz");
        await olivia.ConnectCalendlyAsync("Olivia Ortiz");
        await olivia.SeeMembersAsync();
        await olivia.GoAsync("/members/activity", "Members");
        await Assertions.Expect(olivia.Page.GetByText("No changes yet")).ToBeVisibleAsync();
        var members = await world.Simulator.Http.GetFromJsonAsync<JsonElement[]>("/_sim/members", Token);
        var somebody = members!.First(m => m.GetProperty("role").GetString() == "user" && m.GetProperty("email").GetString()!.EndsWith("harbourlight.example", StringComparison.Ordinal));
        var name = somebody.GetProperty("name").GetString()!;

        (await world.Simulator.Http.PatchAsJsonAsync($"/_sim/members/{somebody.GetProperty("uuid").GetString()}", new { role = "admin", actor = SimulatorDefaults.Sam.Email }, Token)).EnsureSuccessStatusCode();

        var line = olivia.Page.Locator("tbody tr").Filter(new() { HasText = name });
        await Assertions.Expect(line).ToContainTextAsync("Role changed from User to Admin outside this portal, by Sam Okafor in Calendly");
        Assert.Empty(await AccessibilityTests.ViolationsAsync(olivia, "/members/activity"));
        await olivia.Page.GetByLabel("Kind", new() { Exact = true }).SelectOptionAsync("left");
        await Assertions.Expect(olivia.Page).ToHaveURLAsync(new Regex("status=left"));
        await Assertions.Expect(olivia.Page.GetByText("No change matches")).ToBeVisibleAsync();
        await olivia.Page.GoBackAsync();
        await line.GetByRole(AriaRole.Link).ClickAsync();
        await Assertions.Expect(olivia.Heading(name)).ToBeVisibleAsync();
        await Assertions.Expect(olivia.Page.GetByText("Role changed from User to Admin outside this portal, by Sam Okafor in Calendly")).ToBeVisibleAsync();
        await Assertions.Expect(olivia.Page.GetByText("Read from Calendly")).ToBeVisibleAsync();
        Assert.Empty(await AccessibilityTests.ViolationsAsync(olivia, "/members/{id}"));
        Assert.Empty(olivia.Errors);
    }
}
