using AdminPortal.Simulator;
using AdminPortal.Testing;
using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Audit;
using AdminPortal.Web.Features.Connections;
using AdminPortal.Web.Security;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;

namespace AdminPortal.Web.Tests.Features.Connections;

public sealed class DisconnectTests(PostgresFixture postgres)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Owner_disconnects_and_Calendly_revokes()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        var connection = await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);

        Assert.Equal(Revocation.Confirmed, await DisconnectAsync(world, connection, SimulatorDefaults.Olivia));

        await AssertRemovedAsync(world);
        Assert.Contains(await world.LedgerAsync("POST", "/oauth/revoke", Ct), call => call.Applied);
        await Assert.ThrowsAsync<ConnectionUnusableException>(() => world.Get<CalendlyAccess>().For(connection.Id, Lane.People).Users.MeAsync(Ct));
    }

    [Fact]
    public async Task Tokens_are_removed_even_when_Calendly_does_not_answer()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        var connection = await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);
        await world.SimulateAsync("faults", new[] { new { method = "POST", path = "/oauth/revoke", drop = "before", times = 2 } }, Ct);

        Assert.Equal(Revocation.NotConfirmed, await DisconnectAsync(world, connection, SimulatorDefaults.Olivia));

        await AssertRemovedAsync(world);
    }

    [Fact]
    public async Task Repeated_click_says_what_came_of_the_first()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        var connection = await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);
        var click = Guid.CreateVersion7();
        Task<Revocation> Again() => world.Get<ConnectionService>().DisconnectAsync(click, connection.Id, ConnectedWorld.Actor(SimulatorDefaults.Olivia), Ct);
        await world.SimulateAsync("faults", new[] { new { method = "POST", path = "/oauth/revoke", drop = "before", times = 4 } }, Ct);

        Assert.Equal([Revocation.NotConfirmed, Revocation.NotConfirmed, Revocation.Confirmed, Revocation.Confirmed], [await Again(), await Again(), await Again(), await Again()]);
    }

    [Theory]
    [InlineData(TokenField.Refresh)]
    [InlineData(TokenField.Access)]
    public async Task Token_that_cannot_be_opened_is_not_called_revoked(TokenField field)
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        var connection = await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);
        if (field == TokenField.Refresh) await world.ExecuteAsync($"UPDATE connections SET protected_refresh_token = 'damaged'", Ct);
        else await world.ExecuteAsync($"UPDATE connections SET protected_access_token = 'damaged'", Ct);

        Assert.Equal(Revocation.Incomplete, await DisconnectAsync(world, connection, SimulatorDefaults.Olivia));

        // What could be opened was revoked.
        Assert.Contains(await world.LedgerAsync("POST", "/oauth/revoke", Ct), call => call.Applied);
        await using var db = await world.DbAsync(Ct);
        Assert.Equal(AuditOutcome.Failed, (await db.AuditEntries.SingleAsync(e => e.Action == "connection.revoked", Ct)).Outcome);
        Assert.False(await db.GrantRevocations.AnyAsync(Ct));
    }

    [Fact]
    public async Task Database_that_is_away_while_Calendly_is_asked_to_revoke_takes_nothing_back()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        var grants = new EndedGrants(new NoDatabase(), world.Get<CalendlySignIn>(), world.Get<TokenProtection>(), world.Get<AuditTrail>(), TimeProvider.System, NullLogger<EndedGrants>.Instance);

        Assert.Equal(Revocation.NotConfirmed, await grants.RevokeAsync(Guid.CreateVersion7(), Actor.Portal));
        Assert.Equal(Revocation.NotNeeded, await grants.RevokeAsync(null, Actor.Portal));
    }

    private sealed class NoDatabase : IDbContextFactory<PortalDbContext>
    {
        public PortalDbContext CreateDbContext() =>
            new(new DbContextOptionsBuilder<PortalDbContext>().UseNpgsql($"Host=localhost;Port={Ports.Free()};Database=none;Username=nobody;Timeout=1").Options);
    }

    [Fact]
    public async Task Administrator_disconnects_others_and_nobody_else_does()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        var connection = await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);
        await world.SignInAsync(SimulatorDefaults.Sam, Ct);
        await world.SignInAsync(SimulatorDefaults.Priya, Ct);

        var refused = await Assert.ThrowsAsync<RefusedException>(() => DisconnectAsync(world, connection, SimulatorDefaults.Sam));
        Assert.Equal("not_owner", refused.Refusal.Code);
        Assert.Equal(["not_owner"], await world.RefusalsAsync("connection.disconnected", Ct));

        Assert.Equal(Revocation.Confirmed, await DisconnectAsync(world, connection, SimulatorDefaults.Priya));
        await AssertRemovedAsync(world);
    }

    [Fact]
    public async Task Connection_that_has_ended_keeps_why_and_is_not_disconnected_again()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        var connection = await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);
        var priya = await world.SignInAsync(SimulatorDefaults.Priya, Ct);
        await world.BlockAsync(connection.PersonId, priya.Id, Ct);
        await world.EndedAsync(connection.Id, Ct);
        var why = (await world.ConnectionAsync(SimulatorDefaults.Olivia, Ct)).Problem;

        Assert.Equal("already_ended", (await Assert.ThrowsAsync<RefusedException>(() => DisconnectAsync(world, connection, SimulatorDefaults.Priya))).Refusal.Code);

        Assert.Contains("was blocked", why, StringComparison.Ordinal);
        Assert.Equal(why, (await world.ConnectionAsync(SimulatorDefaults.Olivia, Ct)).Problem);
        Assert.Equal(["already_ended"], await world.RefusalsAsync("connection.disconnected", Ct));
        await using var db = await world.DbAsync(Ct);
        Assert.False(await db.AuditEntries.AnyAsync(e => e.Action == "connection.disconnected" && e.Outcome == AuditOutcome.Done, Ct));
    }

    [Fact]
    public async Task Click_whose_answer_was_lost_ends_what_the_first_one_left_and_nothing_else()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        var (olivia, sam) = (await world.ConnectAsync(SimulatorDefaults.Olivia, Ct), await world.ConnectAsync(SimulatorDefaults.Sam, Ct));
        var (command, service) = (Guid.CreateVersion7(), world.Get<ConnectionService>());
        Task<Revocation> ClickAsync(Connection connection) => service.DisconnectAsync(command, connection.Id, ConnectedWorld.Actor(SimulatorDefaults.Olivia), Ct);
        await world.SimulateAsync("faults", new[] { new { method = "POST", path = "/oauth/revoke", drop = "before", times = 2 } }, Ct);
        Assert.Equal(Revocation.NotConfirmed, await ClickAsync(olivia));

        Assert.Equal(Revocation.Confirmed, await ClickAsync(olivia));
        Assert.Equal(Revocation.Confirmed, await ClickAsync(olivia));
        Assert.Equal("command_reused", (await Assert.ThrowsAsync<RefusedException>(() => ClickAsync(sam))).Refusal.Code);

        Assert.Equal(ConnectionState.Healthy, (await world.ConnectionAsync(SimulatorDefaults.Sam, Ct)).State);
    }

    private static Task<Revocation> DisconnectAsync(ConnectedWorld world, Connection connection, DemoPerson person) =>
        world.Get<ConnectionService>().DisconnectAsync(Guid.CreateVersion7(), connection.Id, ConnectedWorld.Actor(person), Ct);

    private static async Task AssertRemovedAsync(ConnectedWorld world)
    {
        var after = await world.ConnectionAsync(SimulatorDefaults.Olivia, Ct);
        Assert.Equal((ConnectionState.Disconnected, null, null), (after.State, after.ProtectedAccessToken, after.ProtectedRefreshToken));
        await using var db = await world.DbAsync(Ct);
        Assert.Single(await db.AuditEntries.Where(e => e.Action == "connection.disconnected" && e.Outcome == AuditOutcome.Done).ToListAsync(Ct));
        Assert.Single(await db.AuditEntries.Where(e => e.Action == "connection.revoked").ToListAsync(Ct));
    }
}
