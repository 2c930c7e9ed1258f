using AdminPortal.Simulator;
using AdminPortal.Testing;
using AdminPortal.Web.Features.Audit;
using AdminPortal.Web.Features.Connections;
using AdminPortal.Web.Security;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Web.Tests.Features.Connections;

public sealed class ConnectionTestTests(PostgresFixture postgres)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Test_says_who_Calendly_answered_as_and_who_tested_is_audited()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        var connection = await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);
        await world.SignInAsync(SimulatorDefaults.Priya, Ct);

        foreach (var person in (DemoPerson[])[SimulatorDefaults.Olivia, SimulatorDefaults.Priya])
        {
            var result = await TestAsync(world, connection, person);
            Assert.Equal((true, "Works: Calendly answered as Olivia Ortiz, admin."), (result.Works, result.Words));
        }

        await using var db = await world.DbAsync(Ct);
        Assert.Equal(["Olivia Ortiz", "Priya Nair"], await db.AuditEntries.Where(e => e.Action == "connection.tested" && e.Outcome == AuditOutcome.Done).OrderBy(e => e.Sequence).Select(e => e.ActorName).ToListAsync(Ct));
    }

    [Fact]
    public async Task Test_by_anybody_else_is_refused_before_the_connection_is_used()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        var connection = await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);
        foreach (var person in (DemoPerson[])[SimulatorDefaults.Sam, SimulatorDefaults.Audrey]) await world.SignInAsync(person, Ct);
        var before = (await world.LedgerAsync("GET", "/users/me", Ct)).Count;

        foreach (var person in (DemoPerson[])[SimulatorDefaults.Sam, SimulatorDefaults.Audrey])
            Assert.Equal("not_owner", (await Assert.ThrowsAsync<RefusedException>(() => TestAsync(world, connection, person))).Refusal.Code);
        Assert.Equal("unknown_connection", (await Assert.ThrowsAsync<RefusedException>(
            () => world.Get<ConnectionTestService>().TestAsync(Guid.CreateVersion7(), Guid.CreateVersion7(), ConnectedWorld.Actor(SimulatorDefaults.Sam), Ct))).Refusal.Code);

        Assert.Equal(before, (await world.LedgerAsync("GET", "/users/me", Ct)).Count);
        Assert.Equal(["not_owner", "not_owner", "unknown_connection"], await world.RefusalsAsync("connection.tested", Ct));
    }

    [Fact]
    public async Task Test_whose_click_was_used_before_uses_no_connection_whosever_it_is()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        var (olivia, sam) = (await world.ConnectAsync(SimulatorDefaults.Olivia, Ct), await world.ConnectAsync(SimulatorDefaults.Sam, Ct));
        var (command, tests) = (Guid.CreateVersion7(), world.Get<ConnectionTestService>());
        Assert.True((await tests.TestAsync(command, olivia.Id, ConnectedWorld.Actor(SimulatorDefaults.Olivia), Ct)).Works);
        var before = (await world.LedgerAsync("GET", "/users/me", Ct)).Count;

        foreach (var (code, connection, person) in ((string, Connection, DemoPerson)[])[("repeated", olivia, SimulatorDefaults.Olivia), ("command_reused", sam, SimulatorDefaults.Olivia), ("command_reused", olivia, SimulatorDefaults.Sam)])
            Assert.Equal(code, (await Assert.ThrowsAsync<RefusedException>(() => tests.TestAsync(command, connection.Id, ConnectedWorld.Actor(person), Ct))).Refusal.Code);
        await world.SignInAsync(SimulatorDefaults.Olivia, Ct, "Nothing");
        Assert.Equal("repeated", (await Assert.ThrowsAsync<RefusedException>(() => tests.TestAsync(command, olivia.Id, ConnectedWorld.Actor(SimulatorDefaults.Olivia), Ct))).Refusal.Code);

        Assert.Equal(before, (await world.LedgerAsync("GET", "/users/me", Ct)).Count);
        Assert.True((await TestAsync(world, sam, SimulatorDefaults.Sam)).Works);
    }

    [Fact]
    public async Task Test_takes_over_another_Calendly_role_and_says_so()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        var connection = await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);
        await world.ChangeMemberAsync(SimulatorDefaults.Olivia, new { role = "owner" }, Ct);

        Assert.Equal("Works: Calendly answered as Olivia Ortiz, owner.", (await TestAsync(world, connection, SimulatorDefaults.Olivia)).Words);

        Assert.Equal("owner", (await world.ConnectionAsync(SimulatorDefaults.Olivia, Ct)).CalendlyRole);
        await using var db = await world.DbAsync(Ct);
        Assert.Single(await db.AuditEntries.Where(e => e.Action == "connection.role_changed").ToListAsync(Ct));
    }

    [Theory]
    [InlineData(true, "only user there now", "demoted")]
    [InlineData(false, "belongs to another organization now", "left_calendly")]
    public async Task Test_of_an_account_that_lost_its_rights_does_not_work_and_ends_the_grant(bool demoted, string words, string reason)
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        // Nothing is confirmed, so no sweep comes by that would end it too.
        var connection = await world.ConsentedAsync(SimulatorDefaults.Olivia, Ct);
        if (demoted) await world.ChangeMemberAsync(SimulatorDefaults.Olivia, new { role = "user" }, Ct);
        else await world.RemoveFromOrganizationAsync(SimulatorDefaults.Olivia, Ct);

        var result = await TestAsync(world, connection, SimulatorDefaults.Olivia);

        Assert.False(result.Works);
        Assert.Contains(words, result.Words, StringComparison.Ordinal);
        await AssertEndedAsync(world, connection, reason);
    }

    [Fact]
    public async Task Test_that_is_answered_for_another_user_ends_the_grant()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        // Nothing is confirmed, so no sweep comes by that would end it too.
        var connection = await world.ConsentedAsync(SimulatorDefaults.Olivia, Ct);
        Assert.True((await TestAsync(world, connection, SimulatorDefaults.Olivia)).Works);
        Assert.Equal(ConnectionState.Healthy, (await world.ConnectionAsync(SimulatorDefaults.Olivia, Ct)).State);
        await world.ExecuteAsync($"UPDATE connections SET calendly_user_uri = 'https://api.calendly.com/users/ANOTHER'", Ct);

        Assert.Contains("not whom this connection was made for", (await TestAsync(world, connection, SimulatorDefaults.Olivia)).Words, StringComparison.Ordinal);

        await AssertEndedAsync(world, connection, "other_account");
    }

    [Fact]
    public async Task Test_of_a_dead_grant_makes_it_need_reconnecting()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        var connection = await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);
        await world.SimulateAsync("tokens/revoke", new { user = SimulatorDefaults.Olivia.Email }, Ct);

        var result = await TestAsync(world, connection, SimulatorDefaults.Olivia);

        Assert.False(result.Works);
        Assert.Contains("Only Olivia Ortiz can reconnect.", result.Words, StringComparison.Ordinal);
        Assert.Equal(ConnectionState.NeedsReconnect, (await world.ConnectionAsync(SimulatorDefaults.Olivia, Ct)).State);
        Assert.Equal("connection_unusable", (await Assert.ThrowsAsync<RefusedException>(() => TestAsync(world, connection, SimulatorDefaults.Olivia))).Refusal.Code);
    }

    [Fact]
    public async Task Test_without_an_answer_says_so_and_changes_nothing()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        var connection = await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);
        await world.SimulateAsync("faults", new[] { new { method = "GET", path = "^/users/me$", times = 4, status = 500 } }, Ct);

        var result = await TestAsync(world, connection, SimulatorDefaults.Olivia);

        Assert.Equal((false, "Not known: Calendly had a fault of its own. Nothing was changed."), (result.Works, result.Words));
        Assert.Equal((ConnectionState.Healthy, "admin"), ((await world.ConnectionAsync(SimulatorDefaults.Olivia, Ct)).State, (await world.ConnectionAsync(SimulatorDefaults.Olivia, Ct)).CalendlyRole));
    }

    private static async Task AssertEndedAsync(ConnectedWorld world, Connection connection, string reason)
    {
        await world.EndedAsync(connection.Id, Ct);
        await using var db = await world.DbAsync(Ct);
        Assert.Contains(reason, (await db.AuditEntries.SingleAsync(e => e.Action == "connection.ended", Ct)).Details, StringComparison.Ordinal);
        await Eventually.TrueAsync(async () => (await world.LedgerAsync("POST", "/oauth/revoke", Ct)).Any(call => call.Applied), Ct);
    }

    private static Task<ConnectionTest> TestAsync(ConnectedWorld world, Connection connection, DemoPerson person) =>
        world.Get<ConnectionTestService>().TestAsync(Guid.CreateVersion7(), connection.Id, ConnectedWorld.Actor(person), Ct);
}
