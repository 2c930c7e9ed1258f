using AdminPortal.Simulator;
using AdminPortal.Testing;
using AdminPortal.Web.Features.Audit;
using AdminPortal.Web.Features.Connections;
using AdminPortal.Web.Features.Directory;
using AdminPortal.Web.Security;
using AdminPortal.Web.Tests.Features.Connections;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace AdminPortal.Web.Tests.Features.Directory;

public sealed class DirectoryChoiceTests(PostgresFixture postgres)
{
    private static readonly DirectoryCandidate Good = new(Guid.Empty, "Sam Okafor", "https://api.calendly.com/organizations/ORG", IsDirectory: false, ConnectionState.Healthy, ["organizations:read"], OwnerMayConnect: true, OwnerIsBeingRemoved: false);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public void Rule_names_what_stands_in_the_way()
    {
        Assert.Null(DirectoryChoice.WhyNot(Good));
        Assert.Null(DirectoryChoice.WhyNot(Good with { Scopes = ["default"] }));
        Assert.Null(DirectoryChoice.WhyNot(Good with { Scopes = ["organizations:write"] }));
        (string Code, DirectoryCandidate Candidate)[] cases =
        [
            ("already_chosen", Good with { IsDirectory = true }), ("connection_unusable", Good with { State = ConnectionState.NeedsReconnect }),
            ("connection_unusable", Good with { State = ConnectionState.Disconnected }), ("owner_without_role", Good with { OwnerMayConnect = false }),
            ("owner_being_removed", Good with { OwnerIsBeingRemoved = true }), ("missing_scope", Good with { Scopes = ["users:read"] }),
        ];
        Assert.All(cases, c => Assert.Equal(c.Code, DirectoryChoice.WhyNot(c.Candidate)?.Code));
    }

    [Fact]
    public async Task Present_owner_and_Administrator_choose_another_and_nobody_else_does()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        var (olivias, sams) = (await world.ConnectAsync(SimulatorDefaults.Olivia, Ct), await world.ConnectAsync(SimulatorDefaults.Sam, Ct));
        foreach (var person in (DemoPerson[])[SimulatorDefaults.Priya, SimulatorDefaults.Audrey, SimulatorDefaults.Arjun]) await world.SignInAsync(person, Ct);
        var click = Guid.CreateVersion7();

        foreach (var person in (DemoPerson[])[SimulatorDefaults.Sam, SimulatorDefaults.Audrey, SimulatorDefaults.Arjun])
            await RefusedAsync("not_owner", () => ChooseAsync(world, sams, person));
        Assert.Equal(olivias.Id, await DirectoryAsync(world));
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => world.Get<DirectoryChoiceService>().ChooseAsync(click, sams.Id, ConnectedWorld.Actor(SimulatorDefaults.Olivia), Ct)));
        Assert.Equal(sams.Id, await DirectoryAsync(world));
        // It is Sam's now: Olivia has no more say in it than anybody.
        await RefusedAsync("not_owner", () => ChooseAsync(world, olivias, SimulatorDefaults.Olivia));
        await ChooseAsync(world, olivias, SimulatorDefaults.Priya);
        Assert.Equal(olivias.Id, await DirectoryAsync(world));
        // It is hers again, but she may no longer connect.
        await world.SignInAsync(SimulatorDefaults.Olivia, Ct, Roles.Viewer);
        await RefusedAsync("not_owner", () => ChooseAsync(world, sams, SimulatorDefaults.Olivia));

        await using var db = await world.DbAsync(Ct);
        Assert.Equal(["Olivia Ortiz", "Priya Nair"], await db.AuditEntries.Where(e => e.Action == "directory.connection_chosen" && e.Outcome == AuditOutcome.Done).OrderBy(e => e.Sequence).Select(e => e.ActorName).ToListAsync(Ct));
        Assert.Equal(["not_owner", "not_owner", "not_owner", "not_owner", "not_owner"], await world.RefusalsAsync("directory.connection_chosen", Ct));
    }

    [Fact]
    public async Task Connection_that_cannot_read_the_directory_is_refused()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        var olivias = await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);
        var sams = await world.ConnectAsync(SimulatorDefaults.Sam, Ct);
        await world.SignInAsync(SimulatorDefaults.Priya, Ct);

        await RefusedAsync("unknown_connection", () => world.Get<DirectoryChoiceService>().ChooseAsync(Guid.CreateVersion7(), Guid.CreateVersion7(), ConnectedWorld.Actor(SimulatorDefaults.Priya), Ct));
        await world.ExecuteAsync($"UPDATE connections SET scopes = ARRAY['users:read'] WHERE id = {sams.Id}", Ct);
        await RefusedAsync("missing_scope", () => ChooseAsync(world, sams, SimulatorDefaults.Priya));
        await world.ExecuteAsync($"UPDATE connections SET scopes = ARRAY['organizations:read'], state = 'needs_reconnect' WHERE id = {sams.Id}", Ct);
        await RefusedAsync("connection_unusable", () => ChooseAsync(world, sams, SimulatorDefaults.Priya));
        await world.ExecuteAsync($"UPDATE connections SET state = 'healthy' WHERE id = {sams.Id}", Ct);
        await world.SignInAsync(SimulatorDefaults.Sam, Ct, Roles.Approver);
        await RefusedAsync("owner_without_role", () => ChooseAsync(world, sams, SimulatorDefaults.Priya));
        await world.EndedAsync(sams.Id, Ct);
        await world.BlockAsync(sams.PersonId, olivias.PersonId, Ct);
        await RefusedAsync("owner_without_role", () => ChooseAsync(world, sams, SimulatorDefaults.Priya));
        await world.UnblockAsync(sams.PersonId, Ct);
        await world.ConnectAsync(SimulatorDefaults.Sam, Ct);

        await ChooseAsync(world, sams, SimulatorDefaults.Priya);
        await RefusedAsync("already_chosen", () => ChooseAsync(world, sams, SimulatorDefaults.Priya));
    }

    /// <summary>A sweep that runs ends on the connection it began with; the next begins at once, on the new one.</summary>
    [Fact]
    public async Task Running_sweep_keeps_its_connection_and_the_next_one_is_due_on_the_new_one()
    {
        await using var world = await DirectoryWorld.StartAsync(postgres, 250, 0, Ct);
        var sams = await world.ConnectSamAsync(Ct);
        var claim = await world.BeginAsync(Ct);
        await world.StageFirstPageAsync(claim, null, Ct);

        await world.Services.GetRequiredService<DirectoryChoiceService>().ChooseAsync(Guid.CreateVersion7(), sams, world.Olivia, Ct);

        Assert.False(await world.Services.GetRequiredService<SweepService>().StartDueAsync(Ct));
        await world.ExpireLeaseAsync(Ct);
        Assert.True(await DirectoryWorld.Worker(world.Services).WorkOnceAsync(Ct));
        var first = await world.LastAsync(Ct);
        Assert.Equal((claim.Id, claim.ConnectionId, SweepState.Complete), (first.Id, first.ConnectionId, first.State));

        Assert.True(await world.Services.GetRequiredService<SweepService>().StartDueAsync(Ct));
        Assert.True(await DirectoryWorld.Worker(world.Services).WorkOnceAsync(Ct));
        var next = await world.LastAsync(Ct);
        Assert.Equal((sams, SweepState.Complete), (next.ConnectionId, next.State));
        Assert.False(await world.Services.GetRequiredService<SweepService>().StartDueAsync(Ct));
    }

    [Fact]
    public async Task Present_owner_who_was_blocked_chooses_nothing()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        var (olivias, sams) = (await world.ConnectAsync(SimulatorDefaults.Olivia, Ct), await world.ConnectAsync(SimulatorDefaults.Sam, Ct));
        await world.BlockAsync(olivias.PersonId, sams.PersonId, Ct);

        await RefusedAsync("blocked", () => ChooseAsync(world, sams, SimulatorDefaults.Olivia));

        Assert.Equal(olivias.Id, await DirectoryAsync(world));
    }

    private static Task ChooseAsync(ConnectedWorld world, Connection connection, DemoPerson person) =>
        world.Get<DirectoryChoiceService>().ChooseAsync(Guid.CreateVersion7(), connection.Id, ConnectedWorld.Actor(person), Ct);

    private static async Task<Guid> DirectoryAsync(ConnectedWorld world)
    {
        await using var db = await world.DbAsync(Ct);
        return await db.Organizations.Select(o => o.DirectoryConnectionId).SingleAsync(Ct);
    }

    private static async Task RefusedAsync(string code, Func<Task> act) => Assert.Equal(code, (await Assert.ThrowsAsync<RefusedException>(act)).Refusal.Code);
}
