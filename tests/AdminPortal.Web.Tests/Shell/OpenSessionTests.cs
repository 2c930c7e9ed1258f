using System.Security.Claims;
using AdminPortal.Web.Data;
using AdminPortal.Web.Security;
using AdminPortal.Web.Shell;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Microsoft.JSInterop;

namespace AdminPortal.Web.Tests.Shell;

/// <summary>What becomes of a page that stays open, on simulated time.</summary>
public sealed class OpenSessionTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 23, 14, 5, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(false, false, "Operator,Approver", PageFate.Stays)]
    [InlineData(false, false, "Operator,Approver,Auditor", PageFate.Stays)]
    [InlineData(false, false, "Operator", PageFate.Reloads)]
    [InlineData(false, false, "Auditor", PageFate.Reloads)]
    [InlineData(false, false, "", PageFate.LosesItsRoles)]
    [InlineData(true, false, "Operator,Approver", PageFate.SignedOut)]
    [InlineData(true, true, "Operator,Approver", PageFate.Blocked)]
    [InlineData(false, true, "", PageFate.Blocked)]
    public void Fate_follows_from_session_block_and_lost_roles(bool ended, bool blocked, string roles, PageFate fate) =>
        Assert.Equal(fate, OpenSession.FateOf(new(Guid.Empty, ended, blocked, roles.Split(',', StringSplitOptions.RemoveEmptyEntries)), ["Operator", "Approver"]));

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

        private Page(TimeSpan confirmed, TimeSpan started)
        {
            var identity = new ClaimsIdentity([new("name", "Olivia"), new(ClaimTypes.Role, Roles.Operator)], "test", "name", ClaimTypes.Role);
            new SessionTicket(Guid.CreateVersion7(), Now - started, Now - confirmed).WriteTo(identity);
            provider.SetAuthenticationState(Task.FromResult(new AuthenticationState(new ClaimsPrincipal(identity))));
            var doorbell = new Doorbell(new ConfigurationBuilder().Build(), Clock, NullLogger<Doorbell>.Instance);
            var pages = new OpenPages(null!, doorbell, Options.Create(new WorkerOptions()), Clock, NullLogger<OpenPages>.Instance);
            script = new PortalScript(Browser);
            Session = new OpenSession(provider, pages, script, Options.Create(new SecurityOptions()), Clock);
        }

        public FakeTimeProvider Clock { get; } = new(Now);
        public FakeBrowser Browser { get; } = new();
        public OpenSession Session { get; }

        public static async Task<Page> OpenAsync(TimeSpan confirmed, TimeSpan started)
        {
            var page = new Page(confirmed, started);
            await page.Session.FollowAsync();
            return page;
        }

        public async Task<ClaimsPrincipal> UserAsync() => (await provider.GetAuthenticationStateAsync()).User;

        public async ValueTask DisposeAsync()
        {
            Session.Dispose();
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
