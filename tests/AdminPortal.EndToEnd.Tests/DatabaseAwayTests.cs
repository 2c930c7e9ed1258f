using System.Net;
using AdminPortal.Testing;
using Microsoft.Playwright;

namespace AdminPortal.EndToEnd.Tests;

/// <summary>PostgreSQL goes away under open pages: they say so, lose nothing, and recover by themselves.</summary>
public sealed class DatabaseAwayTests(PostgresFixture postgres, BrowserFixture browser)
{
    private const string Lost = "The database cannot be reached.";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Open_page_says_that_the_database_is_away_and_recovers_by_itself()
    {
        await using var world = await GatedWorld.StartAsync(postgres, Token);
        await using var olivia = await Visitor.SignInAsync(browser.Browser, world.PortalUrl, "Olivia Ortiz");
        await olivia.ConnectCalendlyAsync("Olivia Ortiz");
        await olivia.SeeMembersAsync();
        await olivia.GoAsync("/members?q=harbourlight.example&role=user", "Members");
        await olivia.Page.Locator("tbody a").First.ClickAsync();
        await olivia.Button("Request removal…").ClickAsync();
        await Assertions.Expect(olivia.Dialog.GetByText("Nothing is removed yet.")).ToBeVisibleAsync();
        await olivia.Dialog.GetByLabel("Reason").FillAsync("Left the company on Friday.");

        world.Gate.Close();
        await Assertions.Expect(olivia.Page.GetByText(Lost)).ToBeVisibleAsync();
        await olivia.Dialog.GetByRole(AriaRole.Button, new() { Name = "Request removal", Exact = true }).ClickAsync();
        await Assertions.Expect(olivia.Dialog.GetByText("The database did not answer.")).ToBeVisibleAsync();
        await Assertions.Expect(olivia.Dialog.GetByLabel("Reason")).ToHaveValueAsync("Left the company on Friday.");

        await using (var late = await Visitor.OpenAsync(browser.Browser, world.PortalUrl))
        {
            await late.Page.GotoAsync(world.PortalUrl.ToString());
            await late.Page.GetByRole(AriaRole.Link, new() { Name = "Sign in with Microsoft Entra" }).ClickAsync();
            await late.Button("Arjun Rao").ClickAsync();
            await Assertions.Expect(late.Page.GetByText(Lost)).ToBeVisibleAsync();
            await Assertions.Expect(late.Heading("Sign in")).ToBeVisibleAsync();
        }
        await using (var fresh = await Visitor.OpenAsync(browser.Browser, world.PortalUrl))
        {
            await fresh.Page.Context.AddCookiesAsync((await olivia.Page.Context.CookiesAsync()).Select(cookie => new Microsoft.Playwright.Cookie { Name = cookie.Name, Value = cookie.Value, Domain = cookie.Domain, Path = cookie.Path }));
            await fresh.Page.GotoAsync(new Uri(world.PortalUrl, "/removals").ToString());
            await Assertions.Expect(fresh.Page.GetByText(Lost)).ToBeVisibleAsync();
            await Assertions.Expect(fresh.Page.GetByText("This page needs the database")).ToBeVisibleAsync();

            world.Gate.Open();
            await Assertions.Expect(fresh.Heading("Removals")).ToBeVisibleAsync();
            await Assertions.Expect(fresh.Page.GetByText(Lost)).ToHaveCountAsync(0);
        }

        await Assertions.Expect(olivia.Page.GetByText(Lost)).ToHaveCountAsync(0);
        await olivia.Dialog.GetByRole(AriaRole.Button, new() { Name = "Request removal", Exact = true }).ClickAsync();
        await Assertions.Expect(olivia.Dialog).ToHaveCountAsync(0);
        await olivia.GoAsync("/removals", "Removals");
        await Assertions.Expect(olivia.Page.GetByText("R-1001").First).ToBeVisibleAsync();
        await Assertions.Expect(olivia.Page.GetByText("R-1002")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Server_that_hangs_is_said_to_be_away_and_is_back_afterwards()
    {
        await using var world = await GatedWorld.StartAsync(postgres, Token);
        using var http = new HttpClient { BaseAddress = world.PortalUrl };
        async Task<HttpStatusCode> StatusAsync(string path) => (await http.GetAsync(new Uri(path, UriKind.Relative), Token)).StatusCode;

        await using var olivia = await Visitor.SignInAsync(browser.Browser, world.PortalUrl, "Olivia Ortiz");
        await olivia.GoAsync("/", "Set up Admin Portal");

        Assert.Equal(HttpStatusCode.OK, await StatusAsync("health/ready"));
        world.Gate.Hang();
        await Assertions.Expect(olivia.Page.GetByText(Lost)).ToBeVisibleAsync();
        await olivia.Page.GotoAsync(new Uri(world.PortalUrl, "/removals").ToString());
        await Assertions.Expect(olivia.Page.GetByText(Lost)).ToBeVisibleAsync();
        await Assertions.Expect(olivia.Page.GetByText("This page needs the database")).ToBeVisibleAsync();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync("health/ready"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("health/live"));
        world.Gate.Resume();
        await Assertions.Expect(olivia.Heading("Removals")).ToBeVisibleAsync();
        await Assertions.Expect(olivia.Page.GetByText(Lost)).ToHaveCountAsync(0);
        await Eventually.TrueAsync(async () => await StatusAsync("health/ready") == HttpStatusCode.OK, Token);
    }

    /// <summary>A portal whose way to the database the test holds in its hand.</summary>
    private sealed record GatedWorld(CrashableWorld World, DatabaseGate Gate) : IAsyncDisposable
    {
        public Uri PortalUrl => World.PortalUrl;

        public static async Task<GatedWorld> StartAsync(PostgresFixture postgres, CancellationToken cancellationToken)
        {
            DatabaseGate? gate = null;
            var world = await CrashableWorld.StartAsync(postgres, new WorldOptions(), cancellationToken, database => (gate = new DatabaseGate(database)).ConnectionString);
            return new(world, gate!);
        }

        public async ValueTask DisposeAsync()
        {
            Gate.Resume();
            await World.DisposeAsync();
            await Gate.DisposeAsync();
        }
    }
}
