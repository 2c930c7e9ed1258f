using AdminPortal.Testing;
using AdminPortal.Web.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

namespace AdminPortal.EndToEnd.Tests;

/// <summary>The connections page with three people: a pasted token, a test, another connection for syncing, and the banner in somebody else's open page.</summary>
public sealed class ConnectionJourneyTests(PostgresFixture postgres, BrowserFixture browser)
{
    private const string Scope = "users:read organizations:read scheduled_events:read event_types:read webhooks:read";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Journey_of_a_personal_access_token_from_pasting_to_its_end_and_back()
    {
        await using var world = await World.StartAsync(postgres, new WorldOptions(), Token);
        await using var olivia = await Visitor.SignInAsync(browser.Browser, world.PortalUrl, "Olivia Ortiz");
        await olivia.ConnectCalendlyAsync("Olivia Ortiz");
        await olivia.SeeMembersAsync();

        // Sam cannot use OAuth.
        await using var sam = await Visitor.SignInAsync(browser.Browser, world.PortalUrl, "Sam Okafor");
        var token = await world.Simulator.PersonalTokenAsync("sam.okafor@example.com", Scope, Token);
        await sam.GoAsync("/connections", "Calendly connections");
        await sam.Button("Use a personal access token…").ClickAsync();
        var field = sam.Dialog.GetByLabel("Personal access token");
        await Assertions.Expect(field).ToBeFocusedAsync();
        await field.FillAsync(token[..^1] + " ");
        await sam.Button("Connect with this token").ClickAsync();
        await Assertions.Expect(sam.Dialog.GetByText("Calendly does not accept this token")).ToBeVisibleAsync();
        await Assertions.Expect(field).ToHaveValueAsync("");
        await AssertNotInAsync(sam, token[..^1]);
        await field.FillAsync(token);
        await sam.Button("Connect with this token").ClickAsync();
        await Assertions.Expect(sam.Page.GetByText("Connected as Sam Okafor in Harbourlight Group")).ToBeVisibleAsync();
        var mine = sam.Page.GetByRole(AriaRole.Region, new() { Name = "Connection of Sam Okafor" });
        await Assertions.Expect(mine.GetByText("Never expires, but ends when your Calendly password or email changes")).ToBeVisibleAsync();
        await Assertions.Expect(mine.GetByText("Scopes 5 of 8 granted, 1 not known until used")).ToBeVisibleAsync();
        await AssertNotInAsync(sam, token);
        await mine.GetByRole(AriaRole.Button, new() { Name = "Test", Exact = true }).ClickAsync();
        await Assertions.Expect(mine.GetByText("Works: Calendly answered as Sam Okafor, admin.")).ToBeVisibleAsync();

        // Priya lets syncing run on it; Vera just has a page open.
        await using var priya = await Visitor.SignInAsync(browser.Browser, world.PortalUrl, "Priya Nair");
        await using var vera = await Visitor.SignInAsync(browser.Browser, world.PortalUrl, "Vera Lind");
        await vera.GoAsync("/members", "Members");
        await priya.GoAsync("/connections", "Calendly connections");
        await priya.Page.GetByRole(AriaRole.Region, new() { Name = "Connection of Sam Okafor" }).GetByRole(AriaRole.Button, new() { Name = "Use for syncing" }).ClickAsync();
        await Assertions.Expect(mine.GetByText("Syncing the member list, and your own requests and invitations")).ToBeVisibleAsync();
        await Assertions.Expect(vera.Page.GetByText("Complete as of").First).ToBeVisibleAsync();

        // The token ends in Calendly; the next call finds out, and everybody sees who can mend it.
        await world.Simulator.RevokeAsync("sam.okafor@example.com", Token);
        await mine.GetByRole(AriaRole.Button, new() { Name = "Test", Exact = true }).ClickAsync();
        await Assertions.Expect(mine.GetByText("Reconnect needed")).ToBeVisibleAsync();
        const string trouble = "Calendly connection, which reads the member list, stopped working.";
        await Assertions.Expect(vera.Page.GetByText($"Sam Okafor’s {trouble} Sam Okafor can reconnect it; Priya Nair can choose another.")).ToBeVisibleAsync();
        await Assertions.Expect(sam.Page.GetByText($"Your {trouble}")).ToBeVisibleAsync();
        await vera.Page.GetByRole(AriaRole.Link, new() { Name = "Open Connections" }).ClickAsync();
        await Assertions.Expect(vera.Heading("Calendly connections")).ToBeVisibleAsync();
        await Assertions.Expect(vera.Page.GetByText($"Sam Okafor’s {trouble}")).ToBeVisibleAsync();

        await mine.GetByRole(AriaRole.Button, new() { Name = "Reconnect", Exact = true }).ClickAsync();
        await sam.Button("Connect as Sam Okafor").ClickAsync();
        await Assertions.Expect(sam.Page.GetByText("Connected as Sam Okafor")).ToBeVisibleAsync();
        // Calendly had ended it already: nothing is said to live on.
        await Assertions.Expect(sam.Page.GetByText("Only you can revoke it in Calendly")).ToHaveCountAsync(0);
        await Assertions.Expect(vera.Page.GetByText(trouble)).ToHaveCountAsync(0);

        // An address alone says nothing: not that somebody is blocked, nor that a token lives on, nor, after a while, that this is new.
        const string claims = "/connections?problem=blocked&connected=1&token=1";
        await sam.GoAsync(claims, "Calendly connections");
        await Assertions.Expect(sam.Page.GetByText("Connected as Sam Okafor")).ToBeVisibleAsync();
        await Assertions.Expect(sam.Page.GetByText("You are blocked")).ToHaveCountAsync(0);
        await Assertions.Expect(sam.Page.GetByText("Only you can revoke it in Calendly")).ToHaveCountAsync(0);
        await using (var db = await world.Services.GetRequiredService<IDbContextFactory<PortalDbContext>>().CreateDbContextAsync(Token))
            await db.Connections.ExecuteUpdateAsync(c => c.SetProperty(x => x.ConnectedAt, DateTimeOffset.UtcNow.AddMinutes(-2)), Token);
        await sam.GoAsync(claims, "Calendly connections");
        await Assertions.Expect(mine).ToBeVisibleAsync();
        await Assertions.Expect(sam.Page.GetByText("Connected as Sam Okafor")).ToHaveCountAsync(0);
        foreach (var visitor in (Visitor[])[olivia, sam, priya, vera]) Assert.Empty(visitor.Errors);
    }

    /// <summary>Neither drawn, nor in the address, nor kept by the browser tab.</summary>
    private static async Task AssertNotInAsync(Visitor visitor, string token)
    {
        Assert.Contains("Sam Okafor", await visitor.Page.ContentAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain(token, await visitor.Page.ContentAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain(token, visitor.Page.Url, StringComparison.Ordinal);
        Assert.DoesNotContain(token, await visitor.Page.EvaluateAsync<string>("JSON.stringify(sessionStorage) + JSON.stringify(localStorage) + document.cookie"), StringComparison.Ordinal);
    }
}
