using System.Collections.Concurrent;
using AdminPortal.Demo.Processes;

namespace AdminPortal.Testing;

/// <summary>
/// Like <see cref="World"/>, but the portal is a process of its own, which can be killed at any moment and started again
/// at the same address, while the simulator keeps its ledger and the database its rows.
/// </summary>
public sealed class CrashableWorld : IAsyncDisposable
{
    private readonly IReadOnlyDictionary<string, string> _settings;
    private readonly ConcurrentQueue<string> _output = new();
    private readonly LogCapture _log = new();
    private GuardedProcess? _portal;

    private CrashableWorld(Uri portalUrl, SimulatorServer simulator, TestDatabase database, IReadOnlyDictionary<string, string> settings) =>
        (PortalUrl, Simulator, Database, _settings) = (portalUrl, simulator, database, settings);

    public Uri PortalUrl { get; }

    public SimulatorServer Simulator { get; }

    public TestDatabase Database { get; }

    /// <summary>Everything that the portals printed, for the message of a failed assertion.</summary>
    public string Output => string.Join('\n', _output);

    /// <param name="way">The connection string that the portal gets instead of the database's own, see <see cref="DatabaseGate"/>.</param>
    public static async Task<CrashableWorld> StartAsync(PostgresFixture postgres, WorldOptions options, CancellationToken cancellationToken, Func<TestDatabase, string>? way = null)
    {
        var database = await postgres.CloneAsync(cancellationToken);
        if (way is not null) options = options with { Settings = new Dictionary<string, string>(options.Settings ?? new Dictionary<string, string>()) { ["ConnectionStrings:Portal"] = way(database) } };
        options = options with { Settings = new Dictionary<string, string>(options.Settings ?? new Dictionary<string, string>()) { ["Logging:LogLevel:Default"] = "Trace", ["Logging:Console:FormatterOptions:IncludeScopes"] = "true" } };
        var simulator = await SimulatorServer.StartAsync(options.Members, options.Invitations, cancellationToken);
        var address = new Uri($"http://localhost:{Ports.Free()}");
        var world = new CrashableWorld(address, simulator, database, await World.SettingsAsync(database, address, simulator.Address, options.Settings, cancellationToken));
        try
        {
            await world.StartPortalAsync(cancellationToken);
            return world;
        }
        catch (Exception exception)
        {
            await world.DisposeAsync();
            throw new InvalidOperationException($"The portal did not start:\n{world.Output}", exception);
        }
    }

    /// <summary>Starts the portal again after it was stopped, and waits until it can be used.</summary>
    public async Task StartPortalAsync(CancellationToken cancellationToken) => _portal = await PortalProcess.ServeAsync(_settings, EmptyFolder.Path, Listen, cancellationToken);

    /// <summary>The portal is gone from one moment to the next (SIGKILL).</summary>
    public async Task KillPortalAsync(CancellationToken cancellationToken)
    {
        if (_portal is null) return;
        await _portal.KillAsync(cancellationToken);
        await _portal.DisposeAsync();
        _portal = null;
    }

    /// <summary>The portal is asked to end and finishes what it has begun (SIGTERM).</summary>
    public async Task StopPortalAsync()
    {
        if (_portal is not null) await _portal.DisposeAsync();
        _portal = null;
    }

    public async ValueTask DisposeAsync()
    {
        await StopPortalAsync();
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

    private void Listen(string line)
    {
        _log.Write(line);
        // At Trace, so that all of it is searched; for a message of a failed assertion that is too much.
        if (!line.StartsWith("trce:", StringComparison.Ordinal) && !line.StartsWith("dbug:", StringComparison.Ordinal)) _output.Enqueue(line);
    }
}
