using System.Security.Claims;
using AdminPortal.Web.Data;
using AdminPortal.Web.Shell;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.StaticAssets;
using Microsoft.Extensions.Options;

namespace AdminPortal.Web.Security;

/// <summary>
/// Looks at the cookie of every request: is its session still open, is the person blocked, which roles do they have by now? The cookie
/// says who; the rows say the rest. While the database is away the cookie is believed: nothing can be read or done then anyway.
/// </summary>
public sealed partial class SessionCookie(Sessions sessions, Doorbell doorbell, IOptions<SecurityOptions> options, TimeProvider clock, ILogger<SessionCookie> logger)
{
    private static readonly object IsBlocked = new();
    private static readonly object WasIdle = new();

    public async Task ValidateAsync(CookieValidatePrincipalContext context)
    {
        var http = context.HttpContext;
        // Files are the same for everybody.
        if (http.GetEndpoint()?.Metadata.GetMetadata<StaticAssetDescriptor>() is not null) return;

        var now = clock.GetUtcNow();
        if (SessionTicket.Of(context.Principal) is not { } ticket || now - ticket.StartedAt >= options.Value.SessionAbsolute)
        {
            await EndAsync(context);
            return;
        }
        var standing = await StandingAsync(ticket, http.RequestAborted);
        if (standing is not null)
        {
            if (standing.Blocked) http.Items[IsBlocked] = true;
            else if (standing is { Idle: true, Ended: false }) http.Items[WasIdle] = true;
            if (standing.Blocked || standing.Ended || standing.Idle)
            {
                await EndAsync(context);
                return;
            }
            context.ReplacePrincipal(WithRoles(context.Principal!, standing.Roles));
        }
        // What is no page cannot be sent to Entra and back; until a page was, it is nobody's. The cookie stays.
        if (ticket.NeedsConfirmation(now) && !SessionConfirmation.CanConfirm(http) && http.GetEndpoint()?.Metadata.GetMetadata<ServesUnconfirmedSessions>() is null)
        {
            context.RejectPrincipal();
            return;
        }
        // Idle means without a sign of the person. What a page fetches by itself is none; and what it sends when it is left could bring
        // its old cookie back over the one that was just confirmed.
        context.ShouldRenew = SessionConfirmation.CanConfirm(http) || http.GetEndpoint()?.Metadata.GetMetadata<RenewsSession>() is not null;
        if (context.ShouldRenew && standing is not null) await NoteAsync(ticket, http.RequestAborted);
    }

    /// <summary>Whoever is not signed in goes to the door, and comes back to where they were if that is a page.</summary>
    public static Task RedirectAsync(RedirectContext<CookieAuthenticationOptions> context, Func<RedirectContext<CookieAuthenticationOptions>, Task> usual)
    {
        if (context.HttpContext.Items.ContainsKey(IsBlocked)) context.RedirectUri = Urls.Blocked;
        else if (context.HttpContext.Items.ContainsKey(WasIdle)) context.RedirectUri = Urls.Door("idle", HttpMethods.IsGet(context.Request.Method) ? context.Request.Path + context.Request.QueryString : null);
        else if (!HttpMethods.IsGet(context.Request.Method)) context.RedirectUri = Urls.Welcome;
        return usual(context);
    }

    /// <summary>The same person with these roles.</summary>
    public static ClaimsPrincipal WithRoles(ClaimsPrincipal user, IEnumerable<string> roles)
    {
        var identity = ((ClaimsIdentity)user.Identity!).Clone();
        foreach (var old in identity.FindAll(ClaimTypes.Role).ToList()) identity.RemoveClaim(old);
        identity.AddClaims(roles.Select(role => new Claim(ClaimTypes.Role, role)));
        return new ClaimsPrincipal(identity);
    }

    private static Task EndAsync(CookieValidatePrincipalContext context)
    {
        context.RejectPrincipal();
        return context.HttpContext.SignOutAsync(CookieAuthenticationDefaults.AuthenticationScheme);
    }

    /// <summary>Null while the database is away.</summary>
    private async Task<SessionStanding?> StandingAsync(SessionTicket ticket, CancellationToken cancellationToken)
    {
        if (!doorbell.IsConnected) return null;
        try
        {
            var standings = await sessions.StandingsAsync([ticket.Id], cancellationToken);
            return standings.GetValueOrDefault(ticket.Id) ?? new(ticket.Id, Ended: true, Idle: false, Blocked: false, []);
        }
        catch (Exception exception) when (DatabaseAway.Caused(exception))
        {
            Log.NotRead(logger, exception.GetType().Name);
            return null;
        }
    }

    private async Task NoteAsync(SessionTicket ticket, CancellationToken cancellationToken)
    {
        try
        {
            await sessions.SeenAsync(ticket.Id, cancellationToken);
        }
        catch (Exception exception) when (DatabaseAway.Caused(exception))
        {
            Log.NotNoted(logger, exception.GetType().Name);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "A session could not be looked up ({Reason}); its cookie is believed until the database is back")]
        public static partial void NotRead(ILogger logger, string reason);

        [LoggerMessage(Level = LogLevel.Warning, Message = "That somebody is at a page could not be written down ({Reason}); the session may end earlier as idle")]
        public static partial void NotNoted(ILogger logger, string reason);
    }
}

/// <summary>Marks what a session may still do after its confirmation has grown too old: leave, for example.</summary>
public sealed class ServesUnconfirmedSessions;

/// <summary>Marks what only a person at the browser causes, though it is no page.</summary>
public sealed class RenewsSession;
