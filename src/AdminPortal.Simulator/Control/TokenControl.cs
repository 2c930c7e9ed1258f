using AdminPortal.Simulator.Calendly;
using AdminPortal.Simulator.Model;
using AdminPortal.Simulator.OAuth;
using AdminPortal.Simulator.Tokens;

namespace AdminPortal.Simulator.Control;

/// <summary>Grants for scripts, their end, and everything secret.</summary>
internal static class TokenControl
{
    public static void MapTokenControl(this IEndpointRouteBuilder control)
    {
        control.MapPost("/tokens", IssueAsync);
        control.MapPost("/tokens/expire", (HttpRequest request, Simulation simulation) => EndAsync(request, simulation, (tokens, user) => tokens.ExpireAll(user)));
        control.MapPost("/tokens/revoke", (HttpRequest request, Simulation simulation) => EndAsync(request, simulation, (tokens, user) => tokens.RevokeAll(user)));
        control.MapGet("/secrets", (Simulation simulation) => Results.Json(simulation.Secrets.All()));
    }

    private sealed record Wish(string? User = null, string? Scope = null, string? Kind = null);

    private sealed record ClientAnswer(TokenAnswer Token) : TokenAnswer(Token)
    {
        public string ClientId => SimulatorDefaults.CalendlyClientId;
        public string ClientSecret => SimulatorDefaults.CalendlyClientSecret;
    }

    private static async Task<IResult> IssueAsync(HttpRequest request, Simulation simulation)
    {
        var wish = await ControlGate.ReadAsync<Wish>(request);
        if (wish.Kind is not (null or "oauth" or "pat")) throw new ControlError(400, "kind must be oauth or pat");
        var scopes = Scopes.Parse(wish.Scope) ?? throw new ControlError(400, "scope holds an unknown scope");
        var world = simulation.World;
        var user = User(world, wish.User ?? throw new ControlError(400, "user is missing"));
        var pair = world.Tokens.Grant(user.UserId, scopes, personal: wish.Kind == "pat");
        if (wish.Kind == "pat" && world.IsMember(user))
        {
            lock (world.Gate) world.Activity.Add(world.Now, ActivityNames.TokenCreated, world.Activity.ActorOf(user), ("name", "Personal access token"));
        }
        return Results.Json(new ClientAnswer(TokenAnswer.From(world, pair)), Wire.Json);
    }

    private sealed record Whom(string? User = null);

    private static async Task<IResult> EndAsync(HttpRequest request, Simulation simulation, Func<TokenStore, string?, int> end)
    {
        var whom = await ControlGate.ReadAsync<Whom>(request);
        var world = simulation.World;
        var user = whom.User is { } email ? User(world, email) : null;
        return Results.Json(new { count = end(world.Tokens, user?.UserId) });
    }

    private static Member User(World world, string email) => world.FindEmail(email) ?? throw new ControlError(404, $"there is no user {email}");
}
