using System.Net.Http.Json;
using System.Text.Json;
using AdminPortal.Simulator;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;

namespace AdminPortal.Calendly.Tests;

/// <summary>The simulator on a port of its own. It shares no type with the client, so a field that one of them misspells is found here.</summary>
internal sealed class SimulatedCalendly : IAsyncDisposable
{
    public const string RedirectUri = "http://localhost/connections/callback";

    private readonly WebApplication simulator;
    private readonly HttpClient control;

    private SimulatedCalendly(WebApplication simulator, Uri address) =>
        (this.simulator, control) = (simulator, new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = address });

    public CalendlyOAuth OAuth(string secret = SimulatorDefaults.CalendlyClientSecret) =>
        new(control, new OAuthClient(SimulatorDefaults.CalendlyClientId, secret));

    /// <param name="settings">As of POST /_sim/reset.</param>
    /// <param name="clock">The simulator's; the system's unless given.</param>
    public static async Task<SimulatedCalendly> StartAsync(object settings, CancellationToken cancellationToken, TimeProvider? clock = null)
    {
        var app = SimulatorHost.Build([
            "--urls", "http://127.0.0.1:0", "--applicationName", "AdminPortal.Simulator", "--contentRoot", AppContext.BaseDirectory, "--Logging:LogLevel:Default=Warning"],
            clock ?? TimeProvider.System);
        await app.StartAsync(cancellationToken);
        var bound = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        var simulated = new SimulatedCalendly(app, new Uri($"http://localhost:{bound.Port}/"));
        await simulated.ControlAsync("reset", settings, cancellationToken);
        return simulated;
    }

    public CalendlyClient With(string token) => new(control, _ => ValueTask.FromResult(token));

    public async Task<CalendlyClient> AsAsync(DemoPerson person, CancellationToken cancellationToken, string scope = "default", string kind = "oauth") =>
        With(await TokenAsync(person, cancellationToken, scope, kind));

    public async Task<string> TokenAsync(DemoPerson person, CancellationToken cancellationToken, string scope = "default", string kind = "oauth") =>
        (await ControlAsync("tokens", new { user = person.Email, scope, kind }, cancellationToken)).GetProperty("access_token").GetString()!;

    /// <summary>A call that the client would not make.</summary>
    public async Task<(int Status, JsonElement Body)> GetAsync(string path, string token, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { Authorization = new("Bearer", token) } };
        using var response = await control.SendAsync(request, cancellationToken);
        return ((int)response.StatusCode, await response.Content.ReadFromJsonAsync<JsonElement>(cancellationToken));
    }

    public Task<JsonElement> ControlAsync(string path, object body, CancellationToken cancellationToken) => ControlAsync(HttpMethod.Post, path, body, cancellationToken);

    public async Task<JsonElement> ControlAsync(HttpMethod method, string path, object? body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, $"_sim/{path}") { Content = body is null ? null : JsonContent.Create(body) };
        using var response = await control.SendAsync(request, cancellationToken);
        response.EnsureSuccessStatusCode();
        return response.Content.Headers.ContentLength == 0 || response.StatusCode == System.Net.HttpStatusCode.NoContent
            ? default
            : await response.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
    }

    /// <summary>What happens to the next calls whose path matches.</summary>
    public Task FaultAsync(object fault, CancellationToken cancellationToken) => ControlAsync("faults", new[] { fault }, cancellationToken);

    /// <summary>The calls of this method and path that changed something.</summary>
    public async Task<int> AppliedAsync(string method, string path, CancellationToken cancellationToken) =>
        (await control.GetFromJsonAsync<JsonElement>($"_sim/requests?method={method}&path={path}", cancellationToken)).EnumerateArray().Count(call => call.GetProperty("applied").GetBoolean());

    /// <summary>What the calls of this path were answered, in order of arrival.</summary>
    public async Task<IReadOnlyList<int>> StatusesAsync(string path, CancellationToken cancellationToken) =>
        [.. (await control.GetFromJsonAsync<JsonElement>($"_sim/requests?path={path}", cancellationToken)).EnumerateArray().Select(call => call.GetProperty("status").GetInt32())];

    /// <summary>Sends the browser's part: agrees on the consent page and comes back with what is in the address.</summary>
    public async Task<IReadOnlyDictionary<string, string>> ConsentAsync(Uri authorize, string answer, string value, CancellationToken cancellationToken)
    {
        var fields = Query(authorize.Query);
        fields[answer] = value;
        using var form = new FormUrlEncodedContent(fields);
        using var response = await control.PostAsync("oauth/authorize", form, cancellationToken);
        Assert.StartsWith(RedirectUri, response.Headers.Location!.ToString(), StringComparison.Ordinal);
        return Query(response.Headers.Location.Query);
    }

    public async ValueTask DisposeAsync()
    {
        control.Dispose();
        await simulator.DisposeAsync();
    }

    private static Dictionary<string, string> Query(string query) => query.TrimStart('?').Split('&').Select(pair => pair.Split('='))
        .ToDictionary(pair => pair[0], pair => Uri.UnescapeDataString(pair[1].Replace('+', ' ')), StringComparer.Ordinal);
}
