using System.Net.Http.Json;
using AdminPortal.Simulator;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;

namespace AdminPortal.Testing;

/// <summary>The simulator in this process, on a port of its own.</summary>
public sealed class SimulatorServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private SimulatorServer(WebApplication app, Uri address) => (_app, Address, Http) = (app, address, new HttpClient { BaseAddress = address });

    /// <summary>Always under the name localhost, as the portal: cookies and redirects are of one site then.</summary>
    public Uri Address { get; }

    /// <summary>For the control calls below /_sim.</summary>
    public HttpClient Http { get; }

    public static async Task<SimulatorServer> StartAsync(int members, int invitations, CancellationToken cancellationToken)
    {
        var app = SimulatorHost.Build([
            "--urls", "http://127.0.0.1:0", "--applicationName", "AdminPortal.Simulator", "--contentRoot", EmptyFolder.Path,
            "--members", $"{members}", "--invitations", $"{invitations}", "--Logging:LogLevel:Default=Warning"]);
        await app.StartAsync(cancellationToken);
        var bound = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        return new(app, new($"http://localhost:{bound.Port}"));
    }

    /// <summary>Every token, code and secret that it ever issued or was sent.</summary>
    public async Task<IReadOnlyList<string>> SecretsAsync(CancellationToken cancellationToken) => await Http.GetFromJsonAsync<List<string>>("_sim/secrets", cancellationToken) ?? [];

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync();
    }
}
