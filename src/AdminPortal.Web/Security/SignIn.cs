using System.Security.Claims;
using AdminPortal.Web.Data;
using AdminPortal.Web.Shell;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Microsoft.Identity.Web;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace AdminPortal.Web.Security;

/// <summary>Sign-in through Microsoft.Identity.Web: OpenID Connect with authorization code and PKCE, one tenant.</summary>
public static class SignIn
{
    private const string ReplacedKey = "replaces_session";

    public static void AddSignIn(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        var section = builder.Configuration.GetSection("AzureAd");
        // The cookie challenges: whoever is not signed in sees the portal's own door first, and from there goes to Entra.
        services.AddAuthentication(CookieAuthenticationDefaults.AuthenticationScheme).AddMicrosoftIdentityWebApp(section);
        services.Configure<OpenIdConnectOptions>(OpenIdConnectDefaults.AuthenticationScheme, options =>
        {
            // Settings of the handler that Microsoft.Identity.Web does not take over by itself, RequireHttpsMetadata among them.
            section.GetSection("OpenIdConnect").Bind(options);
            options.ResponseType = "code";
            options.UsePkce = true;
            options.SaveTokens = false;
            options.MapInboundClaims = true;
            options.Scope.Clear();
            options.Scope.Add("openid");
            options.Scope.Add("profile");
            var validated = options.Events.OnTokenValidated;
            options.Events.OnTokenValidated = async context =>
            {
                await validated(context);
                if (context.Principal?.Identity is not ClaimsIdentity identity) return;
                var (sessions, cancellationToken) = (context.HttpContext.RequestServices.GetRequiredService<Sessions>(), context.HttpContext.RequestAborted);
                var ticket = SessionConfirmation.Of(context.Properties) is { } earlier
                    ? await sessions.ConfirmAsync(context.Principal, earlier, cancellationToken)
                    : await sessions.StartAsync(context.Principal, SessionTicket.Parse(context.Properties?.GetString(ReplacedKey)), cancellationToken);
                ticket.WriteTo(identity);
                SessionConfirmation.Forget(context.Properties);
                context.Properties?.Items.Remove(ReplacedKey);
            };
            options.Events.OnRemoteFailure = async context =>
            {
                // Entra's own words can hold personal data and go to nobody: the page says what to do next.
                context.HandleResponse();
                var problem = DatabaseAway.Caused(context.Failure) || DatabaseAway.Caused(context.Failure?.InnerException) ? "database" : "sign-in";
                var refused = context.Failure as RefusedException ?? context.Failure?.InnerException as RefusedException;
                context.Response.Redirect(
                    refused?.Refusal == UseCase.Blocked ? Urls.Blocked
                    : SessionConfirmation.Of(context.Properties) is { } session ? await SessionConfirmation.AfterFailureAsync(context, session, problem)
                    : Urls.Door(problem));
            };
        });
        services.PostConfigure<OpenIdConnectOptions>(OpenIdConnectDefaults.AuthenticationScheme, options =>
        {
            // Exactly one issuer and tenant; https://learn.microsoft.com/entra/identity-platform/access-tokens#validate-the-issuer
            var (instance, tenant) = (section["Instance"]!.TrimEnd('/'), section["TenantId"]);
            options.TokenValidationParameters.IssuerValidator = (issuer, token, _) =>
                issuer == $"{instance}/{tenant}/v2.0" && token is JsonWebToken jwt && jwt.TryGetPayloadValue<string>("tid", out var tid) && tid == tenant
                    ? issuer
                    : throw new SecurityTokenInvalidIssuerException("The token is of another issuer or tenant.");
        });
        services.AddOptions<CookieAuthenticationOptions>(CookieAuthenticationDefaults.AuthenticationScheme)
            .Configure<IOptions<SecurityOptions>, IOptions<PortalOptions>>((cookie, security, portal) =>
            {
                cookie.LoginPath = Urls.Welcome;
                cookie.ReturnUrlParameter = "returnUrl";
                cookie.Cookie.Name = "adminportal";
                cookie.Cookie.SameSite = SameSiteMode.Lax;
                cookie.Cookie.HttpOnly = true;
                cookie.Cookie.SecurePolicy = SecurePolicy(portal.Value);
                cookie.ExpireTimeSpan = security.Value.SessionIdle;
                // Renewed with every page and sign of the person (see SessionCookie) instead of in the second half of its life. The row decides who is
                // idle; the cookie ends by itself where the row cannot be asked.
                cookie.SlidingExpiration = false;
                cookie.Events.OnValidatePrincipal = context => context.HttpContext.RequestServices.GetRequiredService<SessionCookie>().ValidateAsync(context);
                var usual = cookie.Events.OnRedirectToLogin;
                cookie.Events.OnRedirectToLogin = context => SessionCookie.RedirectAsync(context, usual);
            });

        services.AddOptions<AntiforgeryOptions>().Configure<IOptions<PortalOptions>>((antiforgery, portal) => antiforgery.Cookie.SecurePolicy = SecurePolicy(portal.Value));

        services.AddAuthorization(options =>
        {
            options.FallbackPolicy = new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build();
            foreach (var permission in Enum.GetValues<Permission>())
                options.AddPolicy(permission.ToString(), policy => policy.RequireRole(Permissions.RolesFor(permission)));
        });
        services.AddSingleton<IAuthorizationMiddlewareResultHandler, PagesExplainThemselves>();
        services.AddCascadingAuthenticationState();
        services.AddSingleton<People>();
        services.AddSingleton<PeopleService>();
        services.AddSingleton<Sessions>();
        services.AddSingleton<SessionCookie>();
        services.AddSingleton<OpenPages>();
        services.AddHostedService(provider => provider.GetRequiredService<OpenPages>());
        services.AddSingleton<AuditTrail>();
        services.AddSingleton<UseCase>();
        services.AddScoped<CurrentActor>();
    }

    private static CookieSecurePolicy SecurePolicy(PortalOptions portal) => portal.IsHttps ? CookieSecurePolicy.Always : CookieSecurePolicy.SameAsRequest;

    public static void MapSignIn(this WebApplication app)
    {
        app.MapGet("/auth/sign-in", Begin).WithMetadata(new ServesUnconfirmedSessions()).AllowAnonymous();
        app.MapPost(Urls.SignOut, SignOutAsync).WithMetadata(new ServesUnconfirmedSessions()).AllowAnonymous();
        app.MapPost(Urls.SignOutEverywhere, SignOutEverywhereAsync).WithMetadata(new ServesUnconfirmedSessions()).AllowAnonymous();
        // Work on an open page is no request by itself: the page says now and then that somebody is there.
        app.MapPost(Urls.Seen, () => TypedResults.NoContent()).WithMetadata(new RenewsSession(), new ServesUnconfirmedSessions());
    }

    private static ChallengeHttpResult Begin(string? returnUrl, HttpContext http)
    {
        var properties = new AuthenticationProperties { RedirectUri = Urls.LocalOrOverview(returnUrl) };
        // The cookie is not sent along when Entra's form comes back from its own site.
        if (SessionTicket.Of(http.User) is { } had) properties.SetString(ReplacedKey, had.ToString());
        return TypedResults.Challenge(properties, [OpenIdConnectDefaults.AuthenticationScheme]);
    }

    private static Task<IResult> SignOutAsync(HttpContext http, IAntiforgery antiforgery, Sessions sessions) =>
        LeaveAsync(http, antiforgery, session => sessions.EndAsync(session.Id, CancellationToken.None), evenWithoutDatabase: true);

    private static Task<IResult> SignOutEverywhereAsync(HttpContext http, IAntiforgery antiforgery, PeopleService people) =>
        LeaveAsync(http, antiforgery, _ => people.SignOutEverywhereAsync(CurrentActor.Of(http.User), CancellationToken.None), evenWithoutDatabase: false);

    private static async Task<IResult> LeaveAsync(HttpContext http, IAntiforgery antiforgery, Func<SessionTicket, Task> endAsync, bool evenWithoutDatabase)
    {
        // Whose session has ended already is told so; their form is of no use any more, and needs none.
        if (SessionTicket.Of(http.User) is not { } session) return TypedResults.LocalRedirect(Urls.SignedOut);
        if (!await antiforgery.IsRequestValidAsync(http)) return TypedResults.BadRequest();
        try
        {
            await endAsync(session);
        }
        catch (Exception exception) when (DatabaseAway.Caused(exception))
        {
            if (!evenWithoutDatabase) return TypedResults.LocalRedirect(Urls.Door("database"));
        }
        return TypedResults.SignOut(
            new AuthenticationProperties { RedirectUri = Urls.SignedOut }, [CookieAuthenticationDefaults.AuthenticationScheme, OpenIdConnectDefaults.AuthenticationScheme]);
    }
}
