using AdminPortal.Demo.Processes;

namespace AdminPortal.Testing;

/// <summary>Finds a Chromium on this machine, or installs Debian's.</summary>
public static class BrowserLocator
{
    public const string Variable = "PORTAL_TEST_BROWSER";

    private static readonly string[] Programs = ["google-chrome-stable", "google-chrome", "chromium", "chromium-browser", "chrome"];

    private static readonly string[] Places =
    [
        "/usr/bin/chromium", "/opt/google/chrome/chrome", "/snap/bin/chromium",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "/Applications/Chromium.app/Contents/MacOS/Chromium",
        Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles), "Google", "Chrome", "Application", "chrome.exe"),
    ];

    /// <summary>The executable that PORTAL_TEST_BROWSER names, or an installed Chrome or Chromium, or null.</summary>
    public static string? Find()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given)
        {
            return File.Exists(given) ? given : throw new InvalidOperationException($"{Variable} names {given}, which does not exist.");
        }
        return Programs.Select(Shell.Find).OfType<string>().Concat(Places.Where(File.Exists)).FirstOrDefault();
    }

    /// <summary>Installs Debian's Chromium where that can be done without asking.</summary>
    /// <exception cref="InvalidOperationException">It can't; the message says what to do.</exception>
    public static async Task<string> InstallAsync(CancellationToken cancellationToken)
    {
        var problem = "it can be installed only as root on Debian";
        if (Debian.CanInstall) problem = await Debian.InstallAsync(["chromium"], Console.Error.WriteLine, cancellationToken);
        return Find() ?? throw new InvalidOperationException($"No Chromium was found, and {problem}. Install Chrome or Chromium, or set {Variable} to its executable.");
    }
}
