using System.Diagnostics;
using AdminPortal.Demo.Processes;

namespace AdminPortal.Demo;

/// <summary>One portal instance, started again whenever it dies.</summary>
public sealed class Instance(string name, IReadOnlyDictionary<string, string> settings, string folder, Action<string> say) : IAsyncDisposable
{
    // BSD's sysexits: the portal refused its configuration. Starting it again would only repeat the refusal.
    private const int ConfigurationError = 78;
    private static readonly TimeSpan LongEnough = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);
    private GuardedProcess? _process;

    public int Pid => _process?.Pid ?? 0;

    public async Task StartAsync(CancellationToken cancellationToken) => _process = await PortalProcess.ServeAsync(settings, folder, line => say($"{name}: {line}"), cancellationToken);

    /// <summary>Runs until cancelled.</summary>
    /// <param name="restarted">Told when there is another process.</param>
    public async Task KeepRunningAsync(Func<Task> restarted, CancellationToken cancellationToken)
    {
        for (var pause = TimeSpan.Zero; ;)
        {
            var lived = Stopwatch.StartNew();
            await _process!.WaitForEndAsync(cancellationToken);
            if (_process.ExitCode == ConfigurationError) throw new DemoException($"{name} refuses its configuration.");
            say($"{name} (process {_process.Pid}) ended with code {_process.ExitCode}; starting it again ...");
            pause = lived.Elapsed > LongEnough ? TimeSpan.Zero : TimeSpan.FromSeconds(Math.Min(LongestPause.TotalSeconds, (pause.TotalSeconds * 2) + 0.5));
            await Task.Delay(pause, cancellationToken);
            await _process.DisposeAsync();
            try
            {
                await StartAsync(cancellationToken);
            }
            catch (DemoException exception)
            {
                say(exception.Message);
                continue;
            }
            await restarted();
            say($"{name} is back (process {Pid}).");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null) await _process.DisposeAsync();
    }
}
