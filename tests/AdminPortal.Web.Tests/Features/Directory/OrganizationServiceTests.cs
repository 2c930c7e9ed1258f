using AdminPortal.Simulator;
using AdminPortal.Testing;
using AdminPortal.Web.Features.Audit;
using AdminPortal.Web.Features.Connections;
using AdminPortal.Web.Features.Directory;
using AdminPortal.Web.Security;
using AdminPortal.Web.Tests.Features.Connections;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace AdminPortal.Web.Tests.Features.Directory;

/// <summary>The first connection asks; here is who may answer, and what becomes of the others.</summary>
public sealed class OrganizationServiceTests(PostgresFixture postgres)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task First_connection_pins_and_reads_nothing_until_its_owner_has_confirmed_what_was_counted()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        var connection = await world.ConsentedAsync(SimulatorDefaults.Olivia, Ct);

        await using var db = await world.DbAsync(Ct);
        Assert.False(await db.Organizations.AnyAsync(Ct));
        Assert.False(await world.Get<SweepService>().StartDueAsync(Ct));
        var status = await world.Get<DirectoryFreshness>().ReadAsync(db, Ct);
        Assert.Equal((false, "Olivia Ortiz"), (status.IsPinned, status.Unconfirmed.Single()));
        Assert.Equal("Waiting for the organization to be confirmed", DirectoryWords.Line(status, DateTimeOffset.UnixEpoch, TimeZoneInfo.Utc).Text);
        Assert.Equal(new OrganizationPreview(SimulatorDefaults.OrganizationName, 40, More: false), await PreviewAsync(world, connection, SimulatorDefaults.Olivia));
        Assert.False(await db.Organizations.AnyAsync(Ct));

        await world.PinAsync(connection, SimulatorDefaults.Olivia, Ct);

        var organization = await db.Organizations.SingleAsync(Ct);
        Assert.Equal((SimulatorDefaults.OrganizationName, connection.Id, connection.PersonId), (organization.Name, organization.DirectoryConnectionId, organization.PinnedBy));
        var entry = await db.AuditEntries.SingleAsync(e => e.Action == "organization.pinned", Ct);
        Assert.Equal((AuditOutcome.Done, "Olivia Ortiz", SimulatorDefaults.OrganizationName), (entry.Outcome, entry.ActorName, entry.ObjectLabel));
        await Eventually.TrueAsync(() => db.Sweeps.AnyAsync(s => s.State == SweepState.Complete, Ct), Ct);
    }

    [Fact]
    public async Task Configured_organization_is_pinned_without_asking()
    {
        // Which one it is, is known after a first world has told.
        await using var asked = await ConnectedWorld.StartAsync(postgres, Ct);
        var uri = (await asked.ConsentedAsync(SimulatorDefaults.Olivia, Ct)).OrganizationUri;

        await using var world = await ConnectedWorld.StartAsync(postgres, Ct, ("Calendly:Organization", uri));
        var connection = await world.ConsentedAsync(SimulatorDefaults.Olivia, Ct);

        await using var db = await world.DbAsync(Ct);
        Assert.Equal((uri, connection.Id), ((await db.Organizations.SingleAsync(Ct)).Uri, (await db.Organizations.SingleAsync(Ct)).DirectoryConnectionId));
    }

    [Fact]
    public async Task Large_organization_is_counted_up_to_a_bound()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        await world.SimulateAsync("reset", new { members = 1_200 }, Ct);
        var connection = await world.ConsentedAsync(SimulatorDefaults.Olivia, Ct);

        Assert.Equal(new OrganizationPreview(SimulatorDefaults.OrganizationName, 1_000, More: true), await PreviewAsync(world, connection, SimulatorDefaults.Olivia));
        Assert.Equal(10, (await world.LedgerAsync("GET", "/organization_memberships", Ct)).Count(call => call.Query!.Contains("count=100", StringComparison.Ordinal) && !call.Query.Contains("user=", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Only_its_owner_sees_and_confirms_the_organization_of_a_connection()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        var connection = await world.ConsentedAsync(SimulatorDefaults.Olivia, Ct);
        await world.SignInAsync(SimulatorDefaults.Priya, Ct);
        var calls = (await world.LedgerAsync("GET", "/", Ct)).Count;

        await RefusedAsync("not_owner", () => PreviewAsync(world, connection, SimulatorDefaults.Priya));
        await RefusedAsync("not_owner", () => world.PinAsync(connection, SimulatorDefaults.Priya, Ct));
        Assert.Equal(calls, (await world.LedgerAsync("GET", "/", Ct)).Count);
        await world.SignInAsync(SimulatorDefaults.Olivia, Ct, Roles.Viewer);
        await RefusedAsync("role", () => PreviewAsync(world, connection, SimulatorDefaults.Olivia));
        await RefusedAsync("role", () => world.PinAsync(connection, SimulatorDefaults.Olivia, Ct));
        await world.EndedAsync(connection.Id, Ct);
        await world.ConsentedAsync(SimulatorDefaults.Olivia, Ct);
        await world.SimulateAsync("faults", new[] { new { method = "GET", path = "^/organizations/", times = 8, status = 500 } }, Ct);
        await RefusedAsync("not_read", () => PreviewAsync(world, connection, SimulatorDefaults.Olivia));
        await RefusedAsync("not_read", () => world.PinAsync(connection, SimulatorDefaults.Olivia, Ct));

        Assert.Equal(["not_owner", "role", "not_read"], await world.RefusalsAsync("organization.pinned", Ct));
        await using var db = await world.DbAsync(Ct);
        Assert.False(await db.Organizations.AnyAsync(Ct));
        await world.PinAsync(connection, SimulatorDefaults.Olivia, Ct);
        Assert.True(await db.Organizations.AnyAsync(Ct));
    }

    [Fact]
    public async Task Repeated_click_confirms_once_and_a_colleague_is_told_that_it_is_done()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        var (olivias, sams) = (await world.ConsentedAsync(SimulatorDefaults.Olivia, Ct), await world.ConsentedAsync(SimulatorDefaults.Sam, Ct));
        var command = Guid.CreateVersion7();

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => world.Get<OrganizationService>().PinAsync(command, olivias.Id, ConnectedWorld.Actor(SimulatorDefaults.Olivia), Ct)));

        await RefusedAsync("already_pinned", () => world.PinAsync(sams, SimulatorDefaults.Sam, Ct));
        await using var db = await world.DbAsync(Ct);
        Assert.Equal(olivias.Id, (await db.Organizations.SingleAsync(Ct)).DirectoryConnectionId);
        Assert.Single(await db.AuditEntries.Where(e => e.Action == "organization.pinned" && e.Outcome == AuditOutcome.Done).ToListAsync(Ct));
        Assert.Equal(ConnectionState.Healthy, (await world.ConnectionAsync(SimulatorDefaults.Sam, Ct)).State);
    }

    [Fact]
    public async Task Of_two_organizations_that_are_confirmed_at_once_one_is_first_and_the_others_grant_is_ended()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        await world.RemoveFromOrganizationAsync(SimulatorDefaults.Olivia, Ct);
        var people = new[] { SimulatorDefaults.Olivia, SimulatorDefaults.Sam };
        var connections = new[] { await world.ConsentedAsync(people[0], Ct), await world.ConsentedAsync(people[1], Ct) };
        Assert.NotEqual(connections[0].OrganizationUri, connections[1].OrganizationUri);

        var refusals = await Task.WhenAll(people.Zip(connections, async (person, connection) =>
        {
            try
            {
                await world.PinAsync(connection, person, Ct);
                return null;
            }
            catch (RefusedException refused)
            {
                return refused.Refusal.Code;
            }
        }));

        var loser = Array.IndexOf(refusals, ConnectProblem.OtherOrganization);
        Assert.Contains(null, refusals);
        Assert.InRange(loser, 0, 1);
        await using var db = await world.DbAsync(Ct);
        Assert.Equal(connections[1 - loser].OrganizationUri, (await db.Organizations.SingleAsync(Ct)).Uri);
        var ended = await world.ConnectionAsync(people[loser], Ct);
        Assert.Equal((ConnectionState.Disconnected, null), (ended.State, ended.ProtectedAccessToken));
        Assert.NotNull(ended.Problem);
        Assert.Equal(ConnectionState.Healthy, (await world.ConnectionAsync(people[1 - loser], Ct)).State);
        Assert.Contains(await world.LedgerAsync("POST", "/oauth/revoke", Ct), call => call.Applied);
        Assert.Single(await db.AuditEntries.Where(e => e.Action == "connection.disconnected" && e.ObjectId == ended.Id.ToString()).ToListAsync(Ct));
    }

    /// <summary>Both wait for the lock that keeps them apart, so that neither can have looked before the other wrote.</summary>
    [Fact]
    public async Task Account_of_another_organization_that_connects_while_one_is_confirmed_does_not_stay()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        await world.RemoveFromOrganizationAsync(SimulatorDefaults.Olivia, Ct);
        var sams = await world.ConsentedAsync(SimulatorDefaults.Sam, Ct);
        await world.SignInAsync(SimulatorDefaults.Olivia, Ct);
        var answer = await world.ConsentAsync(await world.BeginAsync(SimulatorDefaults.Olivia, Ct), SimulatorDefaults.Olivia, Ct);
        await using var db = await world.DbAsync(Ct);
        await using var held = await db.Database.BeginTransactionAsync(Ct);
        await OrganizationPin.LockAsync(db, Ct);

        var connecting = world.FinishAsync(answer, SimulatorDefaults.Olivia, Ct);
        var confirming = world.PinAsync(sams, SimulatorDefaults.Sam, Ct);
        await Eventually.TrueAsync(async () => await WaitingAsync(world) == 2, Ct);
        await held.CommitAsync(Ct);
        var connected = await connecting;
        await confirming;

        await using var look = await world.DbAsync(Ct);
        Assert.Equal(sams.OrganizationUri, (await look.Organizations.SingleAsync(Ct)).Uri);
        Assert.False(await look.Connections.AnyAsync(c => c.OrganizationUri != sams.OrganizationUri && c.State != ConnectionState.Disconnected, Ct));
        // Refused, or stored first and then ended.
        Assert.True(connected.Problem is null or ConnectProblem.OtherOrganization);
        Assert.Contains(await world.LedgerAsync("POST", "/oauth/revoke", Ct), call => call.Applied);
    }

    private static async Task<long> WaitingAsync(ConnectedWorld world)
    {
        await using var connection = new NpgsqlConnection(world.World.Database.OwnerConnectionString);
        await connection.OpenAsync(Ct);
        await using var command = new NpgsqlCommand("SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database WHERE locktype = 'advisory' AND NOT granted AND d.datname = current_database()", connection);
        return (long)(await command.ExecuteScalarAsync(Ct))!;
    }

    private static Task<OrganizationPreview> PreviewAsync(ConnectedWorld world, Connection connection, DemoPerson person) =>
        world.Get<OrganizationService>().PreviewAsync(connection.Id, ConnectedWorld.Actor(person), Ct);

    private static async Task RefusedAsync(string code, Func<Task> act) => Assert.Equal(code, (await Assert.ThrowsAsync<RefusedException>(act)).Refusal.Code);
}
