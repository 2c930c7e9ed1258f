using System.Net;
using AdminPortal.Simulator;
using AdminPortal.Testing;
using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Audit;
using AdminPortal.Web.Features.Members;
using AdminPortal.Web.Tests.Security;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace AdminPortal.Web.Tests.Features.Members;

/// <summary>The address behind the export menu, over real HTTP.</summary>
public sealed class MemberExportEndpointTests(PostgresFixture postgres)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Form_of_the_page_exports_and_nothing_else_does()
    {
        await using var world = await World.StartAsync(postgres, new WorldOptions(), Ct);
        using var audrey = new PlainBrowser(world);
        using var vera = new PlainBrowser(world);
        using var stranger = new PlainBrowser(world);
        await audrey.SignInAsync(SimulatorDefaults.Audrey);
        await vera.SignInAsync(SimulatorDefaults.Vera);
        Dictionary<string, string> form = new() { ["__RequestVerificationToken"] = await TokenAsync(audrey), ["format"] = "csv" };

        // A link leads nowhere, a page of somebody else's has no token, a stranger is shown the door, and who may not is told so.
        Assert.NotEqual(HttpStatusCode.OK, (await audrey.SendAsync(HttpMethod.Get, "/members/export?format=csv")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await audrey.PostFormAsync("/members/export", new() { ["format"] = "csv" })).Status);
        Assert.StartsWith("/welcome", (await stranger.PostFormAsync("/members/export", form)).Address.AbsolutePath, StringComparison.Ordinal);
        var refused = await vera.PostFormAsync("/members/export", new() { ["__RequestVerificationToken"] = await TokenAsync(vera), ["format"] = "csv" });
        Assert.Equal((HttpStatusCode.Forbidden, "Your role is Viewer. This needs Operator or Auditor or Administrator."), (refused.Status, refused.Html));
        // Whoever asked for some people never gets everybody.
        foreach (var wrong in new Dictionary<string, string>[] { new(form) { ["format"] = "exe" }, new(form) { ["format"] = "7" }, new(form) { ["of"] = "selection" }, new(form) { ["of"] = "selection", ["selection"] = "{}" } })
            Assert.Equal(HttpStatusCode.BadRequest, (await audrey.PostFormAsync("/members/export", wrong)).Status);
        await using var db = await world.Services.GetRequiredService<IDbContextFactory<PortalDbContext>>().CreateDbContextAsync(Ct);
        Assert.False(await db.AuditEntries.AnyAsync(e => e.Action == MemberExportService.Action || (e.Action == MemberExportService.BegunAction && e.Outcome == AuditOutcome.Done), Ct));

        var shown = await audrey.PostFormAsync("/members/export?role=admin&cols=email&after=rubbish", form);

        Assert.Equal((HttpStatusCode.OK, "\"Name\",\"Email\",\"Membership URI\",\"User URI\",\"Portal id\"\r\n"), (shown.Status, shown.Html));
        Assert.Equal(1, await db.AuditEntries.CountAsync(e => e.Action == MemberExportService.Action && e.Outcome == AuditOutcome.Done, Ct));
    }

    private static async Task<string> TokenAsync(PlainBrowser browser) => PlainBrowser.Hidden((await browser.OpenAsync("/settings")).Html)["__RequestVerificationToken"];
}
