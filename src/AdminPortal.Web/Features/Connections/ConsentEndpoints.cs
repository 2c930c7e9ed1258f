using AdminPortal.Web.Data;
using AdminPortal.Web.Security;
using AdminPortal.Web.Shell;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;

namespace AdminPortal.Web.Features.Connections;

/// <summary>The two addresses around Calendly's consent page: the form that leaves, and the callback that comes back.</summary>
public static class ConsentEndpoints
{
    private const string BrowserCookie = "adminportal.consent";

    public static void MapConnections(this WebApplication app)
    {
        app.MapPost("/connections/connect", LeaveAsync);
        // Whoever is signed out meanwhile is told so, instead of carrying the code through another sign-in.
        // A confirmation that grew old there is told as such as well: this is no page that could be confirmed on its way.
        app.MapGet(CalendlySignIn.CallbackPath, ReturnAsync).WithMetadata(new ServesUnconfirmedSessions()).AllowAnonymous();
    }

    private static async Task<IResult> LeaveAsync(
        [FromForm] string? returnUrl, HttpContext http, ConnectService connect, ConsentNotice notice, IOptions<PortalOptions> portal, CancellationToken cancellationToken)
    {
        try
        {
            var start = await connect.BeginAsync(returnUrl, http.Request.Cookies[BrowserCookie], CurrentActor.Of(http.User), cancellationToken);
            http.Response.Cookies.Append(BrowserCookie, start.BrowserSecret, Cookie(portal.Value, Consent.Lifetime));
            // A redirect result would log where it leads to, and with that the state.
            http.Response.Redirect(start.AuthorizeUri.AbsoluteUri);
            return TypedResults.Empty;
        }
        catch (RefusedException refused)
        {
            return Problem(ConnectProblem.Of(refused.Refusal), notice, CurrentActor.Of(http.User));
        }
    }

    private static async Task<IResult> ReturnAsync(HttpContext http, ConnectService connect, ConsentNotice notice, CancellationToken cancellationToken)
    {
        // The address holds the code: it is kept nowhere and told to nobody.
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers["Referrer-Policy"] = "no-referrer";
        var query = http.Request.Query;
        // A parameter given twice becomes one that is known to nobody.
        var answer = new ConsentAnswer(query["state"], query["code"], query["error"], http.Request.Cookies[BrowserCookie]);
        var actor = http.User.Identity?.IsAuthenticated == true ? CurrentActor.Of(http.User) : null;
        try
        {
            var result = await connect.FinishAsync(answer, actor, cancellationToken);
            if (result.Problem is { } problem) return Problem(problem, notice, actor);
            return TypedResults.LocalRedirect(result.LeftToken ? QueryHelpers.AddQueryString(result.ReturnUrl!, Urls.LeftToken, notice.Seal(Urls.LeftToken, actor)) : result.ReturnUrl!);
        }
        catch (Exception exception) when (DatabaseAway.Caused(exception))
        {
            return Problem(ConnectProblem.NotStored, notice, actor);
        }
    }

    private static RedirectHttpResult Problem(string code, ConsentNotice notice, Actor? actor) => TypedResults.LocalRedirect($"{Urls.Connections}?problem={code}&seal={notice.Seal(code, actor)}");

    private static CookieOptions Cookie(PortalOptions portal, TimeSpan lifetime) => new()
    {
        HttpOnly = true,
        SameSite = SameSiteMode.Lax,
        Secure = portal.IsHttps,
        Path = "/connections",
        MaxAge = lifetime,
        IsEssential = true,
    };
}
