using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace AdminPortal.EndToEnd.Tests;

/// <summary>One person in a browser context of their own. What the browser's console calls an error is collected, so that a journey can end clean.</summary>
public sealed class Visitor : IAsyncDisposable
{
    /// <summary>Milliseconds. Long, because it is only ever waited out by a failure: a busy machine is none.</summary>
    private const float Patience = 90_000;

    private readonly IBrowserContext context;
    private readonly ConcurrentQueue<string> errors = new();

    private Visitor(IBrowserContext context, IPage page, Uri portal)
    {
        (this.context, Page, Portal) = (context, page, portal);
        page.Console += (_, message) =>
        {
            if (message.Type == "error") errors.Enqueue(message.Text);
        };
        page.PageError += (_, error) => errors.Enqueue(error);
    }

    public IPage Page { get; }
    public Uri Portal { get; }
    public IReadOnlyCollection<string> Errors => errors;

    public static async Task<Visitor> OpenAsync(IBrowser browser, Uri portal, ColorScheme scheme = ColorScheme.Light, int width = 1440, int height = 900)
    {
        var context = await browser.NewContextAsync(new() { ViewportSize = new() { Width = width, Height = height }, ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce });
        context.SetDefaultTimeout(Patience);
        Assertions.SetDefaultExpectTimeout(Patience);
        return new Visitor(context, await context.NewPageAsync(), portal);
    }

    public static async Task<Visitor> SignInAsync(IBrowser browser, Uri portal, string name, ColorScheme scheme = ColorScheme.Light, int width = 1440, int height = 900)
    {
        var visitor = await OpenAsync(browser, portal, scheme, width, height);
        await visitor.SignInAsync(name);
        return visitor;
    }

    public async Task SignInAsync(string name)
    {
        await Page.GotoAsync(Portal.ToString());
        await Page.GetByRole(AriaRole.Link, new() { Name = "Sign in with Microsoft Entra" }).ClickAsync();
        await Page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true }).ClickAsync();
        await Assertions.Expect(Page).ToHaveURLAsync(new Regex("^" + Regex.Escape(Portal.ToString())));
    }

    /// <summary>Opens a page and waits until its heading stands and the circuit does.</summary>
    public async Task GoAsync(string path, string heading)
    {
        await Page.GotoAsync(new Uri(Portal, path).ToString());
        await Assertions.Expect(Heading(heading)).ToBeVisibleAsync();
        await Assertions.Expect(Page.Locator("main[aria-busy]")).ToHaveCountAsync(0);
    }

    public ILocator Heading(string text) => Page.GetByRole(AriaRole.Heading, new() { Name = text, Level = 1, Exact = true });

    public ILocator Button(string text) => Page.GetByRole(AriaRole.Button, new() { Name = text, Exact = true });

    public ILocator Dialog => Page.GetByRole(AriaRole.Dialog);

    /// <summary>Connects; whoever is first also says that this is the organization to manage.</summary>
    public async Task ConnectCalendlyAsync(string name, Func<Task>? beforeConfirming = null)
    {
        await GoAsync("/connections", "Calendly connections");
        await Button("Connect my Calendly account").First.ClickAsync();
        await Button($"Connect as {name}").ClickAsync();
        await Assertions.Expect(Page.GetByText($"Connected as {name}")).ToBeVisibleAsync();
        var (confirm, managed) = (Button("Manage this organization"), Page.GetByText("The portal manages "));
        await Assertions.Expect(confirm.Or(managed)).ToBeVisibleAsync();
        if (await confirm.IsVisibleAsync())
        {
            if (beforeConfirming is not null) await beforeConfirming();
            await confirm.ClickAsync();
        }
        await Assertions.Expect(managed).ToBeVisibleAsync();
    }

    /// <summary>Waits until the directory has been read completely.</summary>
    public async Task SeeMembersAsync()
    {
        await GoAsync("/members", "Members");
        await Assertions.Expect(Page.Locator("tbody input[type=checkbox]").First).ToBeVisibleAsync();
        await Assertions.Expect(Page.GetByText("Complete as of").First).ToBeVisibleAsync();
    }

    public async ValueTask DisposeAsync() => await context.DisposeAsync();
}
