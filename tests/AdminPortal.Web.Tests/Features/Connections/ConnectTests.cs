using AdminPortal.Simulator;
using AdminPortal.Testing;
using AdminPortal.Web.Features.Audit;
using AdminPortal.Web.Features.Connections;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Web.Tests.Features.Connections;

public sealed class ConnectTests(PostgresFixture postgres)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task First_admin_who_connects_and_confirms_pins_the_organization_and_reads_the_directory()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);

        var connection = await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);

        Assert.Equal((ConnectionState.Healthy, "admin", "olivia.ortiz@example.com"), (connection.State, connection.CalendlyRole, connection.CalendlyEmail));
        await using var db = await world.DbAsync(Ct);
        var organization = await db.Organizations.SingleAsync(Ct);
        Assert.Equal((SimulatorDefaults.OrganizationName, connection.Id), (organization.Name, organization.DirectoryConnectionId));
        Assert.Equal(connection.CalendlyUserUri, (await db.PersonCalendlyUsers.SingleAsync(Ct)).CalendlyUserUri);
        Assert.Equal(AuditOutcome.Done, (await db.AuditEntries.SingleAsync(e => e.Action == "connection.connected", Ct)).Outcome);
        Assert.Equal("Olivia Ortiz", (await world.Get<CalendlyAccess>().For(connection.Id, Lane.People).Users.MeAsync(Ct)).Name);
    }

    [Fact]
    public async Task Callback_that_comes_twice_at_once_connects_once()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        await world.SignInAsync(SimulatorDefaults.Olivia, Ct);
        var answer = await world.ConsentAsync(await world.BeginAsync(SimulatorDefaults.Olivia, Ct), SimulatorDefaults.Olivia, Ct);

        var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => world.FinishAsync(answer, SimulatorDefaults.Olivia, Ct)));

        Assert.Single(results, r => r.Problem is null);
        Assert.Equal(7, results.Count(r => r.Problem == ConnectProblem.UsedState));
        Assert.Single(await world.LedgerAsync("POST", "/oauth/token", Ct));
    }

    [Fact]
    public async Task Reconnecting_keeps_the_row_and_raises_its_generation()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        var before = await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);
        await world.ExecuteAsync($"UPDATE connections SET state = 'needs_reconnect', problem = 'x'", Ct);

        var after = await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);

        Assert.Equal((before.Id, before.Generation + 1, ConnectionState.Healthy, null), (after.Id, after.Generation, after.State, after.Problem));
    }

    [Fact]
    public async Task Account_with_another_address_is_refused_and_its_grant_ended()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);

        await RefusedAsync(world, ConnectProblem.OtherAddress, SimulatorDefaults.Olivia, SimulatorDefaults.Sam);
    }

    [Fact]
    public async Task Account_with_another_address_is_accepted_and_audited_where_that_is_allowed()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct, ("Calendly:RequireSameAddress", "false"));
        await world.SignInAsync(SimulatorDefaults.Olivia, Ct);
        var answer = await world.ConsentAsync(await world.BeginAsync(SimulatorDefaults.Olivia, Ct), SimulatorDefaults.Sam, Ct);

        Assert.Null((await world.FinishAsync(answer, SimulatorDefaults.Olivia, Ct)).Problem);

        await using var db = await world.DbAsync(Ct);
        Assert.Contains("sam.okafor@example.com", (await db.AuditEntries.SingleAsync(e => e.Action == "connection.connected", Ct)).Details, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plain_Calendly_user_is_refused()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);

        await RefusedAsync(world, ConnectProblem.PlainUser, SimulatorDefaults.Arjun, SimulatorDefaults.Arjun, "Operator");
    }

    [Fact]
    public async Task Account_with_a_role_that_is_new_or_with_none_is_refused_as_what_it_is()
    {
        await using (var world = await ConnectedWorld.StartAsync(postgres, Ct))
        {
            await world.ChangeMemberAsync(SimulatorDefaults.Olivia, new { role = "coordinator" }, Ct);
            await RefusedAsync(world, ConnectProblem.OtherRole, SimulatorDefaults.Olivia, SimulatorDefaults.Olivia);
        }
        await using var other = await ConnectedWorld.StartAsync(postgres, Ct);
        await other.SimulateAsync("faults", new[] { new { method = "GET", path = "^/organization_memberships$", status = 200, body = """{"collection":[],"pagination":{"count":0,"next_page":null,"next_page_token":null}}""" } }, Ct);
        await RefusedAsync(other, ConnectProblem.NoMembership, SimulatorDefaults.Olivia, SimulatorDefaults.Olivia);
        foreach (var problem in (string[])[ConnectProblem.OtherRole, ConnectProblem.NoMembership]) Assert.DoesNotContain("User", ConnectProblem.Words(problem), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Account_of_another_organization_is_refused()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct, ("Calendly:Organization", "https://api.calendly.com/organizations/ANOTHER"));

        await RefusedAsync(world, ConnectProblem.OtherOrganization, SimulatorDefaults.Olivia, SimulatorDefaults.Olivia);
    }

    [Fact]
    public async Task Grant_of_a_refused_account_is_revoked_later_when_Calendly_does_not_answer_at_once()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        await world.SimulateAsync("faults", new[] { new { method = "POST", path = "/oauth/revoke", drop = "before", times = 2 } }, Ct);
        await world.SignInAsync(SimulatorDefaults.Olivia, Ct);
        var answer = await world.ConsentAsync(await world.BeginAsync(SimulatorDefaults.Olivia, Ct), SimulatorDefaults.Sam, Ct);

        Assert.Equal(ConnectProblem.OtherAddress, (await world.FinishAsync(answer, SimulatorDefaults.Olivia, Ct)).Problem);

        await using var db = await world.DbAsync(Ct);
        Assert.False(await db.Connections.AnyAsync(Ct));
        Assert.Null((await db.GrantRevocations.AsNoTracking().SingleAsync(Ct)).ConnectionId);
        Assert.DoesNotContain(await world.LedgerAsync("POST", "/oauth/revoke", Ct), call => call.Applied);
        await world.ExecuteAsync($"UPDATE grant_revocations SET next_at = now()", Ct);
        await Eventually.TrueAsync(async () => !await db.GrantRevocations.AnyAsync(Ct), Ct);
        Assert.Contains(await world.LedgerAsync("POST", "/oauth/revoke", Ct), call => call.Applied);
        Assert.Equal([AuditOutcome.Failed, AuditOutcome.Done], await db.AuditEntries.Where(e => e.Action == "connection.revoked").OrderBy(e => e.Sequence).Select(e => e.Outcome).ToListAsync(Ct));
    }

    [Fact]
    public async Task Role_that_was_lost_on_the_way_is_refused()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        await world.SignInAsync(SimulatorDefaults.Olivia, Ct);
        var answer = await world.ConsentAsync(await world.BeginAsync(SimulatorDefaults.Olivia, Ct), SimulatorDefaults.Olivia, Ct);
        await world.SignInAsync(SimulatorDefaults.Olivia, Ct, "Viewer");

        Assert.Equal(ConnectProblem.NotAllowed, (await world.FinishAsync(answer, SimulatorDefaults.Olivia, Ct)).Problem);

        await world.RefusedAsync(Ct, "role");
        Assert.Empty(await world.LedgerAsync("POST", "/oauth/token", Ct));
    }

    private static async Task RefusedAsync(ConnectedWorld world, string problem, DemoPerson person, DemoPerson account, params string[] roles)
    {
        await world.SignInAsync(person, Ct, roles);
        var answer = await world.ConsentAsync(await world.BeginAsync(person, Ct), account, Ct);

        Assert.Equal(problem, (await world.FinishAsync(answer, person, Ct)).Problem);

        await world.RefusedAsync(Ct, problem);
        Assert.Contains(await world.LedgerAsync("POST", "/oauth/revoke", Ct), call => call.Applied);
    }

    [Fact]
    public async Task Old_grant_of_somebody_who_connects_again_is_revoked_later_when_Calendly_does_not_answer_at_once()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);
        await world.SimulateAsync("faults", new[] { new { method = "POST", path = "/oauth/revoke", drop = "before", times = 2 } }, Ct);

        var again = await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);

        Assert.Equal(ConnectionState.Healthy, again.State);
        await using var db = await world.DbAsync(Ct);
        Assert.Equal(again.Id, (await db.GrantRevocations.AsNoTracking().SingleAsync(Ct)).ConnectionId);
        await world.ExecuteAsync($"UPDATE grant_revocations SET next_at = now()", Ct);
        await Eventually.TrueAsync(async () => !await db.GrantRevocations.AnyAsync(Ct), Ct);
        Assert.Contains(await world.LedgerAsync("POST", "/oauth/revoke", Ct), call => call.Applied);
        Assert.Equal("Olivia Ortiz", (await world.Get<CalendlyAccess>().For(again.Id, Lane.People).Users.MeAsync(Ct)).Name);
    }
}
