namespace AdminPortal.Demo.Processes;

/// <summary>Portals, migrations and simulators as processes of their own, from the built programs.</summary>
public static class PortalProcess
{
    private const string Portal = "AdminPortal.Web";
    private const string Simulator = "AdminPortal.Simulator";

    /// <summary>Starts a portal and waits until it can be used.</summary>
    /// <param name="folder">Its content root: a folder without an appsettings.json, so that only the settings given count.</param>
    public static async Task<GuardedProcess> ServeAsync(IReadOnlyDictionary<string, string> settings, string folder, Action<string> output, CancellationToken cancellationToken)
    {
        var address = new Uri(settings["Portal:PublicUrl"]);
        var process = await StartAsync(Portal, ["--urls", Bindable(address), "--contentRoot", folder], settings, output, cancellationToken);
        return await ReadyAsync(process, new(address, "health/ready"), "The portal", cancellationToken);
    }

    public static async Task MigrateAsync(string ownerConnectionString, string folder, Action<string> output, CancellationToken cancellationToken)
    {
        var settings = new Dictionary<string, string> { ["ConnectionStrings:Owner"] = ownerConnectionString };
        await using var process = await StartAsync(Portal, ["migrate"], settings, output, cancellationToken, folder);
        await process.WaitForEndAsync(cancellationToken);
        if (process.ExitCode != 0) throw new DemoException($"The database could not be brought to the newest schema (code {process.ExitCode}).");
    }

    public static async Task<GuardedProcess> SimulateAsync(Uri address, int members, int invitations, string folder, Action<string> output, CancellationToken cancellationToken)
    {
        string[] arguments = ["--urls", Bindable(address), "--contentRoot", folder, "--members", $"{members}", "--invitations", $"{invitations}"];
        var settings = new Dictionary<string, string> { ["Logging:LogLevel:Default"] = "Warning", ["Logging:Console:FormatterName"] = "simple", ["Logging:Console:FormatterOptions:SingleLine"] = "true" };
        var process = await StartAsync(Simulator, arguments, settings, output, cancellationToken);
        return await ReadyAsync(process, new(address, "_sim/state"), "The simulator", cancellationToken);
    }

    private static Task<GuardedProcess> StartAsync(
        string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> settings, Action<string> output, CancellationToken cancellationToken, string folder = "/") =>
        GuardedProcess.StartAsync(
            new(DotnetProgram.Command(program, arguments)) { Environment = DotnetProgram.Environment(settings), Output = output, WorkingDirectory = folder }, cancellationToken);

    private static async Task<GuardedProcess> ReadyAsync(GuardedProcess process, Uri address, string what, CancellationToken cancellationToken)
    {
        try
        {
            await HttpReadiness.UntilAsync(address, what, process, cancellationToken);
            return process;
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    private static string Bindable(Uri address) => address.GetLeftPart(UriPartial.Authority);
}
