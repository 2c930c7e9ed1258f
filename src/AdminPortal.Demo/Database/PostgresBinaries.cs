using System.Globalization;
using System.Text.RegularExpressions;
using AdminPortal.Demo.Processes;

namespace AdminPortal.Demo.Database;

/// <summary>The folder with <c>initdb</c>, <c>postgres</c> and <c>pg_ctl</c> of one PostgreSQL server, and its major version.</summary>
public sealed partial record PostgresBinaries(string Folder, int Version)
{
    public const int OldestVersion = 15;

    private const string HowToInstall =
        """
          Debian, Ubuntu:  sudo apt-get install -y postgresql
          Fedora, RHEL:    sudo dnf install -y postgresql-server postgresql-contrib
          Arch:            sudo pacman -S postgresql
          macOS, Windows:  set ConnectionStrings__Portal to a PostgreSQL server (a superuser's login and a database that does not exist yet)
        """;

    public string Program(string name) => Path.Combine(Folder, name);

    /// <summary>Looks for a server on this machine, newest first, and installs one when that can be done without asking.</summary>
    /// <param name="version">The major version that an existing cluster needs, if there is one.</param>
    public static async Task<PostgresBinaries> FindAsync(int? version, Action<string> progress, CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsLinux()) throw new DemoException($"A private PostgreSQL server is started on Linux only. Elsewhere:\n{HowToInstall}");
        var found = await LookAsync(cancellationToken);
        if (Choose(found, version) is { } present) return present;
        if (version is not null && found.Count > 0)
        {
            throw new DemoException($"The data folder was made by PostgreSQL {version}, which is not on this machine any more. Start with --fresh to begin anew.");
        }
        if (Debian.CanInstall)
        {
            var problem = await InstallAsync(progress, cancellationToken);
            if (Choose(await LookAsync(cancellationToken), version) is { } installed) return installed;
            if (problem is not null) throw new DemoException($"PostgreSQL could not be installed:\n{problem}");
        }
        var older = found.Count > 0 ? $" (found {string.Join(", ", found.Select(server => server.Version))})" : "";
        throw new DemoException($"PostgreSQL {OldestVersion} or newer is needed{older}. Install it, or set ConnectionStrings__Portal:\n{HowToInstall}");
    }

    private static PostgresBinaries? Choose(IEnumerable<PostgresBinaries> found, int? version) =>
        found.Where(server => server.Version >= OldestVersion && (version is null || server.Version == version)).MaxBy(server => server.Version);

    private static async Task<List<PostgresBinaries>> LookAsync(CancellationToken cancellationToken)
    {
        var folders = new List<string?> { Environment.GetEnvironmentVariable("PG_BIN") };
        // Debian and Red Hat keep each major version in a folder of its own, off the PATH.
        foreach (var (root, tail) in new[] { ("/usr/lib/postgresql", "bin"), ("/usr", "bin") })
        {
            if (!Directory.Exists(root)) continue;
            folders.AddRange(Directory.EnumerateDirectories(root, root == "/usr" ? "pgsql-*" : "*").Select(folder => Path.Combine(folder, tail)));
        }
        folders.Add(Path.GetDirectoryName(Shell.Find("initdb")));

        var found = new List<PostgresBinaries>();
        foreach (var folder in folders.OfType<string>().Distinct())
        {
            if (!File.Exists(Path.Combine(folder, "postgres")) || !File.Exists(Path.Combine(folder, "initdb"))) continue;
            // "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"
            var says = await Shell.RunAsync([Path.Combine(folder, "postgres"), "--version"], cancellationToken);
            if (MajorVersion().Match(says.Output) is { Success: true } match)
            {
                found.Add(new(folder, int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)));
            }
        }
        return found;
    }

    private static async Task<string?> InstallAsync(Action<string> progress, CancellationToken cancellationToken)
    {
        // Debian's package makes and starts a cluster of its own, unless told not to before it is installed.
        const string Settings = "/etc/postgresql-common/createcluster.d/adminportal.conf";
        if (await Debian.InstallAsync(["postgresql-common"], progress, cancellationToken) is { } problem) return problem;
        if (!File.Exists(Settings))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Settings)!);
            await File.WriteAllTextAsync(Settings, "create_main_cluster = false\n", cancellationToken);
        }
        return await Debian.InstallAsync(["postgresql"], progress, cancellationToken);
    }

    [GeneratedRegex(@"\(PostgreSQL\) (\d+)")]
    private static partial Regex MajorVersion();
}
