using System.Globalization;
using AdminPortal.Web.Data;
using AdminPortal.Web.Shell;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.Extensions.Options;
using Microsoft.Identity.Web;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace AdminPortal.Web.Security;

/// <summary>Sign-in through Microsoft.Identity.Web: OpenID Connect with authorization code and PKCE, one tenant.</summary>
public static class SignIn
{
    private const string StartedKey = "session_started";

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
                if (context.Principal is null) return;
                await context.HttpContext.RequestServices.GetRequiredService<People>().ConfirmAsync(context.Principal, context.HttpContext.RequestAborted);
                context.Properties?.SetString(StartedKey, context.HttpContext.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow().ToString("O", CultureInfo.InvariantCulture));
            };
            options.Events.OnRemoteFailure = context =>
            {
                // Entra's own words can hold personal data and go to nobody: the page says what to do next.
                context.HandleResponse();
                var problem = DatabaseAway.Caused(context.Failure) || DatabaseAway.Caused(context.Failure?.InnerException) ? "database" : "sign-in";
                context.Response.Redirect($"{Urls.Welcome}?problem={problem}");
                return Task.CompletedTask;
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
            .Configure<IOptions<SecurityOptions>, IOptions<PortalOptions>, TimeProvider>((cookie, security, portal, clock) =>
            {
                cookie.LoginPath = Urls.Welcome;
                cookie.ReturnUrlParameter = "returnUrl";
                cookie.Cookie.Name = "adminportal";
                cookie.Cookie.SameSite = SameSiteMode.Lax;
                cookie.Cookie.HttpOnly = true;
                cookie.Cookie.SecurePolicy = SecurePolicy(portal.Value);
                cookie.ExpireTimeSpan = security.Value.SessionIdle;
                cookie.SlidingExpiration = true;
                cookie.Events.OnValidatePrincipal = async context =>
                {
                    var started = context.Properties.GetString(StartedKey);
                    if (DateTimeOffset.TryParse(started, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var at)
                        && clock.GetUtcNow() - at < security.Value.SessionAbsolute) return;
                    context.RejectPrincipal();
                    await context.HttpContext.SignOutAsync(CookieAuthenticationDefaults.AuthenticationScheme);
                };
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
        services.AddSingleton<AuditTrail>();
        services.AddSingleton<UseCase>();
        services.AddScoped<CurrentActor>();
    }

    private static CookieSecurePolicy SecurePolicy(PortalOptions portal) => portal.IsHttps ? CookieSecurePolicy.Always : CookieSecurePolicy.SameAsRequest;

    public static void MapSignIn(this WebApplication app)
    {
        app.MapGet("/auth/sign-in", (string? returnUrl) => TypedResults.Challenge(
                new AuthenticationProperties { RedirectUri = Urls.LocalOrOverview(returnUrl) }, [OpenIdConnectDefaults.AuthenticationScheme]))
            .AllowAnonymous();
        app.MapPost(Urls.SignOut, () => TypedResults.SignOut(
                new AuthenticationProperties { RedirectUri = Urls.SignedOut },
                [CookieAuthenticationDefaults.AuthenticationScheme, OpenIdConnectDefaults.AuthenticationScheme]))
            .WithMetadata(new RequireAntiforgeryTokenAttribute(true))
            .AllowAnonymous();
    }
}
