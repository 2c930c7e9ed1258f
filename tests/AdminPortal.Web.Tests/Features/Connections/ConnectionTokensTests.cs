using AdminPortal.Calendly;
using AdminPortal.Simulator;
using AdminPortal.Testing;
using AdminPortal.Web.Features.Connections;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace AdminPortal.Web.Tests.Features.Connections;

public sealed class ConnectionTokensTests(PostgresFixture postgres)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Expired_token_is_refreshed_once_for_fifty_callers_on_two_instances()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        var connection = await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);
        var (second, _) = await World.ServeAsync(world.World.Database, world.World.Simulator.Address, null, Ct);
        await using var other = second;
        await ExpireAsync(world);

        CalendlyAccess[] instances = [world.Get<CalendlyAccess>(), other.Services.GetRequiredService<CalendlyAccess>()];
        var users = await Task.WhenAll(Enumerable.Range(0, 50).Select(n => instances[n % 2].For(connection.Id, Lane.People).Users.MeAsync(Ct)));

        Assert.All(users, user => Assert.Equal(connection.CalendlyUserUri, user.Uri));
        Assert.Equal(2, (await world.LedgerAsync("POST", "/oauth/token", Ct)).Count);
        var after = await world.ConnectionAsync(SimulatorDefaults.Olivia, Ct);
        Assert.Equal((connection.Generation + 1, null, ConnectionState.Healthy), (after.Generation, after.RefreshLeaseUntil, after.State));
    }

    [Fact]
    public async Task Token_that_Calendly_no_longer_accepts_is_replaced_by_one_refresh()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        var connection = await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);
        await world.SimulateAsync("tokens/expire", new { }, Ct);

        var users = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => world.Get<CalendlyAccess>().For(connection.Id, Lane.People).Users.MeAsync(Ct)));

        Assert.Equal(10, users.Length);
        Assert.Equal(2, (await world.LedgerAsync("POST", "/oauth/token", Ct)).Count);
    }

    [Fact]
    public async Task Revoked_grant_needs_reconnecting_and_is_not_tried_again()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        var connection = await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);
        await world.SimulateAsync("tokens/revoke", new { }, Ct);

        for (var attempt = 0; attempt < 3; attempt++) await UnusableAsync(world, connection);

        Assert.Equal(2, (await world.LedgerAsync("POST", "/oauth/token", Ct)).Count);
        await BrokenAsync(world);
    }

    [Fact]
    public async Task Refresh_whose_answer_was_lost_is_never_sent_again()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        var connection = await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);
        await ExpireAsync(world);
        await world.SimulateAsync("faults", new[] { new { method = "POST", path = "/oauth/token", drop = "after" } }, Ct);

        await UnusableAsync(world, connection);
        await UnusableAsync(world, connection);

        Assert.Equal(2, (await world.LedgerAsync("POST", "/oauth/token", Ct)).Count);
        await BrokenAsync(world);
    }

    [Fact]
    public async Task Lease_that_ran_out_without_a_result_needs_reconnecting()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        var connection = await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);
        await ExpireAsync(world);
        await world.ExecuteAsync($"UPDATE connections SET refresh_lease_until = clock_timestamp() - interval '1 second', refresh_fence = refresh_fence + 1", Ct);

        await UnusableAsync(world, connection);

        Assert.Single(await world.LedgerAsync("POST", "/oauth/token", Ct));
        await BrokenAsync(world);
    }

    [Fact]
    public async Task Error_of_the_token_endpoint_loses_nothing()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        var connection = await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);
        await ExpireAsync(world);
        await world.SimulateAsync("faults", new[] { new { method = "POST", path = "/oauth/token", status = 500 } }, Ct);

        Assert.True((await UnusableAsync(world, connection)).IsTemporary);
        Assert.Equal(ConnectionState.Healthy, (await world.ConnectionAsync(SimulatorDefaults.Olivia, Ct)).State);
        // The pause that follows is over.
        await world.ExecuteAsync($"UPDATE connections SET problem_at = now() - interval '1 hour'", Ct);

        Assert.Equal("Olivia Ortiz", (await world.Get<CalendlyAccess>().For(connection.Id, Lane.People).Users.MeAsync(Ct)).Name);
        Assert.Null((await world.ConnectionAsync(SimulatorDefaults.Olivia, Ct)).Problem);
    }

    [Theory]
    [InlineData("garbage")]
    [InlineData("other column")]
    [InlineData("other row")]
    [InlineData("other kind")]
    public async Task Ciphertext_that_is_not_of_this_row_and_column_needs_reconnecting(string what)
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        var connection = await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);
        var sam = await world.ConnectAsync(SimulatorDefaults.Sam, Ct);
        FormattableString change = what switch
        {
            "garbage" => $"UPDATE connections SET protected_access_token = 'not a ciphertext' WHERE id = {connection.Id}",
            "other column" => $"UPDATE connections SET protected_access_token = protected_refresh_token WHERE id = {connection.Id}",
            "other row" => $"UPDATE connections SET protected_access_token = {sam.ProtectedAccessToken} WHERE id = {connection.Id}",
            _ => $"UPDATE connections SET kind = 'personal_access_token' WHERE id = {connection.Id}",
        };
        await world.ExecuteAsync(change, Ct);

        await UnusableAsync(world, connection);

        await BrokenAsync(world);
        Assert.Equal("Sam Okafor", (await world.Get<CalendlyAccess>().For(sam.Id, Lane.People).Users.MeAsync(Ct)).Name);
        Assert.Equal(ConnectionState.NeedsReconnect, (await world.Get<ConnectionService>().ViewAsync(ConnectedWorld.Actor(SimulatorDefaults.Olivia), Ct)).Mine!.State);
    }

    [Fact]
    public void Ciphertext_opens_for_its_own_row_and_column_only()
    {
        var protection = new TokenProtection(new EphemeralDataProtectionProvider());
        var person = Guid.CreateVersion7();
        var ciphertext = protection.Protect(person, "org", ConnectionKind.OAuth, TokenField.Access, "token");

        Assert.Equal("token", protection.Unprotect(person, "org", ConnectionKind.OAuth, TokenField.Access, ciphertext));
        Assert.Null(protection.Unprotect(Guid.CreateVersion7(), "org", ConnectionKind.OAuth, TokenField.Access, ciphertext));
        Assert.Null(protection.Unprotect(person, "org2", ConnectionKind.OAuth, TokenField.Access, ciphertext));
        Assert.Null(protection.Unprotect(person, "org", ConnectionKind.PersonalAccessToken, TokenField.Access, ciphertext));
        Assert.Null(protection.Unprotect(person, "org", ConnectionKind.OAuth, TokenField.Refresh, ciphertext));
        Assert.Null(protection.Unprotect(person, "org", ConnectionKind.OAuth, TokenField.Access, ciphertext[..^4]));
        Assert.Null(protection.Unprotect(person, "org", ConnectionKind.OAuth, TokenField.Access, null));
    }

    [Fact]
    public async Task Call_records_the_request_budget_and_its_use()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        var connection = await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);

        await world.SweptAsync(Ct);

        await world.Get<CalendlyAccess>().For(connection.Id, Lane.People).Users.MeAsync(Ct);

        await using var db = await world.DbAsync(Ct);
        var budget = await db.RequestBudgets.SingleAsync(b => b.CalendlyUserUri == connection.CalendlyUserUri, Ct);
        // What connecting and the first sweep read counts as well.
        var calls = (await world.LedgerAsync("GET", "/", Ct)).Count;
        Assert.Equal((500, 500 - calls, false, null), (budget.PerMinute, budget.Remaining, budget.Awaiting, budget.OthersAt));
        Assert.NotNull((await world.ConnectionAsync(SimulatorDefaults.Olivia, Ct)).LastUsedAt);
    }

    [Fact]
    public async Task Reads_are_repeated_after_a_passing_error_and_writes_are_not()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        var connection = await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);
        var client = world.Get<CalendlyAccess>().For(connection.Id, Lane.People);
        await world.SimulateAsync("faults", new[] { new { method = "GET", path = "/users/me", status = 503, times = 2 }, new { method = "POST", path = "/invitations", status = 503, times = 5 } }, Ct);

        Assert.Equal("Olivia Ortiz", (await client.Users.MeAsync(Ct)).Name);
        var refused = await Assert.ThrowsAsync<CalendlyException>(() => client.Invitations.CreateAsync(connection.OrganizationUri, "new@example.com", Ct));

        Assert.Equal(CalendlyFailure.ServerError, refused.Failure);
        Assert.Single(await world.LedgerAsync("POST", "/organizations", Ct));
    }

    private static Task ExpireAsync(ConnectedWorld world) => world.ExecuteAsync($"UPDATE connections SET access_expires_at = now() - interval '1 second'", Ct);

    private static Task<ConnectionUnusableException> UnusableAsync(ConnectedWorld world, Connection connection) =>
        Assert.ThrowsAsync<ConnectionUnusableException>(() => world.Get<CalendlyAccess>().For(connection.Id, Lane.People).Users.MeAsync(Ct));

    private static async Task BrokenAsync(ConnectedWorld world)
    {
        var connection = await world.ConnectionAsync(SimulatorDefaults.Olivia, Ct);
        Assert.Equal(ConnectionState.NeedsReconnect, connection.State);
        Assert.NotNull(connection.Problem);
        await using var db = await world.DbAsync(Ct);
        Assert.Single(await db.AuditEntries.Where(e => e.Action == "connection.broke").ToListAsync(Ct));
    }
}
