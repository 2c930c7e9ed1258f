using System.Net.Http.Json;
using AdminPortal.Simulator;
using AdminPortal.Testing;
using AdminPortal.Web.Features.Audit;
using AdminPortal.Web.Features.Directory;
using AdminPortal.Web.Features.Removals;
using AdminPortal.Web.Security;
using AdminPortal.Web.Tests.Features.Connections;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Web.Tests.Features.Removals;

/// <summary>What the worker does at Calendly: portal, simulator and PostgreSQL are real, faults come from outside.</summary>
public sealed class RemovalExecutionTests(PostgresFixture postgres)
{
    private const string Memberships = "^/organization_memberships/[^/]+$";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Removal_is_sent_once_read_back_and_audited_with_its_intent()
    {
        await using var world = await ArrangeAsync();
        var request = await ApprovedAsync(world, 3);
        var ended = await EndAsync(world, request);

        Assert.Equal(RequestState.Closed, ended.State);
        Assert.All(ended.Items, item => Assert.Equal(ItemState.Removed, item.State));
        var deletes = await world.LedgerAsync("DELETE", "/organization_memberships", Token);
        Assert.Equal(3, deletes.Count);
        Assert.All(deletes, call => Assert.True(call.Applied));
        await using var db = await world.DbAsync(Token);
        var trail = await db.AuditEntries.Where(e => e.Action == "removal.execute").OrderBy(e => e.Sequence).ToListAsync(Token);
        Assert.Equal(3, trail.Count(e => e.Outcome == AuditOutcome.Intended));
        Assert.All(trail.Where(e => e.Outcome == AuditOutcome.Done), e => Assert.Contains(trail, intent => intent.Sequence == e.IntentSequence));
        Assert.Equal(3, await db.Members.CountAsync(m => m.LeftAt != null, Token));
        var changes = await db.Changes.Where(c => c.Kind == ChangeKind.Left).ToListAsync(Token);
        Assert.Equal(ended.Items.Select(i => i.MemberId).Order(), changes.Select(c => c.MemberId!.Value).Order());
        Assert.All(changes, c => Assert.Equal((ChangeOrigin.Ours, request, ended.RequesterId), (c.Origin, c.RemovalRequestId, c.PersonId)));
    }

    [Fact]
    public async Task Lost_answer_is_reconciled_by_reading()
    {
        await using var world = await ArrangeAsync();
        await world.SimulateAsync("faults", new[] { new { method = "DELETE", path = Memberships, times = 1, drop = "after" } }, Token);
        var ended = await EndAsync(world, await ApprovedAsync(world));
        Assert.Equal(ItemState.Removed, ended.Items[0].State);
        Assert.Single(await world.LedgerAsync("DELETE", "/organization_memberships", Token));
    }

    /// <summary>A refused read says nothing about a DELETE that took effect: no outcome is claimed before a read was answered.</summary>
    [Fact]
    public async Task Refused_read_after_a_lost_answer_claims_nothing()
    {
        await using var world = await ArrangeAsync();
        var request = await ApprovedAsync(world);
        await world.SimulateAsync("faults", new object[]
        {
            new { method = "DELETE", path = Memberships, times = 1, drop = "after", delayMs = 200 },
        }, Token);
        await Eventually.TrueAsync(async () => (await world.LedgerAsync("DELETE", "/organization_memberships", Token)).Count > 0, Token);
        await world.SimulateAsync("faults", new object[] { new { method = "GET", path = Memberships, times = 50, status = 403 } }, Token);
        await Eventually.TrueAsync(async () => (await GetAsync(world, request)).Items[0].State is ItemState.Attention or ItemState.Failed or ItemState.Removed, Token);
        var item = (await GetAsync(world, request)).Items[0];
        Assert.Equal(ItemState.Attention, item.State);
        Assert.Null(item.ReadBackAt);
    }

    [Fact]
    public async Task Refused_delete_fails_with_Calendlys_words_after_a_read()
    {
        await using var world = await ArrangeAsync();
        await world.SimulateAsync("faults", new[] { new { method = "DELETE", path = Memberships, times = 1, status = 403 } }, Token);
        var ended = await EndAsync(world, await ApprovedAsync(world));
        Assert.Equal(ItemState.Failed, ended.Items[0].State);
        Assert.NotNull(ended.Items[0].ReadBackAt);
        Assert.DoesNotContain(await world.LedgerAsync("DELETE", "/organization_memberships", Token), call => call.Applied);
    }

    [Theory]
    [InlineData("role", ItemState.Stale)]
    [InlineData("gone", ItemState.AlreadyGone)]
    public async Task Member_that_changed_since_the_approval_is_not_removed(string change, ItemState expected)
    {
        await using var world = await ArrangeAsync(("Removals:Hold", "00:00:02"));
        var request = await ApprovedAsync(world);
        var id = (await GetAsync(world, request)).Items[0].MembershipUri.Split('/')[^1];
        using var answer = change == "gone"
            ? await world.World.Simulator.Http.DeleteAsync($"_sim/members/{id}", Token)
            : await world.World.Simulator.Http.PatchAsync($"_sim/members/{id}", JsonContent.Create(new { role = "admin" }), Token);
        Assert.True(answer.IsSuccessStatusCode);

        var ended = await EndAsync(world, request);

        Assert.Equal(expected, ended.Items[0].State);
        Assert.Empty(await world.LedgerAsync("DELETE", "/organization_memberships", Token));
        await using var db = await world.DbAsync(Token);
        Assert.Equal(change == "gone" ? [(ChangeOrigin.OutOfBand, (Guid?)null)] : [],
            (await db.Changes.Where(c => c.Kind == ChangeKind.Left).ToListAsync(Token)).Select(c => (c.Origin, c.RemovalRequestId)));
    }

    /// <summary>Stopped while an item waits to be tried again: nothing was sent, so nothing is.</summary>
    [Fact]
    public async Task Stop_ends_an_item_that_waits_unsent()
    {
        await using var world = await ArrangeAsync();
        await world.SimulateAsync("faults", new[] { new { method = "GET", path = Memberships, times = 500, status = 503 } }, Token);
        var request = await ApprovedAsync(world, 2);
        await Eventually.TrueAsync(async () => (await GetAsync(world, request)).Items.Exists(i => i.WaitsUnsent), Token);

        await world.Get<RemovalService>().StopAsync(Guid.CreateVersion7(), request, "Stop, these are the wrong people.", ConnectedWorld.Actor(SimulatorDefaults.Olivia), Token);
        using var clear = await world.World.Simulator.Http.DeleteAsync("_sim/faults", Token);

        var ended = await EndAsync(world, request);
        Assert.All(ended.Items, item => Assert.Equal(ItemState.Cancelled, item.State));
        Assert.Equal("Olivia Ortiz", ended.EndedByName);
        Assert.Empty(await world.LedgerAsync("DELETE", "/organization_memberships", Token));
    }

    [Fact]
    public async Task Connection_of_another_Calendly_user_is_never_used()
    {
        await using var world = await ArrangeAsync(("Removals:Hold", "00:00:02"));
        var request = await ApprovedAsync(world);
        await world.ExecuteAsync($"UPDATE connections SET calendly_user_uri = 'https://api.calendly.com/users/SOMEBODYELSE' WHERE person_id = (SELECT id FROM people WHERE name = 'Olivia Ortiz')", Token);
        await Eventually.TrueAsync(async () => (await GetAsync(world, request)).Items[0].State == ItemState.Attention, Token);
        Assert.Empty(await world.LedgerAsync("DELETE", "/organization_memberships", Token));
    }

    [Theory]
    [InlineData("Olivia Ortiz")]
    [InlineData("Arjun Rao")]
    public async Task Removal_whose_requester_or_approver_is_blocked_after_the_approval_needs_attention(string name)
    {
        await using var world = await ArrangeAsync(("Removals:Hold", "00:00:02"));
        var request = await ApprovedAsync(world);
        await using var db = await world.DbAsync(Token);
        var person = await db.People.AsNoTracking().SingleAsync(p => p.Name == name, Token);

        await world.Get<PeopleService>().BlockAsync(Guid.CreateVersion7(), person.Id, "Left the company on Friday.", ConnectedWorld.Actor(SimulatorDefaults.Priya), Token);

        await Eventually.TrueAsync(async () => (await GetAsync(world, request)).Items[0].State == ItemState.Attention, Token);
        Assert.StartsWith(name, (await GetAsync(world, request)).Items[0].Explanation, StringComparison.Ordinal);
        Assert.Empty(await world.LedgerAsync("DELETE", "/organization_memberships", Token));
    }

    [Fact]
    public async Task Two_instances_remove_each_person_once()
    {
        await using var world = await ArrangeAsync();
        var (second, _) = await World.ServeAsync(world.World.Database, world.World.Simulator.Address, new Dictionary<string, string> { ["Removals:Hold"] = "00:00:01" }, Token);
        await using (second)
        {
            var ended = await EndAsync(world, await ApprovedAsync(world, 8));
            Assert.All(ended.Items, item => Assert.Equal(ItemState.Removed, item.State));
            var deletes = await world.LedgerAsync("DELETE", "/organization_memberships", Token);
            Assert.Equal(8, deletes.Count);
            Assert.All(deletes, call => Assert.True(call.Applied));
            await second.StopAsync(Token);
        }
    }

    private async Task<ConnectedWorld> ArrangeAsync(params (string, string)[] settings)
    {
        var world = await ConnectedWorld.StartAsync(postgres, Token, settings.Length > 0 ? settings : [("Removals:Hold", "00:00:01")]);
        await world.ConnectAsync(SimulatorDefaults.Priya, Token);
        await world.ConnectAsync(SimulatorDefaults.Olivia, Token);
        await world.SignInAsync(SimulatorDefaults.Arjun, Token);
        await Eventually.TrueAsync(async () =>
        {
            await using var db = await world.DbAsync(Token);
            return await db.Sweeps.AnyAsync(s => s.State == SweepState.Complete, Token);
        }, Token);
        return world;
    }

    private static async Task<Guid> ApprovedAsync(ConnectedWorld world, int people = 1)
    {
        await using var db = await world.DbAsync(Token);
        var members = await db.Members.Where(m => m.Role == "user" && m.Email.EndsWith("@harbourlight.example")).OrderBy(m => m.Id).Take(people).Select(m => m.Id).ToListAsync(Token);
        var service = world.Get<RemovalService>();
        var id = await service.FileAsync(Guid.CreateVersion7(), new Filing(members, "Left the company on Friday."), ConnectedWorld.Actor(SimulatorDefaults.Olivia), Token);
        var fingerprint = Convert.ToHexStringLower((await GetAsync(world, id)).Fingerprint);
        return await service.ApproveAsync(Guid.CreateVersion7(), id, new DecisionInput(fingerprint, "", [], WithoutImpact: true), ConnectedWorld.Actor(SimulatorDefaults.Arjun), Token);
    }

    private static async Task<RemovalRequest> GetAsync(ConnectedWorld world, Guid id)
    {
        await using var db = await world.DbAsync(Token);
        return await db.RemovalRequests.AsNoTracking().Include(r => r.Items).Include(r => r.Decisions).SingleAsync(r => r.Id == id, Token);
    }

    private static async Task<RemovalRequest> EndAsync(ConnectedWorld world, Guid id)
    {
        await Eventually.TrueAsync(async () => !(await GetAsync(world, id)).State.IsOpen(), Token);
        return await GetAsync(world, id);
    }
}
