using AdminPortal.Demo;
using AdminPortal.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AdminPortal.Testing;

/// <summary>Simulator, database and portal, all real, the first and the last in this process.</summary>
public sealed class World : IAsyncDisposable
{
    private readonly WebApplication _portal;
    private readonly LogCapture _log;

    private World(WebApplication portal, Uri portalUrl, SimulatorServer simulator, TestDatabase database, LogCapture log) =>
        (_portal, PortalUrl, Simulator, Database, _log) = (portal, portalUrl, simulator, database, log);

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
                var log = new LogCapture();
                var (portal, address) = await ServeAsync(database, simulator.Address, options.Settings, cancellationToken, log);
                return new(portal, address, simulator, database, log);
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
        TestDatabase database, Uri simulator, IReadOnlyDictionary<string, string>? settings, CancellationToken cancellationToken, LogCapture? log = null)
    {
        var (portal, address) = await BuildAsync(database, simulator, settings, cancellationToken, log);
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

    /// <summary>A portal that has not been started.</summary>
    public static async Task<(WebApplication Portal, Uri Address)> BuildAsync(
        TestDatabase database, Uri simulator, IReadOnlyDictionary<string, string>? settings, CancellationToken cancellationToken, LogCapture? log = null)
    {
        var port = Ports.Free();
        var address = new Uri($"http://localhost:{port}");
        var portal = Portal.Build([
            "--urls", $"http://127.0.0.1:{port}", "--environment", "Production", "--applicationName", "AdminPortal.Web", "--contentRoot", EmptyFolder.Path,
            .. PortalSettings.ToArguments(await SettingsAsync(database, address, simulator, settings, cancellationToken))]);
        if (log is not null) portal.Services.GetRequiredService<ILoggerFactory>().AddProvider(log);
        return (portal, address);
    }

    public async ValueTask DisposeAsync()
    {
        await _portal.StopAsync();
        await _portal.DisposeAsync();
        try
        {
            await _log.AssertNoSecretAsync(Simulator, CancellationToken.None);
        }
        finally
        {
            await Simulator.DisposeAsync();
            await Database.DisposeAsync();
        }
    }

    internal static async Task<IReadOnlyDictionary<string, string>> SettingsAsync(
        TestDatabase database, Uri portal, Uri simulator, IReadOnlyDictionary<string, string>? settings, CancellationToken cancellationToken)
    {
        var all = PortalSettings.For(database.AppConnectionString, portal, simulator, await TestCertificate.FilesAsync(cancellationToken));
        all["Logging:Capture:LogLevel:Default"] = "Trace";
        foreach (var (key, value) in settings ?? new Dictionary<string, string>()) all[key] = value;
        return all;
    }
}
