using System.Net.Http.Json;
using System.Security.Claims;
using System.Text.RegularExpressions;
using AdminPortal.Simulator;
using AdminPortal.Testing;
using AdminPortal.Web.Data;
using AdminPortal.Web.Security;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Playwright;

namespace AdminPortal.EndToEnd.Tests;

/// <summary>Pages that are open when their session ends, their person is blocked or loses a role, or Entra has to be asked again.</summary>
public sealed partial class OpenPageTests(PostgresFixture postgres, BrowserFixture browser)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Blocked_person_loses_every_open_page_and_comes_back_when_unblocked()
    {
        await using var world = await StartAsync();
        await using var olivia = await Visitor.SignInAsync(browser.Browser, world.PortalUrl, "Olivia Ortiz");
        await olivia.GoAsync("/removals", "Removals");
        var tab = await olivia.Page.Context.NewPageAsync();
        await tab.GotoAsync(new Uri(world.PortalUrl, "/members").ToString());
        // A browser that does not go when it is sent away.
        var stubborn = await olivia.Page.Context.NewPageAsync();
        await stubborn.GotoAsync(new Uri(world.PortalUrl, "/members").ToString());
        await Assertions.Expect(stubborn.GetByRole(AriaRole.Heading, new() { Name = "Members" })).ToBeVisibleAsync();
        await stubborn.EvaluateAsync("window.portalLeave = () => {}");
        await using var priya = await Visitor.SignInAsync(browser.Browser, world.PortalUrl, "Priya Nair");
        await priya.GoAsync("/settings", "Settings");

        await priya.Button("Block a person…").ClickAsync();
        await priya.Dialog.GetByLabel("Person").FillAsync("olivia");
        await priya.Dialog.GetByRole(AriaRole.Radio).CheckAsync();
        await priya.Dialog.GetByLabel("Reason").FillAsync("Left the company on Friday.");
        await priya.Dialog.GetByRole(AriaRole.Button, new() { Name = "Block Olivia Ortiz", Exact = true }).ClickAsync();
        await Assertions.Expect(priya.Page.GetByText("Left the company on Friday.")).ToBeVisibleAsync();

        await Assertions.Expect(olivia.Heading("You are blocked in this portal")).ToBeVisibleAsync();
        await Assertions.Expect(tab.GetByRole(AriaRole.Heading, new() { Name = "You are blocked in this portal" })).ToBeVisibleAsync();
        await Assertions.Expect(stubborn.Locator("main, header, nav")).ToHaveCountAsync(0);
        await olivia.Page.GetByRole(AriaRole.Link, new() { Name = "Sign in again" }).ClickAsync();
        await olivia.Button("Olivia Ortiz").ClickAsync();
        await Assertions.Expect(olivia.Heading("You are blocked in this portal")).ToBeVisibleAsync();

        await priya.Button("Unblock Olivia Ortiz").ClickAsync();
        await Assertions.Expect(priya.Page.GetByText("Nobody is blocked")).ToBeVisibleAsync();
        await olivia.SignInAsync("Olivia Ortiz");
        await olivia.GoAsync("/removals", "Removals");
        Assert.Empty(priya.Errors);
        Assert.Empty(olivia.Errors);
    }

    [Fact]
    public async Task Lost_role_reloads_the_open_page_with_what_is_left()
    {
        await using var world = await StartAsync();
        await using var audrey = await Visitor.SignInAsync(browser.Browser, world.PortalUrl, "Audrey Kim");
        await audrey.GoAsync("/audit", "Audit log");
        await audrey.Page.EvaluateAsync("window.thisVeryPage = true");

        await ChangeAsync(world, SimulatorDefaults.Audrey, new { roles = new[] { "Viewer" } });
        await using var elsewhere = await Visitor.SignInAsync(browser.Browser, world.PortalUrl, "Audrey Kim");
        await Assertions.Expect(audrey.Heading("Audit log")).ToBeVisibleAsync();
        await Assertions.Expect(audrey.Page.GetByText("Your role is Viewer").First).ToBeVisibleAsync();
        await audrey.Page.WaitForFunctionAsync("window.thisVeryPage === undefined");

        await audrey.GoAsync("/members", "Members");
        await ChangeAsync(world, SimulatorDefaults.Audrey, new { roles = Array.Empty<string>() });
        await using var again = await Visitor.SignInAsync(browser.Browser, world.PortalUrl, "Audrey Kim");
        await Assertions.Expect(audrey.Heading("You have no role here yet")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Sign_out_everywhere_closes_the_pages_of_every_browser_of_that_person()
    {
        await using var world = await StartAsync();
        await using var here = await Visitor.SignInAsync(browser.Browser, world.PortalUrl, "Olivia Ortiz");
        await using var there = await Visitor.SignInAsync(browser.Browser, world.PortalUrl, "Olivia Ortiz");
        await using var sam = await Visitor.SignInAsync(browser.Browser, world.PortalUrl, "Sam Okafor");
        await here.GoAsync("/removals", "Removals");
        await there.GoAsync("/members", "Members");
        await sam.GoAsync("/removals", "Removals");
        var tab = await here.Page.Context.NewPageAsync();
        await tab.GotoAsync(new Uri(world.PortalUrl, "/members").ToString());

        // Drawn by the circuit; before it stands the menu is only a picture.
        await Assertions.Expect(here.Page.GetByText("No removal requests yet")).ToBeVisibleAsync();
        await here.Page.GetByRole(AriaRole.Button, new() { NameRegex = OpenMenu() }).ClickAsync();
        await here.Button("Sign out everywhere").ClickAsync();

        foreach (var page in new[] { here.Page, tab, there.Page })
            await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "You are signed out" })).ToBeVisibleAsync();
        await sam.GoAsync("/members", "Members");
        // At Entra as well: the next silent question would find nobody.
        Assert.DoesNotContain(await here.Page.Context.CookiesAsync(), cookie => cookie.Name.StartsWith("entra_session", StringComparison.Ordinal));
        Assert.Empty(here.Errors);
    }

    [Fact]
    public async Task Page_that_nobody_is_at_closes_and_work_on_another_tab_keeps_both_open()
    {
        await using var world = await StartAsync();
        await using var vera = await Visitor.SignInAsync(browser.Browser, world.PortalUrl, "Vera Lind");
        await vera.GoAsync("/removals", "Removals");
        var tab = await vera.Page.Context.NewPageAsync();
        await tab.GotoAsync(new Uri(world.PortalUrl, "/members?q=harbour").ToString());
        await Assertions.Expect(tab.Locator("main:not([aria-busy])")).ToBeVisibleAsync();
        var session = (await SessionAsync(world, vera)).Id;
        await LeaveAloneAsync(world, session, TimeSpan.FromMinutes(59));

        // As if the minute of silence after opening were over.
        await tab.EvaluateAsync("performance.now = () => 1e9");
        await tab.Keyboard.PressAsync("Shift");
        await Eventually.TrueAsync(async () => DateTimeOffset.UtcNow - await SeenAsync(world, session) < TimeSpan.FromMinutes(30), Token);
        await world.Services.GetRequiredService<OpenPages>().LookAsync(Token);
        await Assertions.Expect(vera.Heading("Removals")).ToBeVisibleAsync();

        await LeaveAloneAsync(world, session, TimeSpan.FromMinutes(60));
        await world.Services.GetRequiredService<OpenPages>().LookAsync(Token);
        foreach (var page in new[] { vera.Page, tab })
            await Assertions.Expect(page.GetByText("Signed out after 60 min without anybody at the page.")).ToBeVisibleAsync();
        await tab.GetByRole(AriaRole.Link, new() { Name = "Sign in with Microsoft Entra" }).ClickAsync();
        await tab.GetByRole(AriaRole.Button, new() { Name = "Vera Lind" }).ClickAsync();
        await Assertions.Expect(tab.GetByRole(AriaRole.Heading, new() { Name = "Members" })).ToBeVisibleAsync();
        Assert.Equal("/members?q=harbour", new Uri(tab.Url).PathAndQuery);
        Assert.Empty(vera.Errors);
    }

    private static async Task LeaveAloneAsync(World world, Guid session, TimeSpan alone)
    {
        await using var db = await world.Services.GetRequiredService<IDbContextFactory<PortalDbContext>>().CreateDbContextAsync(Token);
        await db.Sessions.Where(s => s.Id == session).ExecuteUpdateAsync(s => s.SetProperty(x => x.SeenAt, DateTimeOffset.UtcNow - alone), Token);
    }

    private static async Task<DateTimeOffset> SeenAsync(World world, Guid session)
    {
        await using var db = await world.Services.GetRequiredService<IDbContextFactory<PortalDbContext>>().CreateDbContextAsync(Token);
        return await db.Sessions.Where(s => s.Id == session).Select(s => s.SeenAt).SingleAsync(Token);
    }

    [Fact]
    public async Task Page_is_confirmed_on_its_way_and_an_open_one_asks_for_it()
    {
        await using var world = await StartAsync();
        await using var vera = await Visitor.SignInAsync(browser.Browser, world.PortalUrl, "Vera Lind");
        await AgeAsync(world, vera, TimeSpan.FromMinutes(50));
        await vera.GoAsync("/members?q=harbour&role=user", "Members");
        Assert.Equal("/members?q=harbour&role=user", new Uri(vera.Page.Url).PathAndQuery);
        Assert.True(DateTimeOffset.UtcNow - (await SessionAsync(world, vera)).ConfirmedAt < TimeSpan.FromMinutes(5));

        // Entra could not be asked when it was opened; the next page is opened anew and asks.
        await AgeAsync(world, vera, TimeSpan.FromMinutes(50));
        await LetPassAsync(world, vera);
        await vera.GoAsync("/members", "Members");
        await vera.Page.Context.ClearCookiesAsync(new() { Name = "adminportal.confirming" });
        await vera.Page.EvaluateAsync("window.thisVeryPage = true");
        await vera.Page.GetByRole(AriaRole.Link, new() { Name = "Removals" }).First.ClickAsync();
        await Eventually.TrueAsync(() => IsAnotherPageAsync(vera), Token);
        await Assertions.Expect(vera.Heading("Removals")).ToBeVisibleAsync();
        Assert.True(DateTimeOffset.UtcNow - (await SessionAsync(world, vera)).ConfirmedAt < TimeSpan.FromMinutes(5));

        // A page that was opened just before the hour is over stays as it is and asks.
        await AgeAsync(world, vera, SessionTicket.ConfirmedFor - TimeSpan.FromSeconds(8));
        await LetPassAsync(world, vera);
        await vera.GoAsync("/members?q=harbour", "Members");
        await Assertions.Expect(vera.Page.GetByText("Your sign-in has to be confirmed.")).ToBeVisibleAsync();
        await vera.Button("Confirm my sign-in").ClickAsync();
        await Assertions.Expect(vera.Page.GetByText("Your sign-in has to be confirmed.")).ToHaveCountAsync(0);
        await Assertions.Expect(vera.Heading("Members")).ToBeVisibleAsync();
        Assert.Equal("/members?q=harbour", new Uri(vera.Page.Url).PathAndQuery);
        Assert.True(DateTimeOffset.UtcNow - (await SessionAsync(world, vera)).ConfirmedAt < TimeSpan.FromMinutes(5));
        Assert.Empty(vera.Errors);
    }

    /// <summary>Asked from outside: the page's own policy lets nobody wait inside it.</summary>
    private static async Task<bool> IsAnotherPageAsync(Visitor visitor)
    {
        try
        {
            return await visitor.Page.EvaluateAsync<bool>("window.thisVeryPage === undefined");
        }
        catch (PlaywrightException)
        {
            // It is being left at this moment.
            return false;
        }
    }

    private Task<World> StartAsync() => World.StartAsync(postgres, new WorldOptions(), Token);

    private static async Task ChangeAsync(World world, DemoPerson person, object change) =>
        (await world.Simulator.Http.PatchAsJsonAsync($"/_sim/people/{person.Oid}", change, Token)).EnsureSuccessStatusCode();

    /// <summary>As if Entra had just been asked in vain.</summary>
    private static Task LetPassAsync(World world, Visitor visitor) =>
        visitor.Page.Context.AddCookiesAsync([new() { Name = "adminportal.confirming", Value = "1", Url = world.PortalUrl.ToString() }]);

    private static TicketDataFormat Format(World world) =>
        (TicketDataFormat)world.Services.GetRequiredService<IOptionsMonitor<CookieAuthenticationOptions>>().Get(CookieAuthenticationDefaults.AuthenticationScheme).TicketDataFormat;

    private static async Task<AuthenticationTicket> TicketAsync(World world, Visitor visitor) =>
        Format(world).Unprotect((await visitor.Page.Context.CookiesAsync()).Single(cookie => cookie.Name == "adminportal").Value)!;

    private static async Task<SessionTicket> SessionAsync(World world, Visitor visitor) => SessionTicket.Of((await TicketAsync(world, visitor)).Principal)!;

    /// <summary>The browser's cookie as it will be when its last confirmation was so long ago.</summary>
    private static async Task AgeAsync(World world, Visitor visitor, TimeSpan confirmed)
    {
        var ticket = await TicketAsync(world, visitor);
        var identity = ((ClaimsIdentity)ticket.Principal.Identity!).Clone();
        (SessionTicket.Of(ticket.Principal)! with { ConfirmedAt = DateTimeOffset.UtcNow - confirmed }).WriteTo(identity);
        var aged = new AuthenticationTicket(new ClaimsPrincipal(identity), ticket.Properties, ticket.AuthenticationScheme);
        await visitor.Page.Context.AddCookiesAsync([new() { Name = "adminportal", Value = Format(world).Protect(aged), Domain = "localhost", Path = "/", HttpOnly = true, SameSite = SameSiteAttribute.Lax }]);
    }

    [GeneratedRegex("Open menu")] private static partial Regex OpenMenu();
}
