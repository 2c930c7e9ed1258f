using System.ComponentModel;
using System.Diagnostics;

namespace AdminPortal.Demo.Processes;

/// <summary>What a short command printed, and how it ended.</summary>
public sealed record CommandResult(int ExitCode, string Output)
{
    public bool Succeeded => ExitCode == 0;
}

/// <summary>Runs short commands of the system to their end.</summary>
public static class Shell
{
    private const int CouldNotStart = 127;

    /// <summary>Runs a command without input; both of its outputs come back together.</summary>
    public static async Task<CommandResult> RunAsync(IReadOnlyList<string> command, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            // A server's user can't always read the folder we were started in.
            WorkingDirectory = "/",
            Environment = { ["DEBIAN_FRONTEND"] = "noninteractive", ["LC_ALL"] = "C.UTF-8" },
        };
        try
        {
            using var process = Process.Start(start) ?? throw new DemoException($"{command[0]} could not be started.");
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            var error = process.StandardError.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            return new(process.ExitCode, await output + await error);
        }
        catch (Win32Exception exception)
        {
            return new(CouldNotStart, exception.Message);
        }
    }

    /// <summary>The full path of a program on the PATH, if it is there.</summary>
    public static string? Find(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
}
