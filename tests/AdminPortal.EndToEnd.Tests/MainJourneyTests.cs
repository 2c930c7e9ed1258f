using System.Text.RegularExpressions;
using AdminPortal.Testing;
using Microsoft.Playwright;

namespace AdminPortal.EndToEnd.Tests;

/// <summary>The main job, with two people in two browsers, against portal, simulator and PostgreSQL.</summary>
public sealed partial class MainJourneyTests(PostgresFixture postgres, BrowserFixture browser)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Journey_from_sign_in_to_a_proved_removal()
    {
        await using var world = await World.StartAsync(postgres, new WorldOptions(Members: 60, Settings: new Dictionary<string, string> { ["Removals:Hold"] = "00:00:02" }), Token);

        // Somebody without a role is told whom to ask.
        await using (var noah = await Visitor.SignInAsync(browser.Browser, world.PortalUrl, "Noah Grey"))
        {
            await Assertions.Expect(noah.Page.GetByText("your IT department").First).ToBeVisibleAsync();
            Assert.Empty(noah.Errors);
        }

        await using var olivia = await Visitor.SignInAsync(browser.Browser, world.PortalUrl, "Olivia Ortiz");
        await olivia.ConnectCalendlyAsync("Olivia Ortiz");
        await Assertions.Expect(olivia.Page.GetByText("Harbourlight Group").First).ToBeVisibleAsync();

        // The directory: total, search, role filter, sort, pages; all of it in the address.
        await olivia.SeeMembersAsync();
        await Assertions.Expect(olivia.Page.GetByText("60 people")).ToBeVisibleAsync();
        await Assertions.Expect(olivia.Page.Locator("tbody tr")).ToHaveCountAsync(25);
        await olivia.Page.GetByRole(AriaRole.Link, new() { Name = "Next page" }).ClickAsync();
        await Assertions.Expect(olivia.Page).ToHaveURLAsync(AfterKey());
        await olivia.GoAsync("/members?q=priya.nair", "Members");
        await Assertions.Expect(olivia.Page.Locator("tbody tr")).ToHaveCountAsync(1);
        await Assertions.Expect(olivia.Page.GetByRole(AriaRole.Checkbox, new() { Name = "The owner cannot be removed" })).ToBeDisabledAsync();
        await olivia.GoAsync("/members?q=olivia.ortiz", "Members");
        await Assertions.Expect(olivia.Page.GetByRole(AriaRole.Checkbox, new() { Name = "You cannot remove yourself" })).ToBeDisabledAsync();

        await using var arjun = await Visitor.SignInAsync(browser.Browser, world.PortalUrl, "Arjun Rao");
        await arjun.GoAsync("/approvals", "Approvals");
        await Assertions.Expect(arjun.Page.GetByText("Nothing waits for you", new() { Exact = true })).ToBeVisibleAsync();

        // The request, with its impact.
        await olivia.GoAsync("/members?q=harbourlight.example&role=user", "Members");
        var boxes = olivia.Page.Locator("tbody input[type=checkbox]:enabled");
        await boxes.Nth(0).CheckAsync();
        await boxes.Nth(1).CheckAsync();
        await olivia.Page.GetByRole(AriaRole.Button, new() { NameRegex = RequestOfTwo() }).ClickAsync();
        await Assertions.Expect(olivia.Dialog.GetByText("Upcoming meetings")).ToBeVisibleAsync();
        await olivia.Dialog.GetByLabel("Reason").FillAsync("Too short");
        await olivia.Dialog.GetByRole(AriaRole.Button, new() { Name = "Request removal", Exact = true }).ClickAsync();
        await Assertions.Expect(olivia.Dialog.GetByText("Write at least 15 characters")).ToBeVisibleAsync();
        await olivia.Dialog.GetByLabel("Reason").FillAsync("Left the company on Friday; hand-over is done.");
        await olivia.Dialog.GetByLabel("Ticket").FillAsync("HR-20981");
        await olivia.Dialog.GetByRole(AriaRole.Button, new() { Name = "Request removal", Exact = true }).ClickAsync();
        await Assertions.Expect(olivia.Dialog).ToHaveCountAsync(0);

        // It appears in the approver's open browser, and in the navigation, without a reload.
        await Assertions.Expect(arjun.Page.GetByText("1 request waits for your decision.")).ToBeVisibleAsync();
        await Assertions.Expect(arjun.Page.GetByRole(AriaRole.Navigation).GetByRole(AriaRole.Link, new() { NameRegex = ApprovalsWithOne() }).First).ToBeVisibleAsync();
        await arjun.Page.GetByRole(AriaRole.Link, new() { NameRegex = RemoveTwo() }).First.ClickAsync();
        await arjun.Page.GetByRole(AriaRole.Link, new() { NameRegex = OpenRequest() }).ClickAsync();
        await Assertions.Expect(arjun.Page).ToHaveURLAsync(RequestPage());
        await Assertions.Expect(arjun.Heading("Remove 2 people")).ToBeVisibleAsync();
        await Assertions.Expect(arjun.Page.GetByText("Left the company on Friday; hand-over is done.")).ToBeVisibleAsync();
        await Assertions.Expect(arjun.Page.GetByText("Runs with Olivia Ortiz’s Calendly connection")).ToBeVisibleAsync();
        await Assertions.Expect(arjun.Page.Locator(".imp b").First).ToBeVisibleAsync();
        await arjun.Button("Approve removal").ClickAsync();
        await arjun.Dialog.GetByLabel("Note for the record").FillAsync("Confirmed with the manager.");
        // The impact arrives while the dialog is open; until then approving takes the words that it is decided without it.
        await Assertions.Expect(arjun.Dialog.GetByText("I decide without it")).ToHaveCountAsync(0);
        await arjun.Dialog.GetByRole(AriaRole.Button, new() { Name = "Approve removal", Exact = true }).ClickAsync();

        // The worker removes, reads back, and both pages follow.
        await Assertions.Expect(arjun.Page.GetByText("Removed 2 of 2").First).ToBeVisibleAsync();
        await olivia.GoAsync("/members", "Members");
        await Assertions.Expect(olivia.Page.GetByText("58 people")).ToBeVisibleAsync();
        var deletes = await world.Simulator.RemovalsAsync(Token);
        Assert.Equal(2, deletes.Count);
        Assert.All(deletes, call => Assert.True(call is { Applied: true, Status: 204, User: "olivia.ortiz@example.com" }));
        Assert.Equal(2, deletes.Select(call => call.Path).Distinct().Count());

        await InviteAsync(olivia);

        // The auditor sees all of it; the operator may not, in words.
        await using var audrey = await Visitor.SignInAsync(browser.Browser, world.PortalUrl, "Audrey Kim");
        await audrey.GoAsync("/audit", "Audit log");
        foreach (var who in (string[])["Olivia Ortiz", "Arjun Rao", "Portal"]) await Assertions.Expect(audrey.Page.Locator("tbody").GetByText(who).First).ToBeVisibleAsync();
        await Assertions.Expect(audrey.Page.Locator("tbody").GetByText("R-1001").First).ToBeVisibleAsync();
        await audrey.GoAsync("/settings", "Settings");
        await Assertions.Expect(audrey.Page.GetByRole(AriaRole.Heading, new() { Name = "Approval policy" })).ToBeVisibleAsync();
        await olivia.Page.GotoAsync(new Uri(world.PortalUrl, "/audit").ToString());
        await Assertions.Expect(olivia.Page.GetByRole(AriaRole.Main).GetByText("Auditor").First).ToBeVisibleAsync();
        await olivia.GoAsync("/", "Overview");
        await Assertions.Expect(olivia.Page.Locator(".kpi", new() { HasText = "58" })).ToBeVisibleAsync();

        // A page that somebody may not open answers 403, which the browser writes to its console; nothing else may stand there.
        Assert.All(olivia.Errors, error => Assert.Contains("403", error, StringComparison.Ordinal));
        Assert.Empty(arjun.Errors);
        Assert.Empty(audrey.Errors);
        await arjun.GoAsync("/", "Overview");
        // Drawn by the circuit; before it stands the menu is only a picture.
        await Assertions.Expect(arjun.Page.Locator(".kpi", new() { HasText = "58" })).ToBeVisibleAsync();
        await arjun.Page.GetByRole(AriaRole.Button, new() { NameRegex = PersonMenu() }).First.ClickAsync();
        await arjun.Button("Sign out").ClickAsync();
        await Assertions.Expect(arjun.Page.GetByText("Sign in again")).ToBeVisibleAsync();
    }

    private static async Task InviteAsync(Visitor olivia)
    {
        await olivia.GoAsync("/invitations", "Invitations");
        // Rows are drawn by the circuit; before it stands a button is only a picture.
        await Assertions.Expect(olivia.Page.Locator("tbody tr", new() { HasText = "@" }).First).ToBeVisibleAsync();
        await olivia.Button("Invite people").ClickAsync();
        await olivia.Dialog.GetByRole(AriaRole.Textbox).FillAsync("new.person@harbourlight.example, priya.nair@example.com");
        await olivia.Dialog.GetByRole(AriaRole.Button, new() { Name = "Send 2 invitations", Exact = true }).ClickAsync();
        await Assertions.Expect(olivia.Page.GetByText("already in the organization").Or(olivia.Page.GetByText("already a member")).First).ToBeVisibleAsync();
        await olivia.GoAsync("/invitations?q=new.person", "Invitations");
        var row = olivia.Page.Locator("tbody tr", new() { HasText = "new.person@harbourlight.example" });
        await Assertions.Expect(row.GetByText("Pending")).ToBeVisibleAsync();
        await row.GetByRole(AriaRole.Button, new() { NameRegex = Revoke() }).ClickAsync();
        await olivia.Dialog.GetByRole(AriaRole.Button, new() { NameRegex = Revoke() }).ClickAsync();
        await Assertions.Expect(olivia.Dialog).ToHaveCountAsync(0);
        await olivia.GoAsync("/invitations?q=new.person&status=revoked", "Invitations");
        await Assertions.Expect(olivia.Page.Locator("tbody tr", new() { HasText = "new.person" }).GetByText("Revoked")).ToBeVisibleAsync();
    }

    [GeneratedRegex("[?&]after=")] private static partial Regex AfterKey();
    [GeneratedRegex("^Request removal of 2")] private static partial Regex RequestOfTwo();
    [GeneratedRegex("Approvals.*1")] private static partial Regex ApprovalsWithOne();
    [GeneratedRegex("Remove 2 people")] private static partial Regex RemoveTwo();
    [GeneratedRegex("^Open R-")] private static partial Regex OpenRequest();
    [GeneratedRegex("/removals/")] private static partial Regex RequestPage();
    [GeneratedRegex("Arjun Rao")] private static partial Regex PersonMenu();
    [GeneratedRegex("^Revoke")] private static partial Regex Revoke();
}
