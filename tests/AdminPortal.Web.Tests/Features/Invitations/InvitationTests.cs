using AdminPortal.Simulator;
using AdminPortal.Testing;
using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Audit;
using AdminPortal.Web.Features.Connections;
using AdminPortal.Web.Features.Directory;
using AdminPortal.Web.Features.Invitations;
using AdminPortal.Web.Security;
using AdminPortal.Web.Shell;
using AdminPortal.Web.Tests.Features.Connections;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Web.Tests.Features.Invitations;

public sealed class InvitationTests(PostgresFixture postgres)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Asked_for_addresses_are_sent_on_the_connection_of_whoever_asked()
    {
        await using var world = await StartAsync();

        var rows = await FinishedAsync(world, await SendAsync(world, "new.one@example.com, Two <new.two@example.com>"));

        Assert.All(rows, row => Assert.Equal(InvitationSendState.Sent, row.State));
        var page = await world.Get<InvitationList>().PageAsync(new GridQuery { Q = "new." }, Ct);
        Assert.Equal(["new.one@example.com", "new.two@example.com"], page.Rows.Select(r => r.Email).Order());
        Assert.All(page.Rows, row => Assert.Equal("Olivia Ortiz", row.InvitedBy));
        await using var db = await world.DbAsync(Ct);
        var trail = await db.AuditEntries.Where(e => e.Action == "invitation.sent").ToListAsync(Ct);
        Assert.Equal(2, trail.Count(e => e.Outcome == AuditOutcome.Intended));
        Assert.Equal(2, trail.Count(e => e.Outcome == AuditOutcome.Done && trail.Any(i => i.Sequence == e.IntentSequence)));
        var changes = await db.Changes.OrderBy(c => c.Subject).ToListAsync(Ct);
        Assert.Equal(["new.one@example.com", "new.two@example.com"], changes.Select(c => c.Subject));
        Assert.All(changes, c => Assert.Equal((ChangeKind.Invited, ChangeOrigin.Ours, rows[0].SenderId), (c.Kind, c.Origin, c.PersonId)));
    }

    [Fact]
    public async Task Repeated_click_sends_once()
    {
        await using var world = await StartAsync();
        var command = Guid.CreateVersion7();

        var batches = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => SendAsync(world, "new.one@example.com", command)));

        Assert.Single(batches.Distinct());
        await FinishedAsync(world, batches[0]);
        Assert.Single(await PostsAsync(world));
    }

    [Fact]
    public async Task Calendlys_refusals_are_told_per_address_and_the_others_are_sent()
    {
        await using var world = await StartAsync();
        await FinishedAsync(world, await SendAsync(world, "invited@example.com"));

        var rows = await FinishedAsync(world, await SendAsync(world, "sam.okafor@example.com invited@example.com fresh@example.com"));

        Assert.Equal(["Already a member of the organization.", "Already invited; that invitation is still pending.", "Sent."], rows.Select(r => r.Result));
    }

    [Theory]
    [InlineData(false, "No seat is free.")]
    [InlineData(true, "This organization adds people by SCIM only.")]
    public async Task Refusal_of_the_whole_organization_is_told(bool scim, string words)
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        await world.SimulateAsync("reset", new { members = 40, seatLimit = scim ? 100_000 : 1, scimEnforced = scim }, Ct);
        await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);

        var row = Assert.Single(await FinishedAsync(world, await SendAsync(world, "fresh@example.com")));

        Assert.Equal(InvitationSendState.Refused, row.State);
        Assert.StartsWith(words, row.Result, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answer_lost_after_the_effect_is_found_by_reading_and_not_sent_again()
    {
        await using var world = await StartAsync();
        await world.SimulateAsync("faults", new[] { new { method = "POST", path = "/invitations", drop = "after" } }, Ct);

        var row = Assert.Single(await FinishedAsync(world, await SendAsync(world, "fresh@example.com")));

        Assert.Equal(InvitationSendState.Sent, row.State);
        Assert.Single(await PostsAsync(world), call => call.Applied);
        Assert.Single(await PostsAsync(world));
    }

    [Fact]
    public async Task Request_lost_before_its_effect_is_sent_again_after_reading()
    {
        await using var world = await StartAsync();
        await world.SimulateAsync("faults", new[] { new { method = "POST", path = "/invitations", drop = "before" } }, Ct);

        var row = Assert.Single(await FinishedAsync(world, await SendAsync(world, "fresh@example.com")));

        Assert.Equal(InvitationSendState.Sent, row.State);
        Assert.Single(await PostsAsync(world), call => call.Applied);
    }

    [Fact]
    public async Task Batch_waits_for_a_dead_connection_and_goes_on_after_reconnecting()
    {
        await using var world = await StartAsync();
        await world.SimulateAsync("tokens/revoke", new { }, Ct);
        var batch = await SendAsync(world, "fresh@example.com");
        await UntilAsync(world, async db => await db.InvitationSends.AnyAsync(s => s.State == InvitationSendState.Attention && s.Result != null, Ct)
            && await db.Connections.AnyAsync(c => c.State == ConnectionState.NeedsReconnect, Ct));
        Assert.DoesNotContain(await PostsAsync(world), call => call.Applied);

        await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);
        await world.ExecuteAsync($"UPDATE invitation_sends SET lease_until = now() WHERE state = 'attention'", Ct);

        Assert.Equal(InvitationSendState.Sent, Assert.Single(await FinishedAsync(world, batch)).State);
    }

    [Fact]
    public async Task Asking_without_right_connection_or_proper_addresses_is_refused()
    {
        await using var world = await StartAsync();
        await world.SignInAsync(SimulatorDefaults.Sam, Ct);
        await world.SignInAsync(SimulatorDefaults.Vera, Ct);

        async Task<string> RefusedAsync(string addresses, DemoPerson person) =>
            (await Assert.ThrowsAsync<RefusedException>(() => SendAsync(world, addresses, person: person))).Refusal.Code;

        Assert.Equal("role", await RefusedAsync("a@x.example", SimulatorDefaults.Vera));
        Assert.Equal("not_connected", await RefusedAsync("a@x.example", SimulatorDefaults.Sam));
        Assert.Equal("not_an_address", await RefusedAsync("a@x.example b", SimulatorDefaults.Olivia));
        Assert.Equal("no_address", await RefusedAsync(" ", SimulatorDefaults.Olivia));
        Assert.Equal("too_many", await RefusedAsync(string.Join(' ', Enumerable.Range(0, 201).Select(n => $"a{n}@x.example")), SimulatorDefaults.Olivia));
        Assert.Empty(await PostsAsync(world));
        Assert.Equal(["role", "not_connected", "not_an_address", "no_address", "too_many"], await world.RefusalsAsync("invitations.asked", Ct));
    }

    [Theory]
    [InlineData(null, true, InvitationStatus.Revoked, ChangeKind.InvitationRevoked)]
    [InlineData("drop after", true, InvitationStatus.Revoked, ChangeKind.InvitationRevoked)]
    [InlineData("drop before", false, InvitationStatus.Pending, null)]
    [InlineData("accepted", false, InvitationStatus.Accepted, ChangeKind.InvitationAccepted)]
    [InlineData("vanished", false, InvitationStatus.Vanished, ChangeKind.InvitationVanished)]
    public async Task Revoking_tells_what_a_fresh_read_shows(string? fault, bool revoked, string status, ChangeKind? kind)
    {
        await using var world = await StartAsync();
        await FinishedAsync(world, await SendAsync(world, "fresh@example.com"));
        var row = (await world.Get<InvitationList>().PageAsync(new GridQuery { Q = "fresh" }, Ct)).Rows.Single();
        await using var db = await world.DbAsync(Ct);
        var uri = await db.Invitations.Where(i => i.Id == row.Id).Select(i => i.Uri).SingleAsync(Ct);
        if (fault is "drop after" or "drop before") await world.SimulateAsync("faults", new[] { new { method = "DELETE", path = "/invitations", drop = fault[5..] } }, Ct);
        if (fault == "accepted") await world.SimulateAsync($"invitations/{uri.Split('/')[^1]}/accept", new { }, Ct);
        if (fault == "vanished") await world.Get<CalendlyAccess>().For((await world.ConnectionAsync(SimulatorDefaults.Olivia, Ct)).Id, Lane.People).Invitations.RevokeAsync(uri, Ct);

        var result = await world.Get<InvitationRevocation>().RevokeAsync(Guid.CreateVersion7(), row.Id, ConnectedWorld.Actor(SimulatorDefaults.Olivia), Ct);

        Assert.Equal(revoked, result.Revoked);
        var after = await db.Invitations.AsNoTracking().SingleAsync(i => i.Id == row.Id, Ct);
        Assert.Equal((status, revoked), (after.Status, after.RevokedBy is not null));
        var outcome = await db.AuditEntries.SingleAsync(e => e.Action == "invitation.revoked", Ct);
        Assert.Equal(revoked ? AuditOutcome.Done : AuditOutcome.Failed, outcome.Outcome);
        Assert.NotNull(outcome.IntentSequence);
        var change = await db.Changes.SingleOrDefaultAsync(c => c.InvitationId == row.Id && c.Kind != ChangeKind.Invited, Ct);
        Assert.Equal(kind, change?.Kind);
        // What nobody here did is nobody's.
        if (change is not null) Assert.Equal(kind != ChangeKind.InvitationVanished, change is { Origin: ChangeOrigin.Ours, PersonId: not null });
    }

    [Fact]
    public async Task Invitation_that_has_ended_is_not_revoked_again()
    {
        await using var world = await StartAsync();
        await FinishedAsync(world, await SendAsync(world, "fresh@example.com"));
        var row = (await world.Get<InvitationList>().PageAsync(new GridQuery { Q = "fresh" }, Ct)).Rows.Single();
        var revocation = world.Get<InvitationRevocation>();
        Assert.True((await revocation.RevokeAsync(Guid.CreateVersion7(), row.Id, ConnectedWorld.Actor(SimulatorDefaults.Olivia), Ct)).Revoked);

        var refused = await Assert.ThrowsAsync<RefusedException>(() => revocation.RevokeAsync(Guid.CreateVersion7(), row.Id, ConnectedWorld.Actor(SimulatorDefaults.Olivia), Ct));

        Assert.Equal("not_pending", refused.Refusal.Code);
        Assert.Single(await world.LedgerAsync("DELETE", "/organizations", Ct));
    }

    [Fact]
    public async Task Revoking_clicked_several_times_at_once_asks_Calendly_once_and_about_one_invitation()
    {
        await using var world = await StartAsync();
        await FinishedAsync(world, await SendAsync(world, "fresh@example.com\nother@example.com"));
        var rows = (await world.Get<InvitationList>().PageAsync(new GridQuery(), Ct)).Rows;
        var (fresh, other) = (rows.Single(row => row.Email == "fresh@example.com").Id, rows.Single(row => row.Email == "other@example.com").Id);
        var (command, revocation) = (Guid.CreateVersion7(), world.Get<InvitationRevocation>());

        var results = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => revocation.RevokeAsync(command, fresh, ConnectedWorld.Actor(SimulatorDefaults.Olivia), Ct)));

        Assert.Contains(results, result => result.Revoked);
        Assert.DoesNotContain(results, result => result.Words.Contains("no longer listed", StringComparison.Ordinal));
        Assert.Equal("command_reused", (await Assert.ThrowsAsync<RefusedException>(() => revocation.RevokeAsync(command, other, ConnectedWorld.Actor(SimulatorDefaults.Olivia), Ct))).Refusal.Code);
        Assert.Single(await world.LedgerAsync("DELETE", "/organizations", Ct));
        await using var db = await world.DbAsync(Ct);
        Assert.Single(await db.AuditEntries.Where(e => e.Action == "invitation.revoked").ToListAsync(Ct));
    }

    private async Task<ConnectedWorld> StartAsync()
    {
        var world = await ConnectedWorld.StartAsync(postgres, Ct);
        await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);
        return world;
    }

    private static Task<Guid> SendAsync(ConnectedWorld world, string addresses, Guid? command = null, DemoPerson? person = null) =>
        world.Get<InvitationService>().SendAsync(command ?? Guid.CreateVersion7(), addresses, ConnectedWorld.Actor(person ?? SimulatorDefaults.Olivia), Ct);

    private static async Task<IReadOnlyList<(int Status, bool Applied)>> PostsAsync(ConnectedWorld world) =>
        [.. (await world.LedgerAsync("POST", "/organizations", Ct)).Select(call => (call.Status, call.Applied))];

    private static async Task<List<InvitationSend>> FinishedAsync(ConnectedWorld world, Guid batch)
    {
        await UntilAsync(world, async db => !await db.InvitationSends.AnyAsync(s => s.BatchId == batch && s.FinishedAt == null, Ct));
        await using var db = await world.DbAsync(Ct);
        return await db.InvitationSends.AsNoTracking().Where(s => s.BatchId == batch).OrderBy(s => s.Line).ToListAsync(Ct);
    }

    /// <summary>Looks again whenever the doorbell rings.</summary>
    private static async Task UntilAsync(ConnectedWorld world, Func<PortalDbContext, Task<bool>> condition)
    {
        using var rung = new SemaphoreSlim(1);
        Task Ring()
        {
            rung.Release();
            return Task.CompletedTask;
        }
        var doorbell = world.Get<Doorbell>();
        using var invitations = doorbell.Subscribe(Topic.Invitations, Ring);
        using var connections = doorbell.Subscribe(Topic.Connections, Ring);
        while (true)
        {
            Assert.True(await rung.WaitAsync(Patience, Ct), "It did not happen in time.");
            await using var db = await world.DbAsync(Ct);
            if (await condition(db)) return;
        }
    }
}
