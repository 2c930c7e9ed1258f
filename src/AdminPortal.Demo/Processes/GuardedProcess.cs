using System.Diagnostics;
using System.Globalization;

namespace AdminPortal.Demo.Processes;

/// <summary>How a <see cref="GuardedProcess"/> is started and stopped.</summary>
public sealed record GuardedStart(IReadOnlyList<string> Command)
{
    /// <summary>Put before the guard, for example to change the user.</summary>
    public IReadOnlyList<string> Prefix { get; init; } = [];

    /// <summary>The signal that asks the process to end, by name.</summary>
    public string StopSignal { get; init; } = "TERM";

    /// <summary>Where both outputs go; without a file they go to <see cref="Output"/>.</summary>
    public string? LogFile { get; init; }

    public Action<string>? Output { get; init; }

    /// <summary>A folder that is deleted once the process has ended.</summary>
    public string? RemoveFolder { get; init; }

    public string WorkingDirectory { get; init; } = "/";

    /// <summary>The whole environment; null inherits ours.</summary>
    public IReadOnlyDictionary<string, string>? Environment { get; init; }
}

/// <summary>
/// A process that ends with us, however we end: its parent is a shell that holds a pipe from us, and when that breaks, by
/// Dispose or because we were killed, it passes the stop signal on. (The kernel's own parent-death signal would come when
/// the thread that forked ends, not the process.) It has a session of its own, so that Ctrl-C in a terminal reaches us
/// first and we can stop things in order.
/// </summary>
public sealed class GuardedProcess : IAsyncDisposable
{
    private const string Guard =
        """
        exec 3<&0 5>&1
        signal=$1 log=$2 remove=$3; shift 3
        if [ -n "$log" ]; then exec >>"$log" 2>&1; fi
        /bin/sh -c 'echo $$ >&5; exec "$@" 5>&-' sh "$@" </dev/null 3<&- &
        child=$!
        ( exec >/dev/null 2>&1 5>&-; read -r _ <&3; kill -$signal $child ) &
        watch=$!
        exec 3<&- 5>&-
        wait $child; code=$?
        kill $watch 2>/dev/null
        if [ -n "$remove" ]; then rm -rf -- "$remove"; fi
        exit $code
        """;

    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(15);
    private readonly Process _guard;
    private readonly Task _outputs;
    private bool _disposed;

    private GuardedProcess(Process guard, int pid, Action<string>? output)
    {
        (_guard, Pid) = (guard, pid);
        _outputs = Task.WhenAll(ForwardAsync(guard.StandardOutput, output), ForwardAsync(guard.StandardError, output));
    }

    /// <summary>The process itself, not its guard.</summary>
    public int Pid { get; }

    public bool HasEnded => _disposed || _guard.HasExited;

    /// <summary>How it ended: its exit code, or 128 and the number of the signal that killed it.</summary>
    public int ExitCode => _guard.ExitCode;

    public static async Task<GuardedProcess> StartAsync(GuardedStart start, CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsWindows()) return StartPlain(start);
        // macOS has no setsid command; there a terminal's Ctrl-C reaches everything at once.
        string[] session = OperatingSystem.IsLinux() ? ["setsid"] : [];
        string[] guard = [.. session, .. start.Prefix, "/bin/sh", "-c", Guard, "sh", start.StopSignal, start.LogFile ?? "", start.RemoveFolder ?? "", .. start.Command];
        var process = Launch(guard, start);
        var pid = await process.StandardOutput.ReadLineAsync(cancellationToken);
        if (!int.TryParse(pid, CultureInfo.InvariantCulture, out var number))
        {
            var error = await process.StandardError.ReadToEndAsync(cancellationToken);
            throw new DemoException($"{start.Command[0]} could not be started: {error.Trim()}");
        }
        return new(process, number, start.Output);
    }

    /// <summary>Waits until the process has ended and its last words were passed on.</summary>
    public async Task WaitForEndAsync(CancellationToken cancellationToken)
    {
        await _guard.WaitForExitAsync(cancellationToken);
        await _outputs.WaitAsync(cancellationToken);
    }

    /// <summary>Ends the process without asking it, as a crash would (SIGKILL).</summary>
    public async Task KillAsync(CancellationToken cancellationToken)
    {
        KillChild();
        await WaitForEndAsync(cancellationToken);
    }

    /// <summary>Asks the process to end, and insists when it does not.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed) return;
        if (OperatingSystem.IsWindows()) KillChild();
        if (!_guard.HasExited)
        {
            _guard.StandardInput.Close();
            try
            {
                await _guard.WaitForExitAsync().WaitAsync(StopPatience);
            }
            catch (TimeoutException)
            {
                KillChild();
                await _guard.WaitForExitAsync();
            }
        }
        _disposed = true;
        await _outputs;
        _guard.Dispose();
    }

    private static GuardedProcess StartPlain(GuardedStart start)
    {
        var process = Launch(start.Command, start);
        return new(process, process.Id, start.Output);
    }

    private static Process Launch(IReadOnlyList<string> command, GuardedStart start)
    {
        var info = new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = OperatingSystem.IsWindows() ? "" : start.WorkingDirectory,
        };
        if (start.Environment is { } environment)
        {
            info.Environment.Clear();
            foreach (var (name, value) in environment) info.Environment[name] = value;
        }
        return Process.Start(info) ?? throw new DemoException($"{command[0]} could not be started.");
    }

    private static async Task ForwardAsync(StreamReader reader, Action<string>? output)
    {
        // Read to the end even if nobody wants it: a full pipe would stop the process.
        while (await reader.ReadLineAsync() is { } line)
        {
            if (line.Length > 0) output?.Invoke(line);
        }
    }

    private void KillChild()
    {
        try
        {
            // The guard has not waited for it yet as long as the guard runs, so that the number can't be another process's.
            if (_guard.HasExited) return;
            using var child = Process.GetProcessById(Pid);
            child.Kill(entireProcessTree: OperatingSystem.IsWindows());
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
        {
            // It ended by itself.
        }
    }
}
