using AdminPortal.Simulator.Calls;
using AdminPortal.Simulator.Pages;
using AdminPortal.Simulator.Tokens;

namespace AdminPortal.Simulator.OAuth;

/// <summary>Calendly's consent page; one button per demo person, so that a wrong account can be connected as well.</summary>
internal static class ConsentEndpoints
{
    private const string Kind = "Calendly (simulated)";
    private static readonly string[] Fields = ["client_id", "response_type", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method"];

    public static void MapConsent(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/oauth/authorize", Ask);
        routes.MapPost("/oauth/authorize", AnswerAsync);
    }

    private static IResult Ask(Call call)
    {
        var values = call.Http.Request.Query.ToDictionary(pair => pair.Key, pair => pair.Value.ToString(), StringComparer.Ordinal);
        if (Refuse(call, values) is { } refusal) return refusal;
        var hint = values.GetValueOrDefault("login_hint");
        var people = SimulatorDefaults.People.OrderBy(person => person.Email.Equals(hint, StringComparison.OrdinalIgnoreCase) ? 0 : 1);
        var scopes = Scopes.Parse(values.GetValueOrDefault("scope"))!;
        return Html.Page(
            "AdminPortal wants to use your Calendly account",
            Kind,
            $"""
            <h2>It will be able to</h2>
            <ul class="scopes">{string.Concat(scopes.Select(scope => $"<li>{Html.E(Scopes.Words[scope])}</li>"))}</ul>
            <form method="post" action="/oauth/authorize">
            {Html.Hidden(values.Where(pair => Fields.Contains(pair.Key)))}
            <ul class="people">{string.Concat(people.Select(person => Button(call, person)))}</ul>
            <button class="plain" name="answer" value="cancel">Cancel</button>
            </form>
            """);
    }

    private static string Button(Call call, DemoPerson person)
    {
        var user = call.World.FindUser(UserId(call, person));
        var role = user is null ? "" : call.World.IsMember(user) ? user.Role : "not in the organization";
        return $"""<li class="person"><button name="user" value="{Html.E(person.Email)}">Connect as {Html.E(person.Name)}</button><span>{Html.E(role)}</span></li>""";
    }

    /// <summary>By the account that the world was made with: its address may have been changed since.</summary>
    private static string UserId(Call call, DemoPerson person) => call.World.DemoUserIds[person.Email];

    private static async Task<IResult> AnswerAsync(Call call)
    {
        var form = await call.Http.Request.ReadFormAsync(call.Http.RequestAborted);
        var values = form.ToDictionary(pair => pair.Key, pair => pair.Value.ToString(), StringComparer.Ordinal);
        if (Refuse(call, values) is { } refusal) return refusal;
        if (values.GetValueOrDefault("answer") == "cancel")
            return Back(values, ("error", "access_denied"), ("error_description", "The resource owner or authorization server denied the request."));
        if (!call.World.DemoUserIds.TryGetValue(values.GetValueOrDefault("user") ?? "", out var userId)) return Broken("Nobody was chosen.");
        var user = call.World.FindUser(userId)!;
        call.Entry.User = user.Email;
        var code = call.World.Tokens.IssueCode(
            user.UserId,
            values["client_id"],
            values["redirect_uri"],
            Scopes.Parse(values.GetValueOrDefault("scope"))!,
            values.GetValueOrDefault("code_challenge") is { Length: > 0 } challenge ? challenge : null);
        call.Applied();
        return Back(values, ("code", code.Value));
    }

    /// <summary>A wrong client or address must never be redirected to; anything else is told to the client.</summary>
    private static IResult? Refuse(Call call, Dictionary<string, string> values)
    {
        call.Simulation.Secrets.Received(values.GetValueOrDefault("state"));
        if (values.GetValueOrDefault("client_id") != SimulatorDefaults.CalendlyClientId)
            return Broken("Client authentication failed due to unknown client, no client authentication included, or unsupported authentication method.");
        if (!call.Simulation.Options.AllowsRedirect(values.GetValueOrDefault("redirect_uri"), "/connections/callback"))
            return Broken("The requested redirect uri is malformed or doesn't match client redirect URI.");
        if (values.GetValueOrDefault("response_type") != "code")
            return Back(values, ("error", "unsupported_response_type"), ("error_description", "The authorization server does not support this response type."));
        if (Scopes.Parse(values.GetValueOrDefault("scope")) is null)
            return Back(values, ("error", "invalid_scope"), ("error_description", "The requested scope is invalid, unknown, or malformed."));
        var challenge = values.GetValueOrDefault("code_challenge");
        if (!string.IsNullOrEmpty(challenge) && (!Pkce.IsChallenge(challenge) || values.GetValueOrDefault("code_challenge_method") != "S256"))
            return Back(values, ("error", "invalid_request"), ("error_description", "The code_challenge_method must be S256."));
        return null;
    }

    private static IResult Broken(string message) =>
        Html.Page("An error has occurred", Kind, $"""<p class="error" role="alert">{Html.E(message)}</p>""", StatusCodes.Status400BadRequest);

    private static IResult Back(Dictionary<string, string> values, params (string Name, string Value)[] answer)
    {
        var query = answer.Select(pair => KeyValuePair.Create(pair.Name, pair.Value)).ToList();
        if (values.GetValueOrDefault("state") is { Length: > 0 } state) query.Add(KeyValuePair.Create("state", state));
        return Results.Redirect(Html.WithQuery(values["redirect_uri"], query));
    }
}
