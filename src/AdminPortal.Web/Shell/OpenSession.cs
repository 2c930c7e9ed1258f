using System.Security.Claims;
using AdminPortal.Web.Security;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.Extensions.Options;

namespace AdminPortal.Web.Shell;

/// <summary>What becomes of an open page.</summary>
public enum PageFate
{
    Stays,
    /// <summary>It may be read, but does nothing more until the sign-in was confirmed by a reload.</summary>
    AsksForConfirmation,
    /// <summary>The person has fewer roles than when it was opened.</summary>
    Reloads,
    LosesItsRoles,
    Blocked,
    SignedOut,
    /// <summary>Nobody was at it, nor at another page of the same session, for too long.</summary>
    Idle,
    Expired,
}

/// <summary>
/// The session behind one open page. When it ends, the page is emptied here, on the server, before the browser is sent away: a browser
/// that does not go has nothing left to show and nobody to act as.
/// </summary>
public sealed class OpenSession(AuthenticationStateProvider authentication, OpenPages pages, PortalScript script, IOptions<SecurityOptions> options, TimeProvider clock) : IDisposable
{
    private readonly Lock gate = new();
    private readonly List<IDisposable> held = [];
    private SessionTicket? ticket;
    private ClaimsPrincipal user = new();

    public PageFate Fate { get; private set; }

    /// <summary>Nothing of the page is shown any more.</summary>
    public bool HasEnded => Fate >= PageFate.LosesItsRoles;

    /// <summary>Raised on any thread.</summary>
    public event Action? Changed;

    /// <summary>Begins to follow the session; once, when the page has become interactive.</summary>
    public async Task FollowAsync()
    {
        user = (await authentication.GetAuthenticationStateAsync()).User;
        if (ticket is not null || (ticket = SessionTicket.Of(user)) is null) return;
        held.Add(pages.Watch(ticket.Id, Look));
        At(ticket.ConfirmedAt + SessionTicket.ConfirmedFor, PageFate.AsksForConfirmation);
        At(ticket.StartedAt + options.Value.SessionAbsolute, PageFate.Expired);
    }

    /// <summary>Whoever goes to another page some time after the last confirmation opens it anew, so that it is confirmed on the way.</summary>
    public bool ShouldReload => ticket?.ShouldBeConfirmed(clock.GetUtcNow()) == true && !HasEnded;

    /// <summary>What follows for a page of somebody with these roles.</summary>
    public static PageFate FateOf(SessionStanding standing, IReadOnlyCollection<string> roles) =>
        standing.Blocked ? PageFate.Blocked
        : standing.Ended ? PageFate.SignedOut
        : standing.Idle ? PageFate.Idle
        : roles.All(standing.Roles.Contains) ? PageFate.Stays
        : standing.Roles.Length == 0 ? PageFate.LosesItsRoles
        : PageFate.Reloads;

    private void Look(SessionStanding standing)
    {
        var fate = FateOf(standing, [.. user.FindAll(ClaimTypes.Role).Select(c => c.Value)]);
        if (fate == PageFate.Reloads) Become(fate, SessionCookie.WithRoles(user, standing.Roles));
        else if (fate != PageFate.Stays) Become(fate, new ClaimsPrincipal(new ClaimsIdentity()));
    }

    private void At(DateTimeOffset when, PageFate fate)
    {
        var wait = when - clock.GetUtcNow();
        held.Add(clock.CreateTimer(_ => Become(fate, fate == PageFate.Expired ? new ClaimsPrincipal(new ClaimsIdentity()) : null), null, wait > TimeSpan.Zero ? wait : TimeSpan.Zero, Timeout.InfiniteTimeSpan));
    }

    private void Become(PageFate fate, ClaimsPrincipal? from)
    {
        bool isNews;
        lock (gate)
        {
            // What is worse stays.
            if (fate < Fate) return;
            (isNews, Fate) = (fate != Fate, fate);
        }
        // Also when the fate is none: a page that did not reload has lost another role since.
        if (from is not null) ((IHostEnvironmentAuthenticationStateProvider)authentication).SetAuthenticationState(Task.FromResult(new AuthenticationState(from)));
        if (isNews) Changed?.Invoke();
        // Also when it is no news: a browser that could not be reached before is sent away now.
        if (fate != PageFate.AsksForConfirmation) _ = script.LeaveAsync(Door(fate));
    }

    /// <summary>Null: the same page again.</summary>
    internal static string? Door(PageFate fate) => fate switch
    {
        PageFate.Blocked => Urls.Blocked,
        PageFate.LosesItsRoles => Urls.NoRole,
        PageFate.SignedOut => Urls.SignedOut,
        PageFate.Idle => Urls.Door("idle"),
        PageFate.Expired => Urls.Door("expired"),
        _ => null,
    };

    public void Dispose()
    {
        foreach (var one in held) one.Dispose();
    }
}
