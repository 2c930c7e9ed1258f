using AdminPortal.Simulator.Pages;
using AdminPortal.Simulator.Tokens;
using Microsoft.AspNetCore.Mvc;

namespace AdminPortal.Simulator.Entra;

/// <summary>The sign-in page: one button per demo person. It is always shown, unless the client asks for a silent sign-in.</summary>
internal static class SignInRoutes
{
    public const string Kind = "Microsoft Entra ID (simulated)";
    private static readonly string[] Fields =
        ["client_id", "response_type", "redirect_uri", "response_mode", "scope", "state", "nonce", "code_challenge", "code_challenge_method", "login_hint"];

    public static void MapSignIn(this IEndpointRouteBuilder tenant)
    {
        tenant.MapGet("/oauth2/v2.0/authorize", Ask);
        tenant.MapPost("/login", AnswerAsync);
        tenant.MapGet("/oauth2/v2.0/logout", Leave);
    }

    private static IResult Ask(HttpContext http, Simulation simulation)
    {
        var values = http.Request.Query.ToDictionary(pair => pair.Key, pair => pair.Value.ToString(), StringComparer.Ordinal);
        if (Refuse(simulation, values) is { } refusal) return refusal;
        if (values.GetValueOrDefault("prompt") != "none") return SignInPage(simulation, values, null);
        var person = simulation.Entra.FindSession(http.Request.Cookies[CookieName(http)]);
        var hint = values.GetValueOrDefault("login_hint");
        if (person is { Enabled: false }) return Back(values, ("error", "interaction_required"), ("error_description", "AADSTS50057: The user account is disabled."));
        return person is not null && (string.IsNullOrEmpty(hint) || person.Email.Equals(hint, StringComparison.OrdinalIgnoreCase))
            ? SignIn(simulation, values, person)
            : Back(values, ("error", "login_required"), ("error_description", "AADSTS50058: A silent sign-in request was sent but no user is signed in."));
    }

    private static async Task<IResult> AnswerAsync(HttpContext http, Simulation simulation)
    {
        if (!http.Request.HasFormContentType) return EntraRoutes.ErrorPage("Nobody was chosen.");
        var form = await http.Request.ReadFormAsync(http.RequestAborted);
        var values = form.ToDictionary(pair => pair.Key, pair => pair.Value.ToString(), StringComparer.Ordinal);
        if (Refuse(simulation, values) is { } refusal) return refusal;
        if (simulation.Entra.Find(values.GetValueOrDefault("oid")) is not { } person) return SignInPage(simulation, values, "Nobody was chosen.");
        if (!person.Enabled) return SignInPage(simulation, values, $"AADSTS50057: The account of {person.Name} is disabled.");
        simulation.Entra.EndSession(http.Request.Cookies[CookieName(http)]);
        http.Response.Cookies.Append(CookieName(http), simulation.Entra.StartSession(person.Oid), new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Lax, Path = "/" });
        return SignIn(simulation, values, person);
    }

    private static IResult Leave(HttpContext http, Simulation simulation, [FromQuery(Name = "post_logout_redirect_uri")] string? address, string? state)
    {
        simulation.Entra.EndSession(http.Request.Cookies[CookieName(http)]);
        http.Response.Cookies.Delete(CookieName(http));
        if (!simulation.Options.AllowsRedirect(address, "/signout-callback-oidc"))
            return Html.Page("You are signed out", Kind, "<p>You can close this window.</p>");
        return Results.Redirect(string.IsNullOrEmpty(state) ? address! : Html.WithQuery(address!, [KeyValuePair.Create("state", state)]));
    }

    /// <summary>Cookies do not tell ports apart, and several simulators may run on one host.</summary>
    private static string CookieName(HttpContext http) => $"entra_session_{http.Request.Host.Port ?? 80}";

    private static IResult? Refuse(Simulation simulation, Dictionary<string, string> values)
    {
        simulation.Secrets.Received(values.GetValueOrDefault("state"));
        var client = values.GetValueOrDefault("client_id");
        if (client != SimulatorDefaults.EntraClientId) return EntraRoutes.ErrorPage($"AADSTS700016: Application with identifier '{client}' was not found in the directory.");
        if (!simulation.Options.AllowsRedirect(values.GetValueOrDefault("redirect_uri"), "/signin-oidc"))
            return EntraRoutes.ErrorPage("AADSTS50011: The redirect URI specified in the request does not match the redirect URIs configured for the application.");
        if (values.GetValueOrDefault("response_mode") is not (null or "" or "query" or "form_post")) return EntraRoutes.ErrorPage("AADSTS70007: This response_mode is not supported.");
        if (values.GetValueOrDefault("response_type") != "code") return Back(values, ("error", "unsupported_response_type"), ("error_description", "AADSTS700051: response_type is not enabled for the application."));
        if (!(values.GetValueOrDefault("scope") ?? "").Split(' ').Contains("openid")) return Back(values, ("error", "invalid_request"), ("error_description", "AADSTS70011: The scope must contain openid."));
        var challenge = values.GetValueOrDefault("code_challenge");
        if (!string.IsNullOrEmpty(challenge) && (!Pkce.IsChallenge(challenge) || values.GetValueOrDefault("code_challenge_method") != "S256"))
            return Back(values, ("error", "invalid_request"), ("error_description", "AADSTS50147: Only the S256 code challenge is supported."));
        return null;
    }

    private static IResult SignInPage(Simulation simulation, Dictionary<string, string> values, string? error)
    {
        var hint = values.GetValueOrDefault("login_hint");
        var people = simulation.Entra.People().OrderBy(person => person.Email.Equals(hint, StringComparison.OrdinalIgnoreCase) ? 0 : 1);
        var buttons = people.Select(person =>
            $"""
            <li class="person"><button name="oid" value="{person.Oid}" aria-describedby="r-{person.Oid}">{Html.E(person.Name)}</button>
            <span id="r-{person.Oid}">{Html.E(person.Roles.Count == 0 ? "no role" : string.Join(", ", person.Roles))}{(person.Enabled ? "" : " (disabled)")}</span></li>
            """);
        return Html.Page(
            "Sign in",
            Kind,
            $"""
            <p>Choose who you are.</p>{(error is null ? "" : $"""<p class="error" role="alert">{Html.E(error)}</p>""")}
            <form method="post" action="/{SimulatorDefaults.TenantId}/login">
            {Html.Hidden(values.Where(pair => Fields.Contains(pair.Key)))}
            <ul class="people">{string.Concat(buttons)}</ul></form>
            """);
    }

    private static IResult SignIn(Simulation simulation, Dictionary<string, string> values, EntraPerson person)
    {
        var challenge = values.GetValueOrDefault("code_challenge");
        var code = simulation.Entra.IssueCode(
            person,
            values["client_id"],
            values["redirect_uri"],
            values.GetValueOrDefault("nonce"),
            string.IsNullOrEmpty(challenge) ? null : challenge,
            values["scope"]);
        return Back(values, ("code", code));
    }

    /// <summary>By query, or as a form that the page posts by itself (OAuth 2.0 Form Post Response Mode).</summary>
    private static IResult Back(Dictionary<string, string> values, params (string Name, string Value)[] answer)
    {
        var fields = answer.Select(pair => KeyValuePair.Create(pair.Name, pair.Value)).ToList();
        if (values.GetValueOrDefault("state") is { Length: > 0 } state) fields.Add(KeyValuePair.Create("state", state));
        var target = values["redirect_uri"];
        if (values.GetValueOrDefault("response_mode") != "form_post") return Results.Redirect(Html.WithQuery(target, fields));
        return Html.Page(
            "Signing you in",
            Kind,
            $"""<form method="post" action="{Html.E(target)}">{Html.Hidden(fields)}<button>Continue</button></form><script>document.forms[0].submit()</script>""");
    }
}
