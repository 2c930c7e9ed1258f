using AdminPortal.Testing;
using Microsoft.Playwright;

namespace AdminPortal.EndToEnd.Tests;

/// <summary>
/// One browser per assembly; each test opens contexts of its own, one per person. The browser is the one that
/// PORTAL_TEST_BROWSER names, an installed Chrome or Chromium, Playwright's own, or Debian's, in this order.
/// </summary>
public sealed class BrowserFixture : IAsyncLifetime
{
    private IPlaywright? _playwright;

    public IBrowser Browser { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        var executable = BrowserLocator.Find();
        if (executable is null && !InstallPlaywrights()) executable = await BrowserLocator.InstallAsync(CancellationToken.None);
        _playwright = await Playwright.CreateAsync();
        Browser = await _playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = executable,
            // Chromium's sandbox refuses to run as root; in containers /dev/shm is too small for it.
            Args = Environment.IsPrivilegedProcess ? ["--no-sandbox", "--disable-dev-shm-usage"] : ["--disable-dev-shm-usage"],
        });
    }

    public async ValueTask DisposeAsync()
    {
        if (Browser is not null) await Browser.DisposeAsync();
        _playwright?.Dispose();
    }

    // Does nothing when it was downloaded before.
    private static bool InstallPlaywrights() => Microsoft.Playwright.Program.Main(["install", "chromium-headless-shell"]) == 0;
}
