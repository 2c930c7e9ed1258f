using System.Collections.Concurrent;
using AdminPortal.Demo;
using AdminPortal.Demo.Processes;

namespace AdminPortal.Testing;

/// <summary>The demo as a person starts it, as a process of its own.</summary>
public sealed class DemoProcess : IAsyncDisposable
{
    private readonly GuardedProcess _demo;
    private readonly ConcurrentQueue<string> _output;
    private readonly string _folder;

    private DemoProcess(GuardedProcess demo, ConcurrentQueue<string> output, string folder) => (_demo, _output, _folder) = (demo, output, folder);

    public int Pid => _demo.Pid;

    public int ExitCode => _demo.ExitCode;

    public IReadOnlyList<string> Output => [.. _output];

    /// <summary>Starts a demo on free ports and waits until it says that it is ready.</summary>
    public static async Task<DemoProcess> StartAsync(string folder, IReadOnlyList<string> options, CancellationToken cancellationToken)
    {
        var output = new ConcurrentQueue<string>();
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void Listen(string line)
        {
            output.Enqueue(line);
            if (line.StartsWith("Portal ready: ", StringComparison.Ordinal)) ready.TrySetResult();
        }
        var command = DotnetProgram.Command("AdminPortal.Demo", ["--data", folder, "--portal-port", $"{Ports.Free()}", "--simulator-port", $"{Ports.Free()}", .. options]);
        var environment = DotnetProgram.Environment(new Dictionary<string, string>());
        var demo = await GuardedProcess.StartAsync(new(command) { Output = Listen, Environment = environment }, cancellationToken);
        var process = new DemoProcess(demo, output, folder);
        try
        {
            await Task.WhenAny(ready.Task, demo.WaitForEndAsync(cancellationToken));
            if (ready.Task.IsCompleted) return process;
            throw new InvalidOperationException($"The demo did not start:\n{string.Join('\n', output)}");
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    public Task<DemoFile> FileAsync(CancellationToken cancellationToken) => DemoFile.ReadAsync(_folder, cancellationToken);

    /// <summary>Ends the demo without asking it (SIGKILL).</summary>
    public Task KillAsync(CancellationToken cancellationToken) => _demo.KillAsync(cancellationToken);

    /// <summary>Asks the demo to end (SIGTERM) and waits until it has.</summary>
    public ValueTask DisposeAsync() => _demo.DisposeAsync();
}
