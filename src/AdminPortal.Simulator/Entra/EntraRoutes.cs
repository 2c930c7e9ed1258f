using System.Buffers.Text;
using System.Text;
using AdminPortal.Simulator.Pages;
using AdminPortal.Simulator.Tokens;

namespace AdminPortal.Simulator.Entra;

/// <summary>Marks what is not Calendly: no ledger, no faults, no budget.</summary>
internal sealed record EntraArea;

/// <summary>Discovery, keys and token endpoint: https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc</summary>
internal static class EntraRoutes
{
    public static void MapEntra(this IEndpointRouteBuilder routes)
    {
        var tenant = routes.MapGroup("/{tid:guid}").WithMetadata(new EntraArea());
        tenant.AddEndpointFilter(async (context, next) =>
            SimulatorDefaults.TenantId.Equals(context.HttpContext.Request.RouteValues["tid"]?.ToString(), StringComparison.OrdinalIgnoreCase)
                ? await next(context)
                : Error("invalid_tenant", "AADSTS90002: Tenant not found."));
        tenant.MapGet("/v2.0/.well-known/openid-configuration", Discovery);
        tenant.MapGet("/discovery/v2.0/keys", Keys);
        tenant.MapPost("/oauth2/v2.0/token", TokenAsync);
        tenant.MapSignIn();
    }

    public static string Base(HttpRequest request) => $"{request.Scheme}://{request.Host}/{SimulatorDefaults.TenantId}";

    private static IResult Discovery(HttpRequest request)
    {
        var tenant = Base(request);
        return Results.Json(new
        {
            issuer = $"{tenant}/v2.0",
            authorization_endpoint = $"{tenant}/oauth2/v2.0/authorize",
            token_endpoint = $"{tenant}/oauth2/v2.0/token",
            end_session_endpoint = $"{tenant}/oauth2/v2.0/logout",
            jwks_uri = $"{tenant}/discovery/v2.0/keys",
            response_types_supported = new[] { "code" },
            response_modes_supported = new[] { "query", "form_post" },
            subject_types_supported = new[] { "pairwise" },
            id_token_signing_alg_values_supported = new[] { "RS256" },
            code_challenge_methods_supported = new[] { "S256" },
            token_endpoint_auth_methods_supported = new[] { "client_secret_post", "client_secret_basic" },
            scopes_supported = new[] { "openid", "profile", "email", "offline_access" },
            claims_supported = new[] { "sub", "iss", "aud", "exp", "iat", "nonce", "name", "preferred_username", "oid", "tid", "ver", "roles" },
            http_logout_supported = true,
        });
    }

    private static IResult Keys(Simulation simulation)
    {
        var key = simulation.Entra.PublicKey;
        return Results.Json(new
        {
            keys = new[]
            {
                new { kty = "RSA", use = "sig", alg = "RS256", kid = simulation.Entra.KeyId, n = Base64Url.EncodeToString(key.Modulus), e = Base64Url.EncodeToString(key.Exponent) },
            },
        });
    }

    private static async Task<IResult> TokenAsync(HttpRequest request, Simulation simulation)
    {
        if (!request.HasFormContentType) return Error("invalid_request", "AADSTS900144: The request body must be a form.");
        var form = await request.ReadFormAsync(request.HttpContext.RequestAborted);
        var (client, secret) = Client(request, form);
        if (client != SimulatorDefaults.EntraClientId) return Error("unauthorized_client", $"AADSTS700016: Application with identifier '{client}' was not found in the directory.");
        if (secret != SimulatorDefaults.EntraClientSecret) return Error("invalid_client", "AADSTS7000215: Invalid client secret provided.", StatusCodes.Status401Unauthorized);
        if (form["grant_type"] != "authorization_code") return Error("unsupported_grant_type", "AADSTS70003: The app requested an unsupported grant type.");
        simulation.Secrets.Received(form["code_verifier"]);
        var code = simulation.Entra.TakeCode(form["code"]);
        if (code is null) return Error("invalid_grant", "AADSTS70008: The provided authorization code is invalid, has expired or was already redeemed.");
        if (code.ClientId != client || code.RedirectUri != form["redirect_uri"]) return Error("invalid_grant", "AADSTS50011: The redirect URI does not match the one of the authorization request.");
        if (!Pkce.Proves(code.Challenge, form["code_verifier"])) return Error("invalid_grant", "AADSTS501481: The Code_Verifier does not match the code_challenge supplied in the authorization request.");
        if (simulation.Entra.Find(code.Oid) is not { Enabled: true } person) return Error("invalid_grant", "AADSTS50057: The user account is disabled.");
        var issuer = $"{Base(request)}/v2.0";
        request.HttpContext.Response.Headers.CacheControl = "no-store";
        return Results.Json(new
        {
            token_type = "Bearer",
            scope = code.Scope,
            expires_in = 3600,
            ext_expires_in = 3600,
            access_token = simulation.Entra.AccessToken(person, issuer),
            id_token = simulation.Entra.IdToken(person, code, issuer),
        });
    }

    private static (string? Client, string? Secret) Client(HttpRequest request, IFormCollection form)
    {
        var header = request.Headers.Authorization.ToString();
        if (!header.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase)) return (form["client_id"], form["client_secret"]);
        var buffer = new byte[header.Length];
        if (!Convert.TryFromBase64String(header[6..].Trim(), buffer, out var length)) return (null, null);
        var parts = Encoding.UTF8.GetString(buffer, 0, length).Split(':', 2);
        return (Uri.UnescapeDataString(parts[0]), parts.Length == 2 ? Uri.UnescapeDataString(parts[1]) : null);
    }

    private static IResult Error(string error, string description, int status = StatusCodes.Status400BadRequest) =>
        Results.Json(new { error, error_description = description }, statusCode: status);

    public static IResult ErrorPage(string message) =>
        Html.Page("Sign-in is not possible", SignInRoutes.Kind, $"""<p class="error" role="alert">{Html.E(message)}</p>""", StatusCodes.Status400BadRequest);
}
