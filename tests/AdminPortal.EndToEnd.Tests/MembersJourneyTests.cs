using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using AdminPortal.Testing;
using Microsoft.Playwright;

namespace AdminPortal.EndToEnd.Tests;

/// <summary>The grid of members as people use it: selection over pages, exports, filters, views, columns, the keyboard alone, and a sync meanwhile.</summary>
public sealed partial class MembersJourneyTests(PostgresFixture postgres, BrowserFixture browser)
{
    private const int People = 230;

    /// <summary>As they come: cut off, tampered with, or meant to break something.</summary>
    private static readonly string[] HostileAddresses =
    [
        "?after=rubbish&n=-7", "?before=WyJOYW1lIl0&sort=email", "?after=a&before=b&rows=7&dir=up", "?role=king&status=gone&has=%00,x,&since=9999-99-99", "?since=0001-01-01", "?since=9999-12-31",
        "?q=%25_%27%22%3B--", "?q=%E2%80%AE%D7%A9%D7%9C%D7%95%D7%9D", "?q=%F0%9F%92%A9%F0%9F%8F%B3", "?q=%ED%A0%80", "?cols=shoe,<script>", "?status=left&has=removal&sort=joined&dir=desc", $"?q={new string('x', 10_000)}",
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Journey_through_the_grid()
    {
        await using var world = await World.StartAsync(postgres, new WorldOptions(People), Token);
        await using var olivia = await Visitor.SignInAsync(browser.Browser, world.PortalUrl, "Olivia Ortiz");
        await olivia.ConnectCalendlyAsync("Olivia Ortiz");
        await olivia.SeeMembersAsync();

        await SelectOverPagesAsync(olivia);
        await SaveAViewAsync(olivia);
        await KeyboardAloneAsync(olivia);
        await SyncMeanwhileAsync(world, olivia);
        foreach (var address in HostileAddresses)
        {
            await olivia.GoAsync($"/members{address}", "Members");
            await Assertions.Expect(olivia.Page.Locator("tbody tr[data-row], .es").First).ToBeVisibleAsync();
            await Assertions.Expect(olivia.Page.Locator(".error-state")).ToHaveCountAsync(0);
        }
        Assert.Empty(olivia.Errors);

        // Whoever may not export is offered no export, and nothing to choose.
        await using var vera = await Visitor.SignInAsync(browser.Browser, world.PortalUrl, "Vera Lind");
        await vera.GoAsync("/members", "Members");
        await Assertions.Expect(vera.Page.Locator("tbody tr[data-row]").First).ToBeVisibleAsync();
        await Assertions.Expect(vera.Page.Locator("tbody input[type=checkbox]")).ToHaveCountAsync(0);
        await Assertions.Expect(vera.Page.GetByRole(AriaRole.Button, new() { NameRegex = Export() })).ToHaveCountAsync(0);
        Assert.Empty(vera.Errors);
    }

    private static async Task SelectOverPagesAsync(Visitor olivia)
    {
        var (page, bar, range) = (olivia.Page, olivia.Page.Locator(".selbar"), olivia.Page.Locator(".pager .range"));
        var boxes = page.Locator("tbody input[type=checkbox]:enabled");
        await boxes.Nth(0).CheckAsync();
        await boxes.Nth(3).ClickAsync(new() { Modifiers = [KeyboardModifier.Shift] });
        await Assertions.Expect(bar).ToContainTextAsync("4 selected on this page.");
        await Link(page, "Next page").ClickAsync();
        await Assertions.Expect(range).ToHaveTextAsync($"26–50 of {People}");
        await boxes.Nth(0).CheckAsync();
        await Assertions.Expect(bar).ToContainTextAsync("5 selected, 1 on this page.");
        await page.ReloadAsync();
        await Assertions.Expect(bar).ToContainTextAsync("5 selected, 1 on this page.");
        Assert.Equal(6, (await ExportAsync(bar, "excel", "\uFEFF\"Name\",\"Email\",\"Role\",\"In progress\",")).Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Length);

        // Everybody but one, whom another page shows.
        await bar.GetByText($"Select all {People}").ClickAsync();
        await Assertions.Expect(bar).ToContainTextAsync($"All {People} selected.");
        await Assertions.Expect(bar).ToContainTextAsync("A request holds up to 200 people");
        var leftOut = await boxes.Nth(1).GetAttributeAsync("aria-label");
        await boxes.Nth(1).UncheckAsync();
        await Assertions.Expect(bar).ToContainTextAsync($"All {People} selected, except 1.");
        await Link(page, "Last page").ClickAsync();
        await Assertions.Expect(range).ToHaveTextAsync($"226–230 of {People}");
        await Assertions.Expect(bar).ToContainTextAsync($"All {People} selected, except 1.");
        var everybody = JsonSerializer.Deserialize<JsonElement>(await ExportAsync(bar, "json", "["));
        Assert.Equal(People - 1, everybody.GetArrayLength());
        Assert.DoesNotContain(everybody.EnumerateArray(), member => leftOut == $"Select {member.GetProperty("name").GetString()}");

        // Another list shows other people: everybody of the first one is not meant any more.
        await page.GetByRole(AriaRole.Link, new() { NameRegex = Admins() }).ClickAsync();
        await Assertions.Expect(bar).ToHaveCountAsync(0);

        // All who match, as far as they can be removed; the dialog says who cannot and why.
        await boxes.Nth(0).CheckAsync();
        await bar.GetByText("matching").ClickAsync();
        await bar.GetByRole(AriaRole.Button, new() { NameRegex = RequestRemoval() }).ClickAsync();
        await Assertions.Expect(olivia.Dialog.GetByText("You cannot remove yourself.")).ToBeVisibleAsync();
        await olivia.Button("Close without requesting").ClickAsync();
        await Assertions.Expect(olivia.Dialog).ToHaveCountAsync(0);
        await bar.GetByText("Clear").ClickAsync();
        await Assertions.Expect(bar).ToHaveCountAsync(0);
    }

    private static async Task SaveAViewAsync(Visitor olivia)
    {
        var page = olivia.Page;
        await olivia.GoAsync("/members", "Members");
        await olivia.Button("Add filter").ClickAsync();
        await page.GetByLabel("Joined since…").FillAsync("2022-01-01");
        await olivia.Button("Show").ClickAsync();
        await Assertions.Expect(page.Locator(".tag")).ToHaveTextAsync("Joined since 1 Jan 2022");
        await olivia.Button("Columns").ClickAsync();
        await page.GetByLabel("Time zone").CheckAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Columnheader, new() { Name = "Time zone" })).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("Escape");
        await olivia.Button("Views").ClickAsync();
        await page.GetByLabel("Save this list as").FillAsync("Since 2022");
        await olivia.Button("Save view").ClickAsync();
        await Assertions.Expect(Link(page, "Since 2022")).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("Escape");

        // The columns stay with the person; the view has them in its address, for whomever it is given to.
        await olivia.Button("Columns").ClickAsync();
        await olivia.Button("Back to the usual columns").ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Columnheader, new() { Name = "Time zone" })).ToHaveCountAsync(0);
        await olivia.GoAsync("/members", "Members");
        await olivia.Button("Views").ClickAsync();
        await Link(page, "Since 2022").ClickAsync();
        await Assertions.Expect(page.Locator(".tag")).ToHaveTextAsync("Joined since 1 Jan 2022");
        await Assertions.Expect(page.GetByRole(AriaRole.Columnheader, new() { Name = "Time zone" })).ToBeVisibleAsync();
        Assert.Equal("/members?since=2022-01-01&cols=change%2Cemail%2Cjoined%2Cname%2Cprogress%2Crole%2Czone", new Uri(page.Url).PathAndQuery);
    }

    private static async Task KeyboardAloneAsync(Visitor olivia)
    {
        var (page, bar, keys) = (olivia.Page, olivia.Page.Locator(".selbar"), olivia.Page.Keyboard);
        await olivia.GoAsync("/members", "Members");
        await Assertions.Expect(page.Locator("tbody tr[data-row]")).ToHaveCountAsync(25);
        await Assertions.Expect(olivia.Heading("Members")).ToBeFocusedAsync();
        await keys.PressAsync("?");
        await Assertions.Expect(olivia.Dialog.GetByText("Select up to here")).ToBeVisibleAsync();
        await keys.PressAsync("Escape");
        await Assertions.Expect(olivia.Dialog).ToHaveCountAsync(0);
        await keys.PressAsync("j");
        await Assertions.Expect(page.Locator("tbody tr").Nth(0)).ToBeFocusedAsync();
        await keys.PressAsync("j");
        await keys.PressAsync("j");
        await keys.PressAsync("k");
        await Assertions.Expect(page.Locator("tbody tr").Nth(1)).ToBeFocusedAsync();
        await keys.PressAsync("x");
        await keys.PressAsync("j");
        await keys.PressAsync("j");
        await keys.PressAsync("Shift+X");
        await Assertions.Expect(bar).ToContainTextAsync("3 selected on this page.");
        await Assertions.Expect(page.Locator("tbody tr").Nth(3)).ToBeFocusedAsync();
        await keys.PressAsync(".");
        await Assertions.Expect(page.Locator("[role=menu] a").First).ToBeFocusedAsync();
        await keys.PressAsync("ArrowDown");
        await Assertions.Expect(page.GetByRole(AriaRole.Menuitem, new() { Name = "Copy email" })).ToBeFocusedAsync();
        await keys.PressAsync("Escape");
        await Assertions.Expect(page.Locator("[role=menu]")).ToHaveCountAsync(0);
        await keys.PressAsync("r");
        await Assertions.Expect(olivia.Dialog.GetByText("3 people", new() { Exact = true })).ToBeVisibleAsync();
        await olivia.Button("Close without requesting").ClickAsync();
        await Assertions.Expect(olivia.Dialog).ToHaveCountAsync(0);
        await keys.PressAsync("Escape");
        await Assertions.Expect(bar).ToHaveCountAsync(0);
        await keys.PressAsync("]");
        await Assertions.Expect(page.Locator(".pager .range")).ToHaveTextAsync($"26–50 of {People}");
        await keys.PressAsync("j");
        await Assertions.Expect(page.Locator("tbody tr").Nth(0)).ToBeFocusedAsync();
        var name = await page.Locator("tbody tr .who a").Nth(0).TextContentAsync();
        await keys.PressAsync("Enter");
        await Assertions.Expect(olivia.Heading(name!)).ToBeVisibleAsync();
        await keys.PressAsync("g");
        await keys.PressAsync("m");
        await Assertions.Expect(olivia.Heading("Members")).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator("tbody tr[data-row]")).ToHaveCountAsync(25);
        await keys.PressAsync("f");
        await keys.TypeAsync("priya.nair");
        await Assertions.Expect(page.Locator("tbody tr[data-row]")).ToHaveCountAsync(1);
    }

    /// <summary>A sync brings somebody new while a row has the focus, people are chosen, and a name is half typed.</summary>
    private static async Task SyncMeanwhileAsync(World world, Visitor olivia)
    {
        var (page, bar) = (olivia.Page, olivia.Page.Locator(".selbar"));
        await olivia.GoAsync("/members", "Members");
        var second = page.Locator("tbody tr[data-row]").Nth(1);
        await second.Locator("input").CheckAsync();
        var row = page.Locator($"tr[data-row='{await second.GetAttributeAsync("data-row")}']");
        await row.FocusAsync();
        (await world.Simulator.Http.PostAsJsonAsync("/_sim/members", new { name = "Aaa First", email = "aaa.first@example.com" }, Token)).EnsureSuccessStatusCode();
        await page.EvaluateAsync("document.querySelector('.sync').dispatchEvent(new MouseEvent('click', { bubbles: true }))");

        await Assertions.Expect(page.Locator("tbody tr[data-row]").First).ToContainTextAsync("Aaa First");
        await Assertions.Expect(page.GetByText($"{People + 1} people")).ToBeVisibleAsync();
        await Assertions.Expect(row).ToBeFocusedAsync();
        await Assertions.Expect(row.Locator("input")).ToBeCheckedAsync();
        await Assertions.Expect(bar).ToContainTextAsync("1 selected on this page.");
        await bar.GetByText("Clear").ClickAsync();
    }

    private static ILocator Link(IPage page, string name) => page.GetByRole(AriaRole.Link, new() { Name = name, Exact = true });

    /// <summary>Chooses a format in the export menu found there, and reads what the browser was given.</summary>
    private static async Task<string> ExportAsync(ILocator where, string format, string beginning)
    {
        await where.GetByRole(AriaRole.Button, new() { NameRegex = Export() }).ClickAsync();
        var download = await where.Page.RunAndWaitForDownloadAsync(() => where.Page.Locator($".menu.export:popover-open [value={format}]").ClickAsync());
        await using var file = await download.CreateReadStreamAsync();
        using var reader = new StreamReader(file, new System.Text.UTF8Encoding(false), detectEncodingFromByteOrderMarks: false);
        var text = await reader.ReadToEndAsync(Token);
        Assert.StartsWith(beginning, text, StringComparison.Ordinal);
        return text;
    }

    [GeneratedRegex("^Export ")] private static partial Regex Export();

    [GeneratedRegex("^Admin [0-9]")] private static partial Regex Admins();

    [GeneratedRegex("^Request removal of ")] private static partial Regex RequestRemoval();
}
