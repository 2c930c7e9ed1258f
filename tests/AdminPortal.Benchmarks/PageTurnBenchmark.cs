using System.Text.RegularExpressions;
using AdminPortal.Testing;
using Microsoft.Playwright;

namespace AdminPortal.Benchmarks;

/// <summary>
/// A click on "next" until the rows are painted, through circuit, database and all, beside its floor: the same rows, at hand as text, put
/// into the same page by plain script and painted. In a real browser, by turns.
/// </summary>
public static class PageTurnBenchmark
{
    private const int Members = 5_000;
    private const int WarmUp = 6;
    private const int Times = 40;
    private const double Bound = 2;

    private const string Painted = """
        const painted = () => new Promise(done => requestAnimationFrame(() => {
          const channel = new MessageChannel();
          channel.port1.onmessage = () => done(performance.now());
          channel.port2.postMessage(0);
        }));
        """;

    private const string Turn = $$"""
        async key => {
          {{Painted}}
          const first = () => document.querySelector("tbody tr[data-row]")?.dataset.row;
          const before = first();
          const begun = performance.now();
          const turned = new Promise(done => {
            const observer = new MutationObserver(() => { if (first() && first() !== before) { observer.disconnect(); done(); } });
            observer.observe(document.querySelector(".members"), { childList: true, subtree: true });
          });
          document.querySelector(`.pager [data-key="${key}"]`).click();
          await turned;
          return await painted() - begun;
        }
        """;

    private const string Put = $$"""
        async rows => {
          {{Painted}}
          const begun = performance.now();
          document.querySelector("tbody").innerHTML = rows;
          return await painted() - begun;
        }
        """;

    public static async Task RunAsync(PostgresFixture postgres, Report report, CancellationToken cancellationToken)
    {
        await using var world = await World.StartAsync(postgres, new WorldOptions(Members), cancellationToken);
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = BrowserLocator.Find() ?? await BrowserLocator.InstallAsync(cancellationToken),
            Args = Environment.IsPrivilegedProcess ? ["--no-sandbox", "--disable-dev-shm-usage"] : ["--disable-dev-shm-usage"],
        });
        var context = await browser.NewContextAsync(new() { ViewportSize = new() { Width = 1440, Height = 900 } });
        var (page, twin) = (await OpenAsync(context, world.PortalUrl), await context.NewPageAsync());
        await twin.GotoAsync(new Uri(world.PortalUrl, "/welcome").ToString());
        await twin.EvaluateAsync("shell => { document.body.innerHTML = shell; }", await page.EvaluateAsync<string>("document.querySelector('.shell').outerHTML"));

        var (next, plain) = (new Timings(), new Timings());
        for (var time = -WarmUp; time < Times; time++)
        {
            await page.BringToFrontAsync();
            var turn = await page.EvaluateAsync<double>(Turn, time % 2 == 0 ? "]" : "[");
            // What comes after the rows, who of them can be chosen, does not disturb the other side.
            await page.WaitForLoadStateAsync(LoadState.NetworkIdle);
            var rows = await page.EvaluateAsync<string>("document.querySelector('tbody').innerHTML");
            await twin.BringToFrontAsync();
            var put = await twin.EvaluateAsync<double>(Put, rows);
            if (time < 0) continue;
            next.Add(TimeSpan.FromMilliseconds(turn));
            plain.Add(TimeSpan.FromMilliseconds(put));
        }
        report.Floor("100 rows by plain script, painted", plain);
        report.Against(plain, "100 rows by a click on next, painted", next, Bound);
    }

    private static async Task<IPage> OpenAsync(IBrowserContext context, Uri portal)
    {
        var page = await context.NewPageAsync();
        ILocator Button(string name) => page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });
        await page.GotoAsync(portal.ToString());
        await page.GetByRole(AriaRole.Link, new() { Name = "Sign in with Microsoft Entra" }).ClickAsync();
        await Button("Olivia Ortiz").ClickAsync();
        await page.WaitForURLAsync(new Regex("^" + Regex.Escape(portal.ToString())));
        await page.GotoAsync(new Uri(portal, "/connections").ToString());
        await Button("Connect my Calendly account").First.ClickAsync();
        await Button("Connect as Olivia Ortiz").ClickAsync();
        await Button("Manage this organization").ClickAsync();
        await page.GetByText("The portal manages ").WaitForAsync();
        await page.GotoAsync(new Uri(portal, "/members?rows=100").ToString());
        await page.Locator("tbody tr[data-row]").First.WaitForAsync(new() { Timeout = 300_000 });
        return page;
    }
}
