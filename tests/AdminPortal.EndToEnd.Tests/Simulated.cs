using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization;
using AdminPortal.Testing;

namespace AdminPortal.EndToEnd.Tests;

/// <summary>One call that the simulator received, as its ledger tells it.</summary>
internal sealed record LedgerEntry(
    [property: JsonPropertyName("method")] string Method, [property: JsonPropertyName("path")] string Path,
    [property: JsonPropertyName("status")] int? Status, [property: JsonPropertyName("user")] string? User, [property: JsonPropertyName("applied")] bool Applied);

internal static class Simulated
{
    public static async Task<IReadOnlyList<LedgerEntry>> RemovalsAsync(this SimulatorServer simulator, CancellationToken cancellationToken) =>
        await simulator.Http.GetFromJsonAsync<List<LedgerEntry>>("/_sim/requests?method=DELETE&path=/organization_memberships", cancellationToken) ?? [];

    public static async Task FaultAsync(this SimulatorServer simulator, object fault, CancellationToken cancellationToken) =>
        (await simulator.Http.PostAsJsonAsync("/_sim/faults", new[] { fault }, cancellationToken)).EnsureSuccessStatusCode();

    /// <summary>A personal access token as its owner would make it in Calendly.</summary>
    public static async Task<string> PersonalTokenAsync(this SimulatorServer simulator, string email, string scope, CancellationToken cancellationToken)
    {
        using var answer = await simulator.Http.PostAsJsonAsync("/_sim/tokens", new { user = email, scope, kind = "pat" }, cancellationToken);
        return (await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>(cancellationToken)).GetProperty("access_token").GetString()!;
    }

    /// <summary>Ends every grant of this person at Calendly.</summary>
    public static async Task RevokeAsync(this SimulatorServer simulator, string email, CancellationToken cancellationToken) =>
        (await simulator.Http.PostAsJsonAsync("/_sim/tokens/revoke", new { user = email }, cancellationToken)).EnsureSuccessStatusCode();
}
