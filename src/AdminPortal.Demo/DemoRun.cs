using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using AdminPortal.Demo.Database;
using AdminPortal.Demo.Processes;

namespace AdminPortal.Demo;

/// <summary>Everything that one command starts, in order, and stops in the opposite order.</summary>
public sealed class DemoRun(DemoOptions options, Action<string> say)
{
    /// <summary>Runs until cancelled. When it returns or throws, nothing that it started is left.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (options.Fresh && DemoDatabase.External is not null) throw new DemoException($"--fresh is for the private database only; {DemoDatabase.Variable} is set.");
        var took = Stopwatch.StartNew();
        using var folder = DataFolder.Open(options.Data, options.Fresh);
        foreach (var address in options.Portals.Append(options.Simulator)) CheckFree(address);

        await using var database = await DemoDatabase.StartAsync(folder.Path, say, cancellationToken);
        say("Bringing the database to the newest schema ...");
        await PortalProcess.MigrateAsync(database.OwnerConnectionString, folder.Empty, line => say($"migrate: {line}"), cancellationToken);
        say($"Starting the simulator of Calendly and Entra with {options.Members:N0} members ...");
        await using var simulator = await PortalProcess.SimulateAsync(options.Simulator, options.Members, options.Invitations, folder.Empty, line => say($"simulator: {line}"), cancellationToken);

        var certificate = await CertificateFiles.EnsureAsync(folder.Keys, TimeProvider.System, cancellationToken);
        var instances = options.Portals.Select((address, index) => new Instance(
            options.Instances == 1 ? "portal" : $"portal {index + 1}", PortalSettings.For(database.AppConnectionString, address, options.Simulator, certificate), folder.Empty, say)).ToList();
        try
        {
            say(options.Instances == 1 ? "Starting the portal ..." : $"Starting {options.Instances} portals ...");
            foreach (var instance in instances) await instance.StartAsync(cancellationToken);
            Task DescribeAsync() => new DemoFile(
                [.. options.Portals.Select(Plain)], Plain(options.Simulator), database.OwnerConnectionString, database.AppConnectionString, [.. instances.Select(instance => instance.Pid)])
                .WriteAsync(folder.Path, cancellationToken);
            await DescribeAsync();
            Welcome(database, took.Elapsed);
            await WatchAsync(database, simulator, instances, DescribeAsync, cancellationToken);
        }
        finally
        {
            say("Stopping ...");
            await Task.WhenAll(instances.Select(instance => instance.DisposeAsync().AsTask()));
        }
    }

    private static async Task WatchAsync(DemoDatabase database, GuardedProcess simulator, IReadOnlyList<Instance> instances, Func<Task> restarted, CancellationToken cancellationToken)
    {
        // Whoever ends first, ends the others' watching, so that nothing is started again while everything is stopped.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var watching = instances.Select(instance => instance.KeepRunningAsync(restarted, stop.Token)).ToList();
        watching.Add(MustRunAsync(simulator.WaitForEndAsync(stop.Token), "The simulator ended, and its world with it. Start the demo again."));
        if (database.Private is { } postgres) watching.Add(MustRunAsync(postgres.WaitForEndAsync(stop.Token), $"PostgreSQL ended; its log is {postgres.Folder}/server.log. Start the demo again."));
        var first = await Task.WhenAny(watching);
        await stop.CancelAsync();
        await Task.WhenAll(watching).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        await first;
    }

    private static async Task MustRunAsync(Task end, string otherwise)
    {
        await end;
        throw new DemoException(otherwise);
    }

    private void Welcome(DemoDatabase database, TimeSpan took)
    {
        say($"Portal ready: {Plain(options.Portals[0])}");
        say($"""

            Started in {took.TotalSeconds:0.0} s. Sign in as one of these people, one button each:

            {string.Join('\n', DemoPeople.Describe())}

            {(options.Instances == 1 ? "" : $"Portals:    {string.Join("  ", options.Portals.Select(Plain))}\n")}Simulator:  {Plain(options.Simulator)}
            Data:       {options.Data}
            Database:   {database.Place}
            Ctrl-C stops all of it; the data stays for the next start (--fresh begins anew).
            """);
    }

    private static void CheckFree(Uri address)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, address.Port);
            listener.Start();
        }
        catch (SocketException exception)
        {
            throw new DemoException($"Port {address.Port} can't be used ({exception.Message}). Choose others with --portal-port and --simulator-port.", exception);
        }
    }

    private static string Plain(Uri address) => address.GetLeftPart(UriPartial.Authority);
}
