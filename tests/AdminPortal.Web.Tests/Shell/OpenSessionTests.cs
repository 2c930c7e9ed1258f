using System.Security.Claims;
using AdminPortal.Testing;
using AdminPortal.Web.Data;
using AdminPortal.Web.Security;
using AdminPortal.Web.Shell;
using AdminPortal.Web.Tests.Features;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Microsoft.JSInterop;

namespace AdminPortal.Web.Tests.Shell;

/// <summary>What becomes of a page that stays open, on simulated time.</summary>
public sealed class OpenSessionTests(PostgresFixture postgres)
{
    private static readonly DateTimeOffset Now = new(2026, 11, 23, 14, 5, 0, TimeSpan.Zero);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false, false, "Operator,Approver", PageFate.Stays)]
    [InlineData(false, false, "Operator,Approver", PageFate.Idle, true)]
    [InlineData(false, false, "", PageFate.Idle, true)]
    [InlineData(true, false, "Operator,Approver", PageFate.SignedOut, true)]
    [InlineData(false, true, "Operator,Approver", PageFate.Blocked, true)]
    [InlineData(false, false, "Operator,Approver,Auditor", PageFate.Stays)]
    [InlineData(false, false, "Operator", PageFate.Reloads)]
    [InlineData(false, false, "Auditor", PageFate.Reloads)]
    [InlineData(false, false, "", PageFate.LosesItsRoles)]
    [InlineData(true, false, "Operator,Approver", PageFate.SignedOut)]
    [InlineData(true, true, "Operator,Approver", PageFate.Blocked)]
    [InlineData(false, true, "", PageFate.Blocked)]
    public void Fate_follows_from_session_block_and_lost_roles(bool ended, bool blocked, string roles, PageFate fate, bool idle = false) =>
        Assert.Equal(fate, OpenSession.FateOf(new(Guid.Empty, ended, idle, blocked, roles.Split(',', StringSplitOptions.RemoveEmptyEntries)), ["Operator", "Approver"]));

    [Fact]
    public async Task Page_asks_for_confirmation_after_an_hour_and_is_emptied_after_eight()
    {
        await using var page = await Page.OpenAsync(confirmed: TimeSpan.FromMinutes(10), started: TimeSpan.FromMinutes(100));
        page.Clock.Advance(TimeSpan.FromMinutes(50) - TimeSpan.FromSeconds(1));
        Assert.Equal(PageFate.Stays, page.Session.Fate);
        page.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((PageFate.AsksForConfirmation, false), (page.Session.Fate, page.Session.HasEnded));
        Assert.Empty(page.Browser.Sent);
        Assert.Equal("Olivia", (await page.UserAsync()).Identity!.Name);

        page.Clock.Advance(TimeSpan.FromMinutes(480 - 150) - TimeSpan.FromSeconds(1));
        Assert.False(page.Session.HasEnded);
        page.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((PageFate.Expired, true), (page.Session.Fate, page.Session.HasEnded));
        Assert.Equal(["/welcome?problem=expired"], page.Browser.Sent);
        Assert.False((await page.UserAsync()).Identity!.IsAuthenticated);
    }

    [Theory]
    [InlineData(44, false)]
    [InlineData(46, true)]
    public async Task Page_left_for_another_is_opened_anew_once_its_confirmation_grows_old(int minutes, bool anew)
    {
        await using var page = await Page.OpenAsync(confirmed: TimeSpan.FromMinutes(minutes), started: TimeSpan.FromMinutes(100));
        Assert.Equal(anew, page.Session.ShouldReload);
    }

    [Fact]
    public async Task Page_is_emptied_when_nobody_was_at_any_page_of_its_session_for_an_hour()
    {
        await using var portal = await SeededPortal.StartAsync(postgres);
        var sessions = portal.Get<Sessions>();
        var ticket = await SessionAsync(portal, await portal.PersonAsync("olivia", Roles.Operator));
        await using var page = await Page.OpenAsync(ticket, [Roles.Operator], portal.Clock, sessions);
        portal.Clock.Advance(TimeSpan.FromMinutes(40));
        // In another tab.
        await sessions.SeenAsync(ticket.Id, Ct);
        portal.Clock.Advance(TimeSpan.FromMinutes(60) - TimeSpan.FromSeconds(1));
        await page.Pages.LookAsync(Ct);
        Assert.Equal((PageFate.AsksForConfirmation, false), (page.Session.Fate, page.Session.HasEnded));
        Assert.Empty(page.Browser.Sent);

        portal.Clock.Advance(TimeSpan.FromSeconds(1));
        await page.Pages.LookAsync(Ct);
        Assert.Equal((PageFate.Idle, true), (page.Session.Fate, page.Session.HasEnded));
        Assert.Equal(["/welcome?problem=idle"], page.Browser.Sent);
        Assert.False((await page.UserAsync()).Identity!.IsAuthenticated);

        await sessions.SeenAsync(ticket.Id, Ct);
        await page.Pages.LookAsync(Ct);
        Assert.Equal(PageFate.Idle, page.Session.Fate);
    }

    [Fact]
    public async Task Page_that_does_not_go_when_it_is_sent_loses_every_further_role_all_the_same()
    {
        await using var portal = await SeededPortal.StartAsync(postgres);
        string[] all = [Roles.Operator, Roles.Approver, Roles.Auditor];
        await using var page = await Page.OpenAsync(await SessionAsync(portal, await portal.PersonAsync("olivia", all)), all, portal.Clock, portal.Get<Sessions>());
        foreach (var left in (string[][])[[Roles.Operator, Roles.Auditor], [Roles.Operator], [Roles.Operator]])
        {
            await using (var db = await portal.ContextAsync()) await db.People.ExecuteUpdateAsync(p => p.SetProperty(x => x.Roles, left), Ct);
            await page.Pages.LookAsync(Ct);
            Assert.Equal(PageFate.Reloads, page.Session.Fate);
            Assert.Equal(left, (await page.UserAsync()).FindAll(ClaimTypes.Role).Select(role => role.Value));
        }
        // Sent away each time, as the same page again.
        Assert.Equal([null, null, null], page.Browser.Sent);
    }

    private static async Task<SessionTicket> SessionAsync(SeededPortal portal, Actor actor)
    {
        var now = portal.Clock.GetUtcNow();
        var session = new Session { PersonId = actor.PersonId!.Value, StartedAt = now, SeenAt = now };
        await using var db = await portal.ContextAsync();
        db.Sessions.Add(session);
        await db.SaveChangesAsync(Ct);
        return new(session.Id, now, now);
    }

    [Fact]
    public async Task Page_without_a_session_follows_nothing()
    {
        var clock = new FakeTimeProvider(Now);
        var provider = new ServerAuthenticationStateProvider();
        provider.SetAuthenticationState(Task.FromResult(new AuthenticationState(new ClaimsPrincipal(new ClaimsIdentity()))));
        using var session = new OpenSession(provider, null!, null!, Options.Create(new SecurityOptions()), clock);
        await session.FollowAsync();
        clock.Advance(TimeSpan.FromDays(2));
        Assert.Equal(PageFate.Stays, session.Fate);
    }

    /// <summary>One circuit: its authentication state, its browser, its session.</summary>
    private sealed class Page : IAsyncDisposable
    {
        private readonly ServerAuthenticationStateProvider provider = new();
        private readonly PortalScript script;

        private Page(SessionTicket ticket, IEnumerable<string> roles, FakeTimeProvider clock, Sessions? sessions)
        {
            Clock = clock;
            var identity = new ClaimsIdentity([new("name", "Olivia"), .. roles.Select(role => new Claim(ClaimTypes.Role, role))], "test", "name", ClaimTypes.Role);
            ticket.WriteTo(identity);
            provider.SetAuthenticationState(Task.FromResult(new AuthenticationState(new ClaimsPrincipal(identity))));
            var doorbell = new Doorbell(new ConfigurationBuilder().Build(), Clock, NullLogger<Doorbell>.Instance);
            Pages = new OpenPages(sessions!, doorbell, Options.Create(new WorkerOptions()), Clock, NullLogger<OpenPages>.Instance);
            script = new PortalScript(Browser);
            Session = new OpenSession(provider, Pages, script, Options.Create(new SecurityOptions()), Clock);
        }

        public FakeTimeProvider Clock { get; }
        public OpenPages Pages { get; }
        public FakeBrowser Browser { get; } = new();
        public OpenSession Session { get; }

        public static Task<Page> OpenAsync(TimeSpan confirmed, TimeSpan started) =>
            OpenAsync(new(Guid.CreateVersion7(), Now - started, Now - confirmed), [Roles.Operator], new(Now));

        public static async Task<Page> OpenAsync(SessionTicket ticket, IEnumerable<string> roles, FakeTimeProvider clock, Sessions? sessions = null)
        {
            var page = new Page(ticket, roles, clock, sessions);
            await page.Session.FollowAsync();
            return page;
        }

        public async Task<ClaimsPrincipal> UserAsync() => (await provider.GetAuthenticationStateAsync()).User;

        public async ValueTask DisposeAsync()
        {
            Session.Dispose();
            Pages.Dispose();
            await script.DisposeAsync();
        }
    }

    private sealed class FakeBrowser : IJSRuntime
    {
        public List<string?> Sent { get; } = [];

        public ValueTask<TValue> InvokeAsync<TValue>(string identifier, object?[]? args)
        {
            if (identifier == "portalLeave") Sent.Add(args![0] as string);
            return ValueTask.FromResult<TValue>(default!);
        }

        public ValueTask<TValue> InvokeAsync<TValue>(string identifier, CancellationToken cancellationToken, object?[]? args) => InvokeAsync<TValue>(identifier, args);
    }
}
