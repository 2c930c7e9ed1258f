using AdminPortal.Demo;
using AdminPortal.Web;
using Microsoft.AspNetCore.Builder;

namespace AdminPortal.Testing;

/// <summary>Simulator, database and portal, all real, the first and the last in this process.</summary>
public sealed class World : IAsyncDisposable
{
    private readonly WebApplication _portal;

    private World(WebApplication portal, Uri portalUrl, SimulatorServer simulator, TestDatabase database) =>
        (_portal, PortalUrl, Simulator, Database) = (portal, portalUrl, simulator, database);

    public Uri PortalUrl { get; }

    public SimulatorServer Simulator { get; }

    public TestDatabase Database { get; }

    /// <summary>The portal's own services, to call a use case as no page would.</summary>
    public IServiceProvider Services => _portal.Services;

    public static async Task<World> StartAsync(PostgresFixture postgres, WorldOptions options, CancellationToken cancellationToken)
    {
        var database = await postgres.CloneAsync(cancellationToken);
        try
        {
            var simulator = await SimulatorServer.StartAsync(options.Members, options.Invitations, cancellationToken);
            try
            {
                var (portal, address) = await ServeAsync(database, simulator.Address, options.Settings, cancellationToken);
                return new(portal, address, simulator, database);
            }
            catch
            {
                await simulator.DisposeAsync();
                throw;
            }
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }
    }

    /// <summary>One more portal on the same database and simulator.</summary>
    public static async Task<(WebApplication Portal, Uri Address)> ServeAsync(
        TestDatabase database, Uri simulator, IReadOnlyDictionary<string, string>? settings, CancellationToken cancellationToken)
    {
        var port = Ports.Free();
        var address = new Uri($"http://localhost:{port}");
        var portal = Portal.Build([
            "--urls", $"http://127.0.0.1:{port}", "--environment", "Production", "--applicationName", "AdminPortal.Web", "--contentRoot", EmptyFolder.Path,
            .. PortalSettings.ToArguments(await SettingsAsync(database, address, simulator, settings, cancellationToken))]);
        try
        {
            await Portal.ServeAsync(portal, cancellationToken);
            return (portal, address);
        }
        catch
        {
            await portal.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _portal.StopAsync();
        await _portal.DisposeAsync();
        await Simulator.DisposeAsync();
        await Database.DisposeAsync();
    }

    internal static async Task<IReadOnlyDictionary<string, string>> SettingsAsync(
        TestDatabase database, Uri portal, Uri simulator, IReadOnlyDictionary<string, string>? settings, CancellationToken cancellationToken)
    {
        var all = PortalSettings.For(database.AppConnectionString, portal, simulator, await TestCertificate.FilesAsync(cancellationToken));
        foreach (var (key, value) in settings ?? new Dictionary<string, string>()) all[key] = value;
        return all;
    }
}
