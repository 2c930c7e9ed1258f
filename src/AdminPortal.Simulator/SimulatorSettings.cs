namespace AdminPortal.Simulator;

/// <summary>What holds in one world; <c>POST /_sim/reset</c> replaces all of it.</summary>
internal sealed record SimulatorSettings
{
    public int Members { get; init; } = 250;
    public int Invitations { get; init; } = 14;
    public int Seed { get; init; } = 1;
    public string Plan { get; init; } = "teams";
    public int RateLimitPerMinute { get; init; } = 500;
    public string Limiter { get; init; } = "fixed";
    public bool RetryAfter { get; init; } = true;
    public int LatencyMs { get; init; }
    public int? SeatLimit { get; init; }
    public bool ScimEnforced { get; init; }
    public bool RotateRefreshTokens { get; init; } = true;
    public int AccessTokenSeconds { get; init; } = 7200;
    public int TokensPerMinute { get; init; } = 8;

    public IEnumerable<string> Problems()
    {
        var people = SimulatorDefaults.People.Count;
        if (Members < people || Members > 5_000_000) yield return $"members must be between {people} (the demo people are counted) and 5000000";
        if (Invitations is < 0 or > 1_000_000) yield return "invitations must be between 0 and 1000000";
        if (Plan is not ("free" or "teams" or "enterprise")) yield return "plan must be free, teams or enterprise";
        if (RateLimitPerMinute < 1) yield return "rateLimitPerMinute must be at least 1";
        if (Limiter is not ("fixed" or "sliding")) yield return "limiter must be fixed or sliding";
        if (LatencyMs is < 0 or > 600_000) yield return "latencyMs must be between 0 and 600000";
        if (SeatLimit < 0) yield return "seatLimit must not be negative";
        if (AccessTokenSeconds < 1) yield return "accessTokenSeconds must be at least 1";
        if (TokensPerMinute < 1) yield return "tokensPerMinute must be at least 1";
    }
}
