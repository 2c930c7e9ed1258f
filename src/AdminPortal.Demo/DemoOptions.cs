using System.Globalization;

namespace AdminPortal.Demo;

/// <summary>What the command line says.</summary>
public sealed record DemoOptions
{
    public const string Usage =
        """
        dotnet run --project src/AdminPortal.Demo -- [options]

          --portal-port N      where the portal listens (5080); further instances on the ports after it
          --simulator-port N   where the stand-in for Calendly and Entra listens (5090)
          --members N          members of the simulated organization, demo people included (250)
          --invitations N      open invitations (14)
          --data DIR           where database and keys live; reused on the next start
          --fresh              forget what is in there and begin anew
          --instances N        portal instances on the one database (1)
        """;

    public int PortalPort { get; init; } = 5080;
    public int SimulatorPort { get; init; } = 5090;
    public int Members { get; init; } = 250;
    public int Invitations { get; init; } = 14;
    public int Instances { get; init; } = 1;
    public bool Fresh { get; init; }
    public string Data { get; init; } = DefaultData();

    public Uri Simulator => new($"http://localhost:{SimulatorPort}");

    public IReadOnlyList<Uri> Portals => [.. Enumerable.Range(PortalPort, Instances).Select(port => new Uri($"http://localhost:{port}"))];

    /// <exception cref="DemoException">An option is unknown or has no sensible value.</exception>
    public static DemoOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new DemoOptions();
        for (var index = 0; index < arguments.Count; index++)
        {
            var parts = arguments[index].Split('=', 2);
            var name = parts[0];
            string Value() => parts.Length == 2 ? parts[1] : ++index < arguments.Count ? arguments[index] : throw Wrong($"{name} needs a value.");
            int Number(int least, int most) =>
                int.TryParse(Value(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
                    ? number : throw Wrong($"{name} needs a number from {least} to {most}.");
            options = name switch
            {
                "--portal-port" => options with { PortalPort = Number(1, 65_535) },
                "--simulator-port" => options with { SimulatorPort = Number(1, 65_535) },
                "--members" => options with { Members = Number(1, 1_000_000) },
                "--invitations" => options with { Invitations = Number(0, 100_000) },
                "--instances" => options with { Instances = Number(1, 16) },
                "--data" => options with { Data = Path.GetFullPath(Value()) },
                "--fresh" when parts.Length == 1 => options with { Fresh = true },
                _ => throw Wrong($"{arguments[index]} is not an option."),
            };
        }
        if (options.PortalPort + options.Instances - 1 > 65_535) throw Wrong("There are not enough ports after --portal-port.");
        if (options.SimulatorPort >= options.PortalPort && options.SimulatorPort < options.PortalPort + options.Instances) throw Wrong("--simulator-port lies among the portals' ports.");
        return options;
    }

    private static DemoException Wrong(string problem) => new($"{problem}\n\n{Usage}");

    // Data belongs to the clone that made it: another clone may be at another version of the schema.
    private static string DefaultData()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "AdminPortal.sln"))) return Path.Combine(folder.FullName, "artifacts", "demo", Environment.UserName);
        }
        return Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create), "AdminPortal.Demo");
    }
}
