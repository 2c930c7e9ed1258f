using System.Net;
using System.Net.Http.Json;
using AdminPortal.Simulator;
using AdminPortal.Testing;
using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Settings;
using AdminPortal.Web.Security;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace AdminPortal.Web.Tests.Security;

/// <summary>Sessions over real HTTP: how long they live, how they are confirmed, what ends them. Times are in the cookie, so none is waited for.</summary>
public sealed class SessionTests(PostgresFixture postgres)
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Cookie_ends_after_an_hour_without_a_page_or_a_sign_and_each_of_them_counts()
    {
        await using var world = await World.StartAsync(postgres, new WorldOptions(), Ct);
        using var browser = new PlainBrowser(world);
        await browser.SignInAsync(SimulatorDefaults.Olivia);

        browser.Age(seen: 60 * Minute - 30 * Second);
        Assert.Equal("/settings", (await browser.OpenAsync("/settings")).Address.AbsolutePath);
        Assert.InRange(browser.Ticket.Properties.ExpiresUtc!.Value - DateTimeOffset.UtcNow, 59 * Minute, 60 * Minute);
        // Also a minute after the last one, and also from a page that stays open.
        browser.Age(seen: Minute);
        Assert.Equal(HttpStatusCode.NoContent, (await browser.SendAsync(HttpMethod.Post, "/auth/seen")).StatusCode);
        Assert.InRange(browser.Ticket.Properties.ExpiresUtc!.Value - DateTimeOffset.UtcNow, 59 * Minute + 30 * Second, 60 * Minute);

        browser.Age(seen: 60 * Minute + Second);
        Assert.Equal("/welcome?returnUrl=%2Fsettings", (await browser.OpenAsync("/settings")).Address.PathAndQuery);
    }

    [Fact]
    public async Task Session_that_nobody_was_at_for_too_long_has_ended_for_every_copy_of_its_cookie()
    {
        await using var world = await World.StartAsync(postgres, new WorldOptions(Settings: new Dictionary<string, string> { ["Security:SessionIdle"] = "00:15:00" }), Ct);
        using var browser = new PlainBrowser(world);
        await browser.SignInAsync(SimulatorDefaults.Olivia);
        Assert.Contains("After 15 min without anybody at a page", string.Join('\n', world.Services.GetRequiredService<SettingSections>().All(null).SelectMany(s => s.Settings).Select(s => s.Value)), StringComparison.Ordinal);
        var session = browser.Session.Id;
        async Task<TimeSpan> SeenAsync()
        {
            await using var db = await DbAsync(world);
            return DateTimeOffset.UtcNow - (await db.Sessions.AsNoTracking().SingleAsync(s => s.Id == session, Ct)).SeenAt;
        }
        async Task LeaveAloneAsync(TimeSpan alone)
        {
            await using var db = await DbAsync(world);
            await db.Sessions.ExecuteUpdateAsync(s => s.SetProperty(x => x.SeenAt, DateTimeOffset.UtcNow - alone), Ct);
        }

        // A page counts, and a sign from an open one, also where the sign-in has to be confirmed; files and what a page fetches do not.
        await LeaveAloneAsync(14 * Minute);
        await browser.OpenAsync("/css/app.css");
        using (await browser.SendAsync(HttpMethod.Get, "/settings", ("Sec-Fetch-Mode", "cors"))) Assert.InRange(await SeenAsync(), 14 * Minute, 15 * Minute);
        await browser.OpenAsync("/settings");
        Assert.InRange(await SeenAsync(), TimeSpan.Zero, Minute);
        await LeaveAloneAsync(14 * Minute);
        browser.Age(confirmed: 70 * Minute);
        Assert.Equal(HttpStatusCode.NoContent, (await browser.SendAsync(HttpMethod.Post, "/auth/seen")).StatusCode);
        Assert.InRange(await SeenAsync(), TimeSpan.Zero, Minute);
        // Not written down more than once a minute.
        await LeaveAloneAsync(50 * Second);
        await browser.OpenAsync("/settings");
        Assert.InRange(await SeenAsync(), 50 * Second, 2 * Minute);

        await LeaveAloneAsync(15 * Minute);
        var copy = browser.Cookie!;
        using (var sign = await browser.SendAsync(HttpMethod.Post, "/auth/seen")) Assert.Equal("/welcome?problem=idle", sign.Headers.Location is { IsAbsoluteUri: true } absolute ? absolute.PathAndQuery : sign.Headers.Location?.ToString());
        browser.Cookies[PlainBrowser.SessionCookie] = (copy, false);
        var door = await browser.OpenAsync("/members?q=x");
        Assert.Equal("/welcome?problem=idle&returnUrl=%2Fmembers%3Fq%3Dx", door.Address.PathAndQuery);
        Assert.Contains("Signed out after 15 min without anybody at the page.", door.Html, StringComparison.Ordinal);
        Assert.Null(browser.Cookie);
        Assert.InRange(await SeenAsync(), 15 * Minute, 20 * Minute);
    }

    [Fact]
    public async Task Session_ends_after_eight_hours_whatever_happens()
    {
        await using var world = await World.StartAsync(postgres, new WorldOptions(), Ct);
        using var browser = new PlainBrowser(world);
        await browser.SignInAsync(SimulatorDefaults.Olivia);

        browser.Age(started: 480 * Minute - 30 * Second);
        Assert.Equal("/settings", (await browser.OpenAsync("/settings")).Address.AbsolutePath);

        browser.Age(started: 480 * Minute);
        Assert.Equal("/welcome", (await browser.OpenAsync("/settings")).Address.AbsolutePath);
        Assert.Null(browser.Cookie);
    }

    [Fact]
    public async Task Confirmation_asks_nobody_keeps_the_address_and_does_not_make_the_session_younger()
    {
        await using var world = await World.StartAsync(postgres, new WorldOptions(), Ct);
        using var browser = new PlainBrowser(world);
        await browser.SignInAsync(SimulatorDefaults.Olivia);
        const string Page = "/members?q=a%20b&role=user";

        browser.Age(confirmed: 45 * Minute - 30 * Second, started: 100 * Minute);
        Assert.Single((await browser.OpenAsync(Page)).Way);
        foreach (var age in new[] { 46, 70 })
        {
            browser.Age(confirmed: age * Minute);
            var before = browser.Session;
            var shown = await browser.OpenAsync(Page);

            Assert.Equal((Page, HttpStatusCode.OK), (shown.Address.PathAndQuery, shown.Status));
            Assert.Contains(shown.Way, hop => hop.Query.Contains("prompt=none", StringComparison.Ordinal) && hop.Query.Contains("login_hint=olivia.ortiz%40example.com", StringComparison.Ordinal));
            Assert.Equal((before.Id, before.StartedAt), (browser.Session.Id, browser.Session.StartedAt));
            Assert.InRange(DateTimeOffset.UtcNow - browser.Session.ConfirmedAt, TimeSpan.Zero, Minute);
            Assert.Single((await browser.OpenAsync(Page)).Way);
        }
        await using var db = await DbAsync(world);
        Assert.Single(await db.AuditEntries.Where(e => e.Action == "person.signed_in").ToListAsync(Ct));
        Assert.Empty(await db.AuditEntries.Where(e => e.Action == "person.confirmed").ToListAsync(Ct));
    }

    [Fact]
    public async Task Confirmation_takes_over_the_roles_that_Entra_has_now()
    {
        await using var world = await World.StartAsync(postgres, new WorldOptions(), Ct);
        using var browser = new PlainBrowser(world);
        await browser.SignInAsync(SimulatorDefaults.Audrey, "/audit");
        await EntraAsync(world, SimulatorDefaults.Audrey, new { roles = new[] { "Viewer" } });
        Assert.Equal(HttpStatusCode.OK, (await browser.OpenAsync("/audit")).Status);

        browser.Age(confirmed: 50 * Minute);
        Assert.Equal(HttpStatusCode.Forbidden, (await browser.OpenAsync("/audit")).Status);
        await using var db = await DbAsync(world);
        Assert.Single(await db.AuditEntries.Where(e => e.Action == "person.confirmed").ToListAsync(Ct));
    }

    [Theory]
    [InlineData("disabled in Entra")]
    [InlineData("signed out of Entra")]
    [InlineData("somebody else at Entra")]
    public async Task Confirmation_that_Entra_refuses_ends_the_session_and_leads_to_the_door(string how)
    {
        await using var world = await World.StartAsync(postgres, new WorldOptions(), Ct);
        using var browser = new PlainBrowser(world);
        await browser.SignInAsync(SimulatorDefaults.Olivia);
        var (copy, session) = (browser.Cookie!, browser.Session.Id);
        var entra = browser.Cookies.Keys.Single(name => name.StartsWith("entra_session", StringComparison.Ordinal));
        if (how == "disabled in Entra") await EntraAsync(world, SimulatorDefaults.Olivia, new { enabled = false });
        else if (how == "signed out of Entra") browser.Cookies.Remove(entra);
        else
        {
            using var other = new PlainBrowser(world);
            await other.SignInAsync(SimulatorDefaults.Sam);
            browser.Cookies[entra] = other.Cookies[entra];
        }

        browser.Age(confirmed: 50 * Minute);
        Assert.Equal("/welcome?problem=confirm&returnUrl=%2Fmembers%3Fq%3Dx", (await browser.OpenAsync("/members?q=x")).Address.PathAndQuery);

        Assert.Null(browser.Cookie);
        Assert.NotNull(await EndedAsync(world, session));
        browser.Cookies[PlainBrowser.SessionCookie] = (copy, false);
        Assert.Equal("/welcome", (await browser.OpenAsync("/settings")).Address.AbsolutePath);
    }

    /// <summary>Entra could ignore whom it was asked for; and a browser could go to Entra with another person's sign-in.</summary>
    [Fact]
    public async Task Confirmation_answered_for_another_person_makes_no_session_of_theirs()
    {
        await using var world = await World.StartAsync(postgres, new WorldOptions(), Ct);
        using var browser = new PlainBrowser(world);
        using var sam = new PlainBrowser(world);
        await browser.SignInAsync(SimulatorDefaults.Olivia);
        await sam.SignInAsync(SimulatorDefaults.Sam);
        var session = browser.Session.Id;
        browser.Age(confirmed: 50 * Minute);
        using var leaving = await browser.SendAsync(HttpMethod.Get, "/settings");
        var entra = browser.Cookies.Keys.Single(name => name.StartsWith("entra_session", StringComparison.Ordinal));
        browser.Cookies[entra] = sam.Cookies[entra];

        var asked = leaving.Headers.Location!.ToString().Replace("olivia.ortiz", "sam.okafor", StringComparison.Ordinal);
        using var page = await new HttpClient { DefaultRequestHeaders = { { "Cookie", $"{entra}={sam.Cookies[entra].Value}" } } }.GetAsync(new Uri(asked), Ct);
        var shown = await browser.PostFormAsync("/signin-oidc", PlainBrowser.Hidden(await page.Content.ReadAsStringAsync(Ct)));

        Assert.Equal("/welcome?problem=confirm&returnUrl=%2Fsettings", shown.Address.PathAndQuery);
        Assert.Null(browser.Cookie);
        Assert.NotNull(await EndedAsync(world, session));
        await using var db = await DbAsync(world);
        Assert.Equal(2, await db.Sessions.CountAsync(Ct));
    }

    [Fact]
    public async Task Confirmation_that_fails_by_accident_is_not_tried_in_a_circle_and_costs_no_session_within_the_hour()
    {
        await using var world = await World.StartAsync(postgres, new WorldOptions(), Ct);
        using var browser = new PlainBrowser(world);
        await browser.SignInAsync(SimulatorDefaults.Olivia);
        browser.Tamper = form => form["code"] = "garbage";

        browser.Age(confirmed: 50 * Minute);
        var shown = await browser.OpenAsync("/members?q=x");
        Assert.Equal("/members?q=x", shown.Address.PathAndQuery);
        Assert.Single(shown.Way, hop => hop.Query.Contains("prompt=none", StringComparison.Ordinal));
        Assert.Single((await browser.OpenAsync("/settings")).Way);

        // After it the door says so, and the session waits behind it.
        browser.Age(confirmed: 61 * Minute);
        Assert.Equal("/welcome?problem=sign-in&returnUrl=%2Fsettings", (await browser.OpenAsync("/settings")).Address.PathAndQuery);
        browser.Tamper = null;
        Assert.Equal("/settings", (await browser.OpenAsync("/settings")).Address.PathAndQuery);
    }

    [Theory]
    [InlineData("GET", "/settings", "Sec-Fetch-Mode", "cors")]
    [InlineData("GET", "/settings", "Accept", "text/html; blazor-enhanced-nav=on")]
    [InlineData("HEAD", "/settings", "", "")]
    [InlineData("POST", "/connections/connect", "", "")]
    [InlineData("POST", "/_blazor/negotiate?negotiateVersion=1", "", "")]
    public async Task Request_that_cannot_be_confirmed_on_the_way_is_nobodys_after_the_hour(string method, string path, string header, string value)
    {
        await using var world = await World.StartAsync(postgres, new WorldOptions(), Ct);
        using var browser = new PlainBrowser(world);
        await browser.SignInAsync(SimulatorDefaults.Olivia);
        async Task<string?> LeadsAsync()
        {
            using var response = await browser.SendAsync(new HttpMethod(method), path, header.Length == 0 ? [] : [(header, value)]);
            return response.Headers.Location?.IsAbsoluteUri == true ? response.Headers.Location.AbsolutePath : response.Headers.Location?.ToString();
        }

        browser.Age(confirmed: 60 * Minute - 30 * Second);
        Assert.NotEqual("/welcome", await LeadsAsync());
        browser.Age(confirmed: 60 * Minute + Second);
        Assert.Equal("/welcome", await LeadsAsync());

        // The session is not lost: the next page confirms it.
        Assert.Equal("/settings", (await browser.OpenAsync("/settings")).Address.PathAndQuery);
    }

    [Fact]
    public async Task Return_address_never_leaves_the_portal()
    {
        await using var world = await World.StartAsync(postgres, new WorldOptions(), Ct);
        using var browser = new PlainBrowser(world);
        await browser.SignInAsync(SimulatorDefaults.Olivia);
        foreach (var path in new[] { "//evil.example/x", "/%5Cevil.example/x", "/auth/sign-in?returnUrl=https://evil.example", "/auth/sign-in?returnUrl=//evil.example" })
        {
            browser.Age(confirmed: 61 * Minute);
            var shown = await browser.OpenAsync(path);
            if (path.StartsWith("/auth", StringComparison.Ordinal)) shown = await browser.ChooseAsync(shown, SimulatorDefaults.Olivia);
            Assert.Equal(world.PortalUrl.Authority, shown.Address.Authority);
            Assert.DoesNotContain(shown.Way, hop => hop.Host.Contains("evil", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Blocked_person_sees_their_door_whatever_they_open_and_cannot_sign_in_until_unblocked()
    {
        await using var world = await World.StartAsync(postgres, new WorldOptions(), Ct);
        using var browser = new PlainBrowser(world);
        await browser.SignInAsync(SimulatorDefaults.Olivia);
        var copy = browser.Cookie!;
        var (priya, olivia) = (await ActorAsync(world, SimulatorDefaults.Priya), (await ActorAsync(world, SimulatorDefaults.Olivia)).PersonId!.Value);

        await world.Services.GetRequiredService<PeopleService>().BlockAsync(Guid.CreateVersion7(), olivia, "Left the company on Friday.", priya, Ct);

        Assert.Equal("/blocked", (await browser.OpenAsync("/members")).Address.AbsolutePath);
        Assert.Null(browser.Cookie);
        Assert.Equal("/blocked", (await browser.ChooseAsync(await browser.OpenAsync("/auth/sign-in"), SimulatorDefaults.Olivia)).Address.AbsolutePath);
        Assert.Null(browser.Cookie);
        browser.Cookies[PlainBrowser.SessionCookie] = (copy, false);
        browser.Age(confirmed: 61 * Minute);
        Assert.Equal("/blocked", (await browser.OpenAsync("/members")).Address.AbsolutePath);

        await world.Services.GetRequiredService<PeopleService>().UnblockAsync(Guid.CreateVersion7(), olivia, priya, Ct);
        browser.Cookies[PlainBrowser.SessionCookie] = (copy, false);
        Assert.Equal("/welcome", (await browser.OpenAsync("/settings")).Address.AbsolutePath);
        await browser.SignInAsync(SimulatorDefaults.Olivia);
    }

    [Fact]
    public async Task Another_person_in_the_same_browser_ends_the_session_of_the_one_before()
    {
        await using var world = await World.StartAsync(postgres, new WorldOptions(), Ct);
        using var browser = new PlainBrowser(world);
        await browser.SignInAsync(SimulatorDefaults.Olivia);
        var first = browser.Session.Id;
        await browser.SignInAsync(SimulatorDefaults.Olivia);
        Assert.Null(await EndedAsync(world, first));

        var second = browser.Session.Id;
        browser.Age(confirmed: 61 * Minute);
        await browser.SignInAsync(SimulatorDefaults.Sam);
        Assert.NotNull(await EndedAsync(world, second));
        Assert.Null(await EndedAsync(world, browser.Session.Id));
        Assert.DoesNotContain(browser.Ticket.Properties.Items.Keys, key => key.Contains("session", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Signing_out_ends_copies_of_the_cookie_and_signing_out_everywhere_ends_all_sessions_of_that_person_only()
    {
        await using var world = await World.StartAsync(postgres, new WorldOptions(), Ct);
        using var first = new PlainBrowser(world);
        using var second = new PlainBrowser(world);
        using var sam = new PlainBrowser(world);
        await first.SignInAsync(SimulatorDefaults.Olivia);
        await second.SignInAsync(SimulatorDefaults.Olivia);
        await sam.SignInAsync(SimulatorDefaults.Sam);
        var copy = first.Cookie!;

        // Nobody else's page can press it: the cookie is Lax, and the form's token is missing.
        Assert.Equal(HttpStatusCode.BadRequest, (await first.PostFormAsync("/auth/sign-out", [])).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await first.PostFormAsync("/auth/sign-out-everywhere", [])).Status);
        Assert.Equal("/settings", (await first.OpenAsync("/settings")).Address.AbsolutePath);

        Assert.Equal("/signed-out", (await first.PostFormAsync("/auth/sign-out", PlainBrowser.Hidden((await first.OpenAsync("/settings")).Html))).Address.AbsolutePath);
        Assert.Null(first.Cookie);
        first.Cookies[PlainBrowser.SessionCookie] = (copy, false);
        Assert.Equal("/welcome", (await first.OpenAsync("/settings")).Address.AbsolutePath);
        Assert.Equal("/settings", (await second.OpenAsync("/settings")).Address.AbsolutePath);

        await first.SignInAsync(SimulatorDefaults.Olivia);
        // An old confirmation is no reason to have to stay.
        var token = PlainBrowser.Hidden((await first.OpenAsync("/settings")).Html);
        first.Age(confirmed: 61 * Minute);
        Assert.Equal("/signed-out", (await first.PostFormAsync("/auth/sign-out-everywhere", token)).Address.AbsolutePath);
        Assert.Equal("/welcome", (await second.OpenAsync("/settings")).Address.AbsolutePath);
        Assert.Equal("/settings", (await sam.OpenAsync("/settings")).Address.AbsolutePath);
        await using var db = await DbAsync(world);
        Assert.Equal(["Olivia Ortiz"], await db.AuditEntries.Where(e => e.Action == "person.signed_out_everywhere").Select(e => e.ActorName).ToListAsync(Ct));
    }

    [Fact]
    public async Task Roles_are_those_of_the_persons_row_and_files_ask_for_nothing()
    {
        await using var world = await World.StartAsync(postgres, new WorldOptions(), Ct);
        using var browser = new PlainBrowser(world);
        using var elsewhere = new PlainBrowser(world);
        await browser.SignInAsync(SimulatorDefaults.Audrey);
        Assert.Equal(HttpStatusCode.OK, (await browser.OpenAsync("/audit")).Status);

        await EntraAsync(world, SimulatorDefaults.Audrey, new { roles = new[] { "Viewer" } });
        await elsewhere.SignInAsync(SimulatorDefaults.Audrey);
        Assert.Equal(HttpStatusCode.Forbidden, (await browser.OpenAsync("/audit")).Status);
        await EntraAsync(world, SimulatorDefaults.Audrey, new { roles = new[] { "Auditor" } });
        await elsewhere.SignInAsync(SimulatorDefaults.Audrey);
        Assert.Equal(HttpStatusCode.OK, (await browser.OpenAsync("/audit")).Status);

        var copy = browser.Cookie;
        await using (var db = await DbAsync(world)) await db.Sessions.ExecuteUpdateAsync(s => s.SetProperty(x => x.EndedAt, DateTimeOffset.UtcNow), Ct);
        Assert.Equal(HttpStatusCode.OK, (await browser.OpenAsync("/css/app.css")).Status);
        Assert.Equal(copy, browser.Cookie);
        Assert.Equal("/welcome", (await browser.OpenAsync("/audit")).Address.AbsolutePath);
    }

    [Fact]
    public async Task Database_away_signs_nobody_out_and_lets_nobody_act()
    {
        await using var world = await World.StartAsync(postgres, new WorldOptions(), Ct);
        await using var gate = new DatabaseGate(world.Database);
        var (portal, address) = await World.ServeAsync(world.Database, world.Simulator.Address, new Dictionary<string, string> { ["ConnectionStrings:Portal"] = gate.ConnectionString }, Ct);
        await using var second = portal;
        using var browser = new PlainBrowser(world);
        await browser.SignInAsync(SimulatorDefaults.Olivia);
        browser.Age(confirmed: 50 * Minute);
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = address, DefaultRequestHeaders = { { "Cookie", $"adminportal={browser.Cookie}" } } };
        using (var asked = await http.GetAsync(new Uri("settings", UriKind.Relative), Ct)) Assert.Contains("prompt=none", asked.Headers.Location!.Query, StringComparison.Ordinal);

        gate.Close();
        await Eventually.TrueAsync(() => Task.FromResult(!portal.Services.GetRequiredService<Doorbell>().IsConnected), Ct);
        using (var shown = await http.GetAsync(new Uri("settings", UriKind.Relative), Ct)) Assert.Equal(HttpStatusCode.OK, shown.StatusCode);
        var actor = await ActorAsync(world, SimulatorDefaults.Olivia);
        var refused = await Assert.ThrowsAsync<RefusedException>(() => portal.Services.GetRequiredService<UseCase>().RunAsync(
            Command.New("person.blocked", Permission.Read), actor, (_, _) => throw new InvalidOperationException("It must not come here."), Ct));
        Assert.Equal("database_away", refused.Refusal.Code);

        await using (var db = await DbAsync(world)) await db.Sessions.ExecuteUpdateAsync(s => s.SetProperty(x => x.EndedAt, DateTimeOffset.UtcNow), Ct);
        gate.Open();
        await Eventually.TrueAsync(() => Task.FromResult(portal.Services.GetRequiredService<Doorbell>().IsConnected), Ct);
        using var ended = await http.GetAsync(new Uri("settings", UriKind.Relative), Ct);
        Assert.Contains("/welcome", ended.Headers.Location!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Ticket_of_the_identity_provider_does_not_count_and_garbage_is_none()
    {
        var mine = new SessionTicket(Guid.CreateVersion7(), DateTimeOffset.UtcNow, DateTimeOffset.UtcNow);
        var identity = new System.Security.Claims.ClaimsIdentity([new("adminportal:session", new SessionTicket(Guid.Empty, default, default).ToString())], "test");
        mine.WriteTo(identity);
        Assert.Equal(mine, SessionTicket.Of(new(identity)));
        foreach (var garbage in new[] { null, "", "x", $"{Guid.Empty:N} 1", $"{Guid.Empty:N} 1 -1", $"{Guid.Empty:N} 1 99999999999999999999", $"{Guid.Empty:N} 1 9223372036854775807", $"{Guid.Empty} 1 1", $"{Guid.Empty:N} 1 1 1" })
            Assert.Null(SessionTicket.Parse(garbage));
    }

    private static Task<PortalDbContext> DbAsync(World world) => world.Services.GetRequiredService<IDbContextFactory<PortalDbContext>>().CreateDbContextAsync(Ct);

    private static async Task<DateTimeOffset?> EndedAsync(World world, Guid session)
    {
        await using var db = await DbAsync(world);
        return (await db.Sessions.AsNoTracking().SingleAsync(s => s.Id == session, Ct)).EndedAt;
    }

    /// <summary>Who has signed in, or does so now, as the one who acts.</summary>
    private static async Task<Actor> ActorAsync(World world, DemoPerson demo)
    {
        await using var db = await DbAsync(world);
        if (await db.People.AsNoTracking().SingleOrDefaultAsync(p => p.ObjectId == demo.Oid, Ct) is null)
        {
            using var browser = new PlainBrowser(world);
            await browser.SignInAsync(demo);
        }
        var person = await db.People.AsNoTracking().SingleAsync(p => p.ObjectId == demo.Oid, Ct);
        return new(person.Id, person.ObjectId, person.TenantId, person.Name, ActorSource.Page);
    }

    private static async Task EntraAsync(World world, DemoPerson person, object change) =>
        (await world.Simulator.Http.PatchAsJsonAsync($"/_sim/people/{person.Oid}", change, Ct)).EnsureSuccessStatusCode();
}
