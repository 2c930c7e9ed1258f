using System.Text.RegularExpressions;
using AdminPortal.Testing;
using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Removals;
using AdminPortal.Web.Security;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

namespace AdminPortal.EndToEnd.Tests;

/// <summary>Sam may request and may approve, but never both for one request: not on the page, not by calling the service, not by writing a row.</summary>
public sealed partial class OwnRequestTests(PostgresFixture postgres, BrowserFixture browser)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Own_request_cannot_be_approved_by_page_or_service()
    {
        await using var world = await World.StartAsync(postgres, new WorldOptions(Settings: new Dictionary<string, string> { ["Removals:Hold"] = "00:00:01" }), Token);
        await using var priya = await Visitor.SignInAsync(browser.Browser, world.PortalUrl, "Priya Nair");
        await priya.ConnectCalendlyAsync("Priya Nair");
        await using var sam = await Visitor.SignInAsync(browser.Browser, world.PortalUrl, "Sam Okafor");
        await sam.ConnectCalendlyAsync("Sam Okafor");
        await sam.SeeMembersAsync();
        await sam.GoAsync("/members?q=harbourlight.example&role=user", "Members");
        await sam.Page.Locator("tbody input[type=checkbox]:enabled").First.CheckAsync();
        await sam.Page.GetByRole(AriaRole.Button, new() { NameRegex = RequestOfOne() }).ClickAsync();
        await sam.Dialog.GetByLabel("Reason").FillAsync("Left the company on Friday.");
        await sam.Dialog.GetByRole(AriaRole.Button, new() { Name = "Request removal", Exact = true }).ClickAsync();
        await Assertions.Expect(sam.Dialog).ToHaveCountAsync(0);

        // The page: the button is there, explains itself, and does nothing.
        await sam.GoAsync("/removals", "Removals");
        await sam.Page.Locator("tbody a").First.ClickAsync();
        var approve = sam.Button("Approve removal");
        await Assertions.Expect(approve).ToHaveAttributeAsync("aria-disabled", "true");
        await Assertions.Expect(sam.Page.GetByText("You made this request, so another person must decide.").First).ToBeVisibleAsync();
        await approve.ClickAsync(new() { Force = true });
        await Assertions.Expect(sam.Dialog).ToHaveCountAsync(0);

        // The service, as a forged click would call it.
        var contexts = world.Services.GetRequiredService<IDbContextFactory<PortalDbContext>>();
        await using var db = await contexts.CreateDbContextAsync(Token);
        var request = await db.RemovalRequests.AsNoTracking().SingleAsync(Token);
        var person = await db.People.AsNoTracking().SingleAsync(p => p.Name == "Sam Okafor", Token);
        var actor = new Actor(person.Id, person.ObjectId, person.TenantId, person.Name, ActorSource.Page);
        var service = world.Services.GetRequiredService<RemovalService>();
        var refused = await Assert.ThrowsAsync<RefusedException>(() =>
            service.ApproveAsync(Guid.CreateVersion7(), request.Id, new DecisionInput(Convert.ToHexStringLower(request.Fingerprint), "", [], true), actor, Token));
        Assert.Equal("own_request", refused.Refusal.Code);
        Assert.Empty(await world.Simulator.RemovalsAsync(Token));

        // The positive control: another approver can.
        await using var arjun = await Visitor.SignInAsync(browser.Browser, world.PortalUrl, "Arjun Rao");
        await arjun.GoAsync($"/removals/{request.Id}", $"Remove {(await db.RemovalItems.AsNoTracking().SingleAsync(Token)).Name}");
        await Assertions.Expect(arjun.Page.Locator(".imp b").First).ToBeVisibleAsync();
        await arjun.Button("Approve removal").ClickAsync();
        await arjun.Dialog.GetByRole(AriaRole.Button, new() { Name = "Approve removal", Exact = true }).ClickAsync();
        await Assertions.Expect(arjun.Page.Locator(".chip", new() { HasText = "Removed" }).First).ToBeVisibleAsync();
        await Assertions.Expect(sam.Page.GetByText("Arjun Rao approved").First).ToBeVisibleAsync();
        Assert.Single(await world.Simulator.RemovalsAsync(Token));
        Assert.Empty(sam.Errors);
        Assert.Empty(arjun.Errors);
    }

    [GeneratedRegex("^Request removal of 1")] private static partial Regex RequestOfOne();
}
