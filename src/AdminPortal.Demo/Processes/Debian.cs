namespace AdminPortal.Demo.Processes;

/// <summary>Installs what is missing where that is possible without asking: as root on Debian and its relatives.</summary>
public static class Debian
{
    public static bool CanInstall => OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess && Shell.Find("apt-get") is not null;

    /// <returns>What went wrong, or null when the packages are there.</returns>
    public static async Task<string?> InstallAsync(IReadOnlyList<string> packages, Action<string> progress, CancellationToken cancellationToken)
    {
        progress($"Installing {string.Join(", ", packages)} with apt-get (a minute or two) ...");
        var update = await Shell.RunAsync(["apt-get", "update", "-q"], cancellationToken);
        var install = await Shell.RunAsync(["apt-get", "install", "-y", "-q", "--no-install-recommends", .. packages], cancellationToken);
        if (install.Succeeded) return null;
        return string.Join('\n', (update.Output + install.Output).Split('\n', StringSplitOptions.RemoveEmptyEntries).TakeLast(8));
    }
}
