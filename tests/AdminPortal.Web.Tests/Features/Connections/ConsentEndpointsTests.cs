using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using AdminPortal.Simulator;
using AdminPortal.Testing;
using AdminPortal.Web.Features.Connections;
using AdminPortal.Web.Security;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AdminPortal.Web.Tests.Features.Connections;

/// <summary>The two addresses around Calendly's consent page as browsers meet them: real requests, cookies and redirects.</summary>
public sealed class ConsentEndpointsTests(PostgresFixture postgres)
{
    private const string ConsentCookie = "adminportal.consent";
    private static readonly Uri PublicUrl = new("https://localhost:5443/");
    private static readonly DemoPerson Olivia = SimulatorDefaults.Olivia;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Consent_goes_there_and_back_with_one_secret_in_a_cookie_and_none_in_an_address()
    {
        await using var world = await StartAsync();
        using var browser = await SignedInAsync(world, Olivia);

        using var leaving = await browser.LeaveAsync("/connections?connected=1", Ct);

        Assert.Equal(HttpStatusCode.Redirect, leaving.StatusCode);
        var cookie = Assert.Single(browser.CookiesSet, c => c.StartsWith(ConsentCookie, StringComparison.Ordinal));
        foreach (var flag in new[] { "; path=/connections", "; secure", "; samesite=lax", "; httponly", "; max-age=600" }) Assert.Contains(flag, cookie, StringComparison.OrdinalIgnoreCase);
        var query = QueryHelpers.ParseQuery(leaving.Headers.Location!.Query);
        Assert.Equal((PublicUrl + "connections/callback", "S256", "code"), (query["redirect_uri"].ToString(), query["code_challenge_method"].ToString(), query["response_type"].ToString()));
        Assert.DoesNotContain(cookie.Split(';')[0].Split('=')[1], leaving.Headers.Location.Query, StringComparison.Ordinal);

        using var arriving = await browser.GetAsync(await browser.ConsentAsync(leaving.Headers.Location, Olivia, Ct), Ct);

        Assert.Equal((HttpStatusCode.Redirect, "/connections?connected=1"), (arriving.StatusCode, arriving.Headers.Location!.OriginalString));
        Assert.Equal((true, "no-referrer"), (arriving.Headers.CacheControl!.NoStore, Assert.Single(arriving.Headers.GetValues("Referrer-Policy"))));
        Assert.Equal(ConnectionState.Healthy, (await world.ConnectionAsync(Olivia, Ct)).State);
    }

    [Fact]
    public async Task Form_of_another_site_begins_nothing()
    {
        await using var world = await StartAsync();
        using var browser = await SignedInAsync(world, Olivia);

        using var forged = await browser.PostAsync(new Uri(PublicUrl, "connections/connect"), new() { ["returnUrl"] = "/connections" }, Ct);
        using var asLink = await browser.GetAsync(new Uri(PublicUrl, "connections/connect"), Ct);

        Assert.Equal(HttpStatusCode.BadRequest, forged.StatusCode);
        Assert.NotEqual(HttpStatusCode.Redirect, asLink.StatusCode);
        await using var db = await world.DbAsync(Ct);
        Assert.False(await db.OAuthAttempts.AnyAsync(Ct));
        using var real = await browser.LeaveAsync("/connections?connected=1", Ct);
        Assert.Equal(1, await db.OAuthAttempts.CountAsync(Ct));
    }

    [Fact]
    public async Task Return_address_that_leads_elsewhere_leads_to_the_overview()
    {
        await using var world = await StartAsync();
        await world.SimulateAsync("reset", new { tokensPerMinute = 1_000 }, Ct);
        using var browser = await SignedInAsync(world, Olivia);
        string[] elsewhere =
        [
            "//evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example/", "https:evil.example", "javascript:alert(1)", "data:text/html,x",
            "/\t/evil.example", "/\n/evil.example", "/connections\r\nSet-Cookie: a=b", " //evil.example", "evil.example", "~/evil", "/members?q=ü", "/" + new string('a', 10_000),
        ];
        foreach (var address in elsewhere.Append("/members?q=a%20b"))
        {
            using var leaving = await browser.LeaveAsync(address, Ct);
            using var arriving = await browser.GetAsync(await browser.ConsentAsync(leaving.Headers.Location!, Olivia, Ct), Ct);
            Assert.Equal((address, HttpStatusCode.Redirect, address[0] == '/' && address.Contains("%20", StringComparison.Ordinal) ? address : "/"), (address, arriving.StatusCode, arriving.Headers.Location?.OriginalString));
        }
    }

    [Fact]
    public async Task Encoded_return_address_stays_a_path_of_this_host()
    {
        await using var world = await StartAsync();
        using var browser = await SignedInAsync(world, Olivia);
        using var leaving = await browser.LeaveAsync("/%2F%2Fevil.example", Ct);
        using var arriving = await browser.GetAsync(await browser.ConsentAsync(leaving.Headers.Location!, Olivia, Ct), Ct);
        Assert.Equal(PublicUrl.Authority, new Uri(PublicUrl, arriving.Headers.Location!).Authority);
    }

    [Fact]
    public async Task Callback_in_another_browser_or_after_signing_out_connects_nobody()
    {
        await using var world = await StartAsync();
        using var olivia = await SignedInAsync(world, Olivia);
        using var sam = await SignedInAsync(world, SimulatorDefaults.Sam);
        using var secondBrowser = await SignedInAsync(world, Olivia);

        Assert.Equal("other-person", await ProblemAsync(sam, await BegunAsync(olivia)));
        Assert.Equal("other-browser", await ProblemAsync(secondBrowser, await BegunAsync(olivia)));
        var late = await BegunAsync(olivia);
        await olivia.SignOutAsync(Ct);
        Assert.Equal("signed-out", await ProblemAsync(olivia, late));
        // Also for who has kept a copy of the cookie.
        await olivia.SignInAsync(Olivia, Ct);
        late = await BegunAsync(olivia);
        var copy = olivia.Cookie;
        await olivia.SignOutAsync(Ct);
        olivia.Cookie = copy;
        Assert.Equal("signed-out", await ProblemAsync(olivia, late));
        await olivia.SignInAsync(Olivia, Ct);
        var earlier = await BegunAsync(olivia);
        await olivia.SignOutAsync(Ct);
        await olivia.SignInAsync(Olivia, Ct);
        Assert.Equal("other-session", await ProblemAsync(olivia, earlier));
        Assert.NotNull(ConnectProblem.Words("other-session"));

        await world.RefusedAsync(Ct, "other-person", "other-browser", "signed-out", "signed-out", "other-session");
        Assert.Empty(await world.LedgerAsync("POST", "/oauth/token", Ct));
    }

    [Fact]
    public async Task Callback_with_an_old_confirmation_a_lost_role_or_an_idle_session_spends_no_code_and_is_told_as_such()
    {
        await using var world = await StartAsync();
        using var browser = await SignedInAsync(world, Olivia);
        var late = await BegunAsync(browser);
        browser.Age(SessionTicket.ConfirmedFor + TimeSpan.FromSeconds(1));
        Assert.Equal("unconfirmed", await ProblemAsync(browser, late));

        await browser.SignInAsync(Olivia, Ct);
        var lost = await BegunAsync(browser);
        await world.ExecuteAsync($"UPDATE people SET roles = ARRAY['Viewer']", Ct);
        Assert.Equal("not-allowed", await ProblemAsync(browser, lost));

        await browser.SignInAsync(Olivia, Ct);
        var idle = await BegunAsync(browser);
        await world.ExecuteAsync($"UPDATE sessions SET seen_at = now() - interval '2 hours'", Ct);
        Assert.Equal("signed-out", await ProblemAsync(browser, idle));

        await world.RefusedAsync(Ct, "confirm", "role", "signed-out");
        await using (var db = await world.DbAsync(Ct))
        {
            var trail = await db.AuditEntries.Where(e => e.Action == "connection.connected").OrderBy(e => e.Sequence).ToListAsync(Ct);
            Assert.Equal([Olivia.Name, Olivia.Name, "Nobody signed in"], trail.Select(e => e.ActorName));
            var person = (await db.People.SingleAsync(Ct)).Id.ToString();
            Assert.All(trail, entry => Assert.Contains(person, entry.Details, StringComparison.Ordinal));
        }
        Assert.Empty(await world.LedgerAsync("POST", "/oauth/token", Ct));
        Assert.Empty(await world.LedgerAsync("GET", "/users/me", Ct));

        await browser.SignInAsync(Olivia, Ct);
        var inTime = await BegunAsync(browser);
        browser.Age(SessionTicket.ConfirmedFor - TimeSpan.FromMinutes(1));
        using var connected = await browser.GetAsync(inTime, Ct);
        Assert.Equal("/connections?connected=1", connected.Headers.Location?.OriginalString);
    }

    [Fact]
    public async Task Parameters_given_twice_or_too_long_connect_nobody()
    {
        await using var world = await StartAsync();
        using var browser = await SignedInAsync(world, Olivia);
        (string Problem, Func<string, string> Change)[] cases =
        [
            ("unknown-state", query => $"{query}&state=another"),
            ("unknown-state", query => $"{query}&{query.TrimStart('?').Split('&').Single(p => p.StartsWith("state", StringComparison.Ordinal))}"),
            ("not-exchanged", query => $"{query}&code=another"),
            ("calendly-error", query => $"{query}&error=access_denied&error=access_denied"),
            ("calendly-error", query => $"{query}&error="),
            ("malformed", query => $"{query}&error={new string('a', 300)}"),
            ("malformed", query => $"{query}{new string('a', 3_000)}"),
            ("missing-state", _ => "?code=abc"),
            ("missing-state", _ => ""),
        ];
        foreach (var (problem, change) in cases)
        {
            var callback = await BegunAsync(browser);
            Assert.Equal(problem, await ProblemAsync(browser, new UriBuilder(callback) { Query = change(callback.Query) }.Uri));
        }
        await world.RefusedAsync(Ct, [.. cases.Select(c => c.Problem)]);
    }

    [Fact]
    public async Task Query_of_ten_megabytes_is_not_read()
    {
        await using var world = await StartAsync();
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, world.World.PortalUrl.Port, Ct);
        var stream = client.GetStream();
        try
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET /connections/callback?state={new string('a', 10_000_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n"), Ct);
        }
        catch (IOException)
        {
            // It hung up before it had everything, which is the point.
        }
        Assert.StartsWith("HTTP/1.1 414", await ReadAsync(stream), StringComparison.Ordinal);
        using var browser = await SignedInAsync(world, Olivia);
        Assert.Empty(await world.RefusalsAsync("connection.connected", Ct));
    }

    [Fact]
    public async Task Callbacks_of_nobody_are_answered_and_leave_no_trace_in_the_audit()
    {
        await using var world = await StartAsync();
        using var stranger = new ProxiedBrowser(world.World, PublicUrl);
        foreach (var (query, problem) in new[] { ("", "signed-out"), ("?state=guess&code=guess", "signed-out"), ($"?state={new string('a', 1_000)}", "malformed") })
            Assert.Equal(problem, await ProblemAsync(stranger, new Uri(PublicUrl, "connections/callback" + query)));
        await using var db = await world.DbAsync(Ct);
        Assert.False(await db.AuditEntries.AnyAsync(Ct));
    }

    [Fact]
    public async Task What_Calendly_says_in_free_text_reaches_no_log_and_no_audit()
    {
        const string planted = "planted-7f3a";
        await using var world = await StartAsync(("Logging:LogLevel:Default", "Information"), ("Logging:LogLevel:AdminPortal", "Trace"));
        using var logs = new Captured();
        world.Get<ILoggerFactory>().AddProvider(logs);
        using var browser = await SignedInAsync(world, Olivia);
        var callback = await BegunAsync(browser);
        var state = QueryHelpers.ParseQuery(callback.Query)["state"];

        Assert.Equal("calendly-error", await ProblemAsync(browser, new Uri(PublicUrl, $"connections/callback?state={state}&error={planted}&error_description={planted}&error_uri={planted}")));
        await world.SimulateAsync("faults", new[] { new { method = "POST", path = "^/oauth/token$", status = 400, body = $$"""{"error":"{{planted}}","error_description":"{{planted}}"}""" } }, Ct);
        Assert.Equal("not-exchanged", await ProblemAsync(browser, await BegunAsync(browser)));

        Assert.NotEmpty(logs.Lines);
        Assert.DoesNotContain(logs.Lines, line => line.Contains(planted, StringComparison.Ordinal) || line.Contains(state.ToString(), StringComparison.Ordinal));
        await using var db = await world.DbAsync(Ct);
        var audit = (await db.AuditEntries.ToListAsync(Ct)).ConvertAll(e => e.Details + e.ObjectLabel + e.ObjectId + e.ActorName);
        Assert.Contains(audit, line => line.Contains("calendly-error", StringComparison.Ordinal));
        Assert.DoesNotContain(audit, line => line.Contains(planted, StringComparison.Ordinal));
    }

    private async Task<ConnectedWorld> StartAsync(params (string, string)[] settings) => await ConnectedWorld.StartAsync(postgres, Ct, [("Portal:PublicUrl", PublicUrl.AbsoluteUri), .. settings]);

    private static async Task<ProxiedBrowser> SignedInAsync(ConnectedWorld world, DemoPerson person)
    {
        var browser = new ProxiedBrowser(world.World, PublicUrl);
        await browser.SignInAsync(person, Ct);
        return browser;
    }

    /// <summary>A consent given, up to the address that the browser is sent to.</summary>
    private static async Task<Uri> BegunAsync(ProxiedBrowser browser)
    {
        using var leaving = await browser.LeaveAsync("/connections?connected=1", Ct);
        return await browser.ConsentAsync(leaving.Headers.Location!, Olivia, Ct);
    }

    private static async Task<string?> ProblemAsync(ProxiedBrowser browser, Uri callback)
    {
        using var response = await browser.GetAsync(callback, Ct);
        Assert.Equal(HttpStatusCode.Redirect, response.StatusCode);
        const string page = "/connections?problem=";
        var address = response.Headers.Location!.OriginalString;
        Assert.True(address.StartsWith(page, StringComparison.Ordinal), $"{callback.Query} led to {address}");
        var query = QueryHelpers.ParseQuery(address[address.IndexOf('?', StringComparison.Ordinal)..]);
        Assert.Equal(["problem", "seal"], query.Keys);
        var problem = query["problem"].ToString();
        Assert.NotNull(ConnectProblem.Words(problem));
        return problem;
    }

    private static async Task<string> ReadAsync(NetworkStream stream)
    {
        var buffer = new byte[1024];
        return Encoding.ASCII.GetString(buffer, 0, await stream.ReadAsync(buffer, Ct));
    }

    private sealed class Captured : ILoggerProvider
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public ILogger CreateLogger(string categoryName) => new Line(this);

        public void Dispose()
        {
        }

        private sealed class Line(Captured all) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => true;

            public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => all.Lines.Enqueue($"{formatter(state, exception)} {exception}");
        }
    }
}
