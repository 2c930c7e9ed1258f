using AdminPortal.Web.Data;
using AdminPortal.Web.Shell;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Components.Endpoints;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace AdminPortal.Web.Security;

/// <summary>
/// A page opened some time after the last confirmation goes to Entra and back first, without anybody being asked (prompt=none), and lands
/// where it was going. https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc#send-the-sign-in-request
/// </summary>
public static class SessionConfirmation
{
    private const string SessionKey = "confirms_session";
    private const string TriedCookie = "adminportal.confirming";
    private static readonly TimeSpan NotAgainFor = TimeSpan.FromMinutes(2);

    public static void UseSessionConfirmation(this WebApplication app)
    {
        var (clock, doorbell) = (app.Services.GetRequiredService<TimeProvider>(), app.Services.GetRequiredService<Doorbell>());
        app.Use(async (http, next) =>
        {
            if (CanConfirm(http) && http.User.Identity?.IsAuthenticated == true && SessionTicket.Of(http.User) is { } session && IsDue(http, session))
                await http.ChallengeAsync(OpenIdConnectDefaults.AuthenticationScheme, Silent(http, session));
            else
                await next(http);
        });

        bool IsDue(HttpContext http, SessionTicket session) =>
            session.NeedsConfirmation(clock.GetUtcNow())
            // Before it must be, it is tried once in a while, and not when its answer could not be stored.
            || (session.ShouldBeConfirmed(clock.GetUtcNow()) && doorbell.IsConnected && !http.Request.Cookies.ContainsKey(TriedCookie));
    }

    /// <summary>A person's browser opens a page; what scripts fetch could not follow to Entra.</summary>
    public static bool CanConfirm(HttpContext http)
    {
        var (request, endpoint) = (http.Request, http.GetEndpoint());
        return HttpMethods.IsGet(request.Method)
            && endpoint?.Metadata.GetMetadata<ComponentTypeMetadata>() is not null && endpoint.Metadata.GetMetadata<IAllowAnonymous>() is null
            && request.Headers["Sec-Fetch-Mode"].ToString() is "" or "navigate"
            && !request.Headers.Accept.ToString().Contains("blazor-enhanced-nav", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>The session that this answer confirms; null for an ordinary sign-in. It comes back protected by the portal's own keys.</summary>
    public static SessionTicket? Of(AuthenticationProperties? properties) => SessionTicket.Parse(properties?.GetString(SessionKey));

    /// <summary>It is of no use in the cookie.</summary>
    public static void Forget(AuthenticationProperties? properties) => properties?.Items.Remove(SessionKey);

    /// <summary>
    /// Where a browser goes whose confirmation failed. What Entra could not say now does not end a session that is still good; what it
    /// refused to say does, and the door asks the person. Neither leads back here by itself.
    /// </summary>
    public static async Task<string> AfterFailureAsync(RemoteFailureContext context, SessionTicket session, string problem)
    {
        var http = context.HttpContext;
        var (sessions, clock) = (http.RequestServices.GetRequiredService<Sessions>(), http.RequestServices.GetRequiredService<TimeProvider>());
        var returnUrl = Urls.LocalOrOverview(context.Properties?.RedirectUri);
        var refused = context.Failure as RefusedException ?? context.Failure?.InnerException as RefusedException;
        if (refused is null && !AsksForThePerson(context.Failure))
            return session.NeedsConfirmation(clock.GetUtcNow()) ? Urls.Door(problem, returnUrl) : returnUrl;
        try
        {
            await sessions.EndAsync(session.Id, http.RequestAborted);
        }
        catch (Exception exception) when (DatabaseAway.Caused(exception))
        {
            // This browser is signed out all the same.
        }
        await http.SignOutAsync(CookieAuthenticationDefaults.AuthenticationScheme);
        return Urls.Door("confirm", returnUrl);
    }

    // https://openid.net/specs/openid-connect-core-1_0.html#AuthError
    private static bool AsksForThePerson(Exception? failure) =>
        failure?.Data["error"] is "login_required" or "interaction_required" or "consent_required" or "account_selection_required" or "access_denied";

    private static OpenIdConnectChallengeProperties Silent(HttpContext http, SessionTicket session)
    {
        http.Response.Cookies.Append(TriedCookie, "1", new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Lax, Secure = http.Request.IsHttps, MaxAge = NotAgainFor, IsEssential = true });
        http.Response.Headers.CacheControl = "no-store";
        var properties = new OpenIdConnectChallengeProperties { RedirectUri = Urls.LocalOrOverview(http.Request.Path + http.Request.QueryString), Prompt = OpenIdConnectPrompt.None };
        properties.SetString(SessionKey, session.ToString());
        properties.SetParameter(OpenIdConnectParameterNames.LoginHint, http.User.Identity!.Name);
        return properties;
    }
}
