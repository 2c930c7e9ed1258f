using AdminPortal.Simulator.Calls;
using AdminPortal.Simulator.Entra;
using AdminPortal.Simulator.Model;
using AdminPortal.Simulator.Tokens;

namespace AdminPortal.Simulator;

/// <summary>All state of one simulator; nothing is static, so that several can run side by side.</summary>
internal sealed class Simulation
{
    private volatile World _world;

    public Simulation(SimulatorOptions options, TimeProvider clock)
    {
        (Options, Clock) = (options, clock);
        Ledger = new Ledger(clock);
        Entra = new EntraTenant(clock, Secrets);
        _world = WorldFactory.Make(options.Settings, options, clock, Secrets);
    }

    public SimulatorOptions Options { get; }
    public TimeProvider Clock { get; }
    public SecretLog Secrets { get; } = new();
    public Faults Faults { get; } = new();
    public Ledger Ledger { get; }
    public EntraTenant Entra { get; }
    public World World => _world;

    /// <summary>A new world: earlier grants, faults and ledger entries are gone; Entra's people and the clients stay.</summary>
    public void Reset(SimulatorSettings settings)
    {
        var world = WorldFactory.Make(settings, Options, Clock, Secrets);
        Faults.Clear();
        Ledger.Clear();
        _world = world;
    }
}
