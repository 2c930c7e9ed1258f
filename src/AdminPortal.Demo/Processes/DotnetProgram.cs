using System.Runtime.InteropServices;

namespace AdminPortal.Demo.Processes;

/// <summary>A built program of this solution, run by the very runtime that runs us.</summary>
public static class DotnetProgram
{
    private static readonly string Host = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet"));

    /// <param name="name">The assembly; it is copied beside ours, with its runtime configuration, because we reference it.</param>
    public static IReadOnlyList<string> Command(string name, params IEnumerable<string> arguments) => [Host, Path.Combine(AppContext.BaseDirectory, name + ".dll"), .. arguments];

    /// <summary>
    /// Our environment without what would configure a portal or a web host: somebody who works on the real thing may have
    /// its settings there, and a simulator must not be mixed with them.
    /// </summary>
    public static Dictionary<string, string> Environment(IReadOnlyDictionary<string, string> settings)
    {
        var environment = new Dictionary<string, string>();
        foreach (System.Collections.DictionaryEntry variable in System.Environment.GetEnvironmentVariables())
        {
            var name = (string)variable.Key;
            if (!name.Contains("__", StringComparison.Ordinal) && !name.StartsWith("ASPNETCORE_", StringComparison.OrdinalIgnoreCase)) environment[name] = (string)variable.Value!;
        }
        environment["ASPNETCORE_ENVIRONMENT"] = environment["DOTNET_ENVIRONMENT"] = "Production";
        foreach (var (name, value) in PortalSettings.ToEnvironment(settings)) environment[name] = value;
        return environment;
    }
}
