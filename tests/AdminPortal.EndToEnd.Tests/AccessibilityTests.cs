using System.Text.RegularExpressions;
using AdminPortal.Testing;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace AdminPortal.EndToEnd.Tests;

/// <summary>axe on every page, light and dark: no serious or critical violation, and nothing in the browser's console.</summary>
public sealed class AccessibilityTests(PostgresFixture postgres, BrowserFixture browser)
{
    private static readonly (string Path, string Heading)[] Pages =
    [
        ("/", "Overview"), ("/members", "Members"), ("/members?status=left", "Members"), ("/members/activity", "Members"), ("/invitations", "Invitations"), ("/removals", "Removals"), ("/approvals", "Approvals"),
        ("/connections", "Calendly connections"), ("/settings", "Settings"),
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task Pages_have_no_serious_violation(ColorScheme scheme)
    {
        await using var world = await World.StartAsync(postgres, new WorldOptions(), Token);
        var found = new List<string>();

        await using (var stranger = await Visitor.OpenAsync(browser.Browser, world.PortalUrl, scheme))
        {
            await stranger.GoAsync("/welcome", "Sign in");
            found.AddRange(await ViolationsAsync(stranger, "/welcome"));
        }
        await using var olivia = await Visitor.SignInAsync(browser.Browser, world.PortalUrl, "Olivia Ortiz", scheme);
        await olivia.GoAsync("/", "Set up Admin Portal");
        found.AddRange(await ViolationsAsync(olivia, "/ before the first connection"));
        await olivia.GoAsync("/connections", "Calendly connections");
        await olivia.Button("Use a personal access token…").ClickAsync();
        await Assertions.Expect(olivia.Dialog.GetByLabel("Personal access token")).ToBeVisibleAsync();
        found.AddRange(await ViolationsAsync(olivia, "token dialog"));
        await olivia.Dialog.GetByLabel("Personal access token").FillAsync("no token");
        await olivia.Button("Connect with this token").ClickAsync();
        await Assertions.Expect(olivia.Dialog.GetByRole(AriaRole.Alert)).ToBeVisibleAsync();
        found.AddRange(await ViolationsAsync(olivia, "token dialog that refused"));
        await olivia.ConnectCalendlyAsync("Olivia Ortiz", beforeConfirming: async () => found.AddRange(await ViolationsAsync(olivia, "/connections that asks about the organization")));
        await olivia.SeeMembersAsync();
        foreach (var (path, heading) in Pages)
        {
            await olivia.GoAsync(path, heading);
            await olivia.Page.WaitForLoadStateAsync(LoadState.NetworkIdle);
            found.AddRange(await ViolationsAsync(olivia, path));
        }

        found.AddRange(await GridViolationsAsync(olivia));

        await olivia.GoAsync("/members?q=harbourlight.example&role=user", "Members");
        await olivia.Page.Locator("tbody a").First.ClickAsync();
        await Assertions.Expect(olivia.Page.Locator(".imp b").First).ToBeVisibleAsync();
        found.AddRange(await ViolationsAsync(olivia, "/members/{id}"));
        await olivia.Button("Request removal…").ClickAsync();
        await Assertions.Expect(olivia.Dialog.GetByLabel("Reason")).ToBeVisibleAsync();
        found.AddRange(await ViolationsAsync(olivia, "request dialog"));
        await olivia.Dialog.GetByLabel("Reason").FillAsync("Left the company on Friday.");
        await olivia.Dialog.GetByRole(AriaRole.Button, new() { Name = "Request removal", Exact = true }).ClickAsync();
        await Assertions.Expect(olivia.Dialog).ToHaveCountAsync(0);

        await using var arjun = await Visitor.SignInAsync(browser.Browser, world.PortalUrl, "Arjun Rao", scheme);
        await arjun.GoAsync("/approvals", "Approvals");
        await arjun.Page.Locator(".q a").First.ClickAsync();
        await Assertions.Expect(arjun.Page.Locator(".imp b").First).ToBeVisibleAsync();
        found.AddRange(await ViolationsAsync(arjun, "/approvals with a request"));
        await arjun.Button("Approve removal").ClickAsync();
        await Assertions.Expect(arjun.Dialog.GetByLabel("Note for the record")).ToBeVisibleAsync();
        found.AddRange(await ViolationsAsync(arjun, "approve dialog"));
        await arjun.Button("Close without deciding").ClickAsync();
        await arjun.Page.GetByRole(AriaRole.Link, new() { Name = "Open R-1001" }).ClickAsync();
        await Assertions.Expect(arjun.Page.GetByRole(AriaRole.Heading, new() { Name = "What exactly you approve" })).ToBeVisibleAsync();
        found.AddRange(await ViolationsAsync(arjun, "/removals/{id}"));

        await using var audrey = await Visitor.SignInAsync(browser.Browser, world.PortalUrl, "Audrey Kim", scheme);
        await audrey.GoAsync("/audit", "Audit log");
        await Assertions.Expect(audrey.Page.Locator("tbody tr").First).ToBeVisibleAsync();
        found.AddRange(await ViolationsAsync(audrey, "/audit"));

        Assert.Empty(found);
        Assert.Empty(olivia.Errors);
        Assert.Empty(arjun.Errors);
        Assert.Empty(audrey.Errors);
    }

    /// <summary>On a phone no page is wider than the screen.</summary>
    [Fact]
    public async Task Pages_fit_a_phone()
    {
        await using var world = await World.StartAsync(postgres, new WorldOptions(), Token);
        await using var olivia = await Visitor.SignInAsync(browser.Browser, world.PortalUrl, "Olivia Ortiz", width: 390, height: 844);
        await olivia.ConnectCalendlyAsync("Olivia Ortiz");
        await olivia.SeeMembersAsync();
        var wide = new List<string>();
        foreach (var (path, heading) in Pages)
        {
            await olivia.GoAsync(path, heading);
            await olivia.Page.WaitForLoadStateAsync(LoadState.NetworkIdle);
            var width = await olivia.Page.EvaluateAsync<int>("document.documentElement.scrollWidth");
            if (width > 390) wide.Add($"{path}: {width}");
        }
        Assert.Empty(wide);
        foreach (var scheme in (ColorScheme[])[ColorScheme.Light, ColorScheme.Dark])
        {
            await olivia.Page.EmulateMediaAsync(new() { ColorScheme = scheme });
            Assert.Empty(await GridViolationsAsync(olivia));
            Assert.True(await olivia.Page.EvaluateAsync<int>("document.documentElement.scrollWidth") <= 390);
        }
    }

    /// <summary>The grid with people chosen, and with each of its menus open.</summary>
    private static async Task<List<string>> GridViolationsAsync(Visitor visitor)
    {
        var page = visitor.Page;
        await visitor.GoAsync("/members?since=2015-01-01", "Members");
        await page.Locator("tbody [data-pick=select]:enabled").First.ClickAsync();
        await Assertions.Expect(page.Locator(".selbar")).ToBeVisibleAsync();
        var found = (await ViolationsAsync(visitor, "/members with a selection")).ToList();
        foreach (var menu in (string[])["Add filter", "Views", "Columns"])
        {
            await visitor.Button(menu).ClickAsync();
            await Assertions.Expect(page.Locator(".menu.drop:popover-open :is(a, input, button)").First).ToBeVisibleAsync();
            found.AddRange(await ViolationsAsync(visitor, menu));
            await page.Keyboard.PressAsync("Escape");
        }
        await page.Locator(".selbar .btn[popovertarget]").ClickAsync();
        found.AddRange(await ViolationsAsync(visitor, "Export"));
        await page.Keyboard.PressAsync("Escape");
        await page.Locator("[data-pick=menu]").First.ClickAsync();
        await Assertions.Expect(page.Locator("[role=menu] a").First).ToBeFocusedAsync();
        found.AddRange(await ViolationsAsync(visitor, "row menu"));
        await page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(page.Locator("[role=menu]")).ToHaveCountAsync(0);
        await page.Keyboard.PressAsync("?");
        await Assertions.Expect(visitor.Dialog).ToBeVisibleAsync();
        found.AddRange(await ViolationsAsync(visitor, "shortcuts"));
        await page.Keyboard.PressAsync("Escape");
        await page.Locator(".selbar").GetByText("Clear").ClickAsync();
        await Assertions.Expect(page.Locator(".selbar")).ToHaveCountAsync(0);
        return found;
    }

    internal static async Task<IEnumerable<string>> ViolationsAsync(Visitor visitor, string where)
    {
        // While the circuit takes over, Blazor takes the title out and puts it back one round trip later.
        await Assertions.Expect(visitor.Page).ToHaveTitleAsync(new Regex("."));
        var result = await visitor.Page.RunAxe(new AxeRunOptions { ResultTypes = new HashSet<ResultType> { ResultType.Violations } });
        return result.Violations.Where(v => v.Impact is "serious" or "critical").Select(v => $"{where}: {v.Id} at {string.Join(", ", v.Nodes.Take(3).Select(n => n.Target))}");
    }
}
