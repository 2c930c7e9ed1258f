using System.Text.Json;
using AdminPortal.Simulator.Calls;

namespace AdminPortal.Simulator.Control;

/// <summary>World, ledger, faults and Entra's people.</summary>
internal static class ControlRoutes
{
    public static void MapControl(this IEndpointRouteBuilder routes)
    {
        var control = routes.MapGroup("/_sim");
        control.MapPost("/reset", ResetAsync);
        control.MapGet("/state", State);
        control.MapGet("/requests", (Simulation simulation, string? method, string? path, long after = 0) => Results.Json(simulation.Ledger.Read(after, method, path)));
        control.MapPost("/faults", ArmAsync);
        control.MapDelete("/faults", (Simulation simulation) =>
        {
            simulation.Faults.Clear();
            return Results.NoContent();
        });
        control.MapGet("/people", (Simulation simulation) => Results.Json(simulation.Entra.People()));
        control.MapPatch("/people/{oid}", ChangePersonAsync);
        control.MapMemberControl();
        control.MapTokenControl();
        control.MapFallback("/{**path}", IResult () => throw new ControlError(404, "there is no such control call"));
    }

    private sealed record Reset
    {
        public int? Members { get; init; }
        public int? Invitations { get; init; }
        public int? Seed { get; init; }
        public string? Plan { get; init; }
        public int? RateLimitPerMinute { get; init; }
        public string? Limiter { get; init; }
        public bool? RetryAfter { get; init; }
        public int? LatencyMs { get; init; }
        public int? SeatLimit { get; init; }
        public bool? ScimEnforced { get; init; }
        public bool? RotateRefreshTokens { get; init; }
        public int? AccessTokenSeconds { get; init; }
        public int? TokensPerMinute { get; init; }
    }

    /// <summary>What is not given is as it was at the start of the program.</summary>
    private static async Task<IResult> ResetAsync(HttpRequest request, Simulation simulation)
    {
        var wish = await ControlGate.ReadAsync<Reset>(request);
        var start = simulation.Options.Settings;
        var plan = wish.Plan ?? start.Plan;
        var settings = new SimulatorSettings
        {
            Members = wish.Members ?? start.Members,
            Invitations = wish.Invitations ?? start.Invitations,
            Seed = wish.Seed ?? start.Seed,
            Plan = plan,
            RateLimitPerMinute = wish.RateLimitPerMinute ?? (plan == "free" ? 50 : start.RateLimitPerMinute),
            Limiter = wish.Limiter ?? start.Limiter,
            RetryAfter = wish.RetryAfter ?? start.RetryAfter,
            LatencyMs = wish.LatencyMs ?? start.LatencyMs,
            SeatLimit = wish.SeatLimit ?? start.SeatLimit,
            ScimEnforced = wish.ScimEnforced ?? start.ScimEnforced,
            RotateRefreshTokens = wish.RotateRefreshTokens ?? start.RotateRefreshTokens,
            AccessTokenSeconds = wish.AccessTokenSeconds ?? start.AccessTokenSeconds,
            TokensPerMinute = wish.TokensPerMinute ?? start.TokensPerMinute,
        };
        var problems = settings.Problems().ToList();
        if (problems.Count > 0) throw new ControlError(400, string.Join("; ", problems));
        simulation.Reset(settings);
        return State(simulation);
    }

    private static IResult State(Simulation simulation)
    {
        var world = simulation.World;
        Dictionary<string, int> members = new() { ["owner"] = 0, ["admin"] = 0, ["user"] = 0 };
        Dictionary<string, int> invitations = new() { ["pending"] = 0, ["accepted"] = 0, ["declined"] = 0 };
        lock (world.Gate)
        {
            foreach (var member in world.Roster.Members) members[member.Role] = members.GetValueOrDefault(member.Role) + 1;
            foreach (var invitation in world.Invitations.All) invitations[invitation.Status]++;
        }
        return Results.Json(new { organization = world.Uris.Organization(world.OrganizationId), members, invitations, settings = world.Settings });
    }

    private static async Task<IResult> ArmAsync(HttpRequest request, Simulation simulation)
    {
        List<Fault> faults;
        try
        {
            faults = await JsonSerializer.DeserializeAsync<List<Fault>>(request.Body, ControlGate.Json, request.HttpContext.RequestAborted) ?? [];
        }
        catch (JsonException error)
        {
            throw new ControlError(400, error.Message);
        }
        var problems = faults.SelectMany((fault, index) => fault is null ? [$"fault {index} is null"] : fault.Problems().Select(problem => $"fault {index}: {problem}")).ToList();
        if (problems.Count > 0) throw new ControlError(400, string.Join("; ", problems));
        simulation.Faults.Arm(faults);
        return Results.NoContent();
    }

    private sealed record PersonChange(IReadOnlyList<string>? Roles = null, bool? Enabled = null);

    private static async Task<IResult> ChangePersonAsync(HttpRequest request, Simulation simulation, string oid)
    {
        var change = await ControlGate.ReadAsync<PersonChange>(request);
        return simulation.Entra.Change(oid, change.Roles, change.Enabled) is { } person ? Results.Json(person) : throw new ControlError(404, "there is no such person");
    }
}
