using System.Net;
using AdminPortal.Calendly;
using AdminPortal.Simulator;
using AdminPortal.Testing;
using AdminPortal.Web.Features.Connections;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Npgsql;

namespace AdminPortal.Web.Tests.Features.Connections;

public sealed class ConnectionTokensTests(PostgresFixture postgres)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Expired_token_is_refreshed_once_for_four_instances_with_two_hundred_callers_each()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        var connection = await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);
        var others = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => World.ServeAsync(world.World.Database, world.World.Simulator.Address, null, Ct)));
        IServiceProvider[] instances = [world.World.Services, .. others.Select(other => other.Portal.Services)];
        var before = (await world.LedgerAsync("POST", "/oauth/token", Ct)).Count;
        await ExpireAsync(world);

        var tokens = await Task.WhenAll(instances.SelectMany(instance => Enumerable.Range(0, 200).Select(_ => instance.GetRequiredService<ConnectionTokens>().AccessAsync(connection.Id, Ct).AsTask())));

        Assert.Single(tokens.Distinct());
        Assert.Equal(before + 1, (await world.LedgerAsync("POST", "/oauth/token", Ct)).Count);
        var after = await world.ConnectionAsync(SimulatorDefaults.Olivia, Ct);
        Assert.Equal((connection.Generation + 1, null, ConnectionState.Healthy), (after.Generation, after.RefreshLeaseUntil, after.State));
        // It is the new pair, and it works everywhere.
        foreach (var instance in instances) Assert.Equal(connection.CalendlyUserUri, (await instance.GetRequiredService<CalendlyAccess>().For(connection.Id, Lane.People).Users.MeAsync(Ct)).Uri);
        Assert.Equal(before + 1, (await world.LedgerAsync("POST", "/oauth/token", Ct)).Count);
        foreach (var (portal, _) in others) await portal.DisposeAsync();
    }

    [Fact]
    public async Task Instance_that_is_stopped_finishes_the_refresh_on_its_way_and_begins_no_other()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        var connection = await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);
        var (portal, _) = await World.ServeAsync(world.World.Database, world.World.Simulator.Address, null, Ct);
        var tokens = portal.Services.GetRequiredService<ConnectionTokens>();
        await ExpireAsync(world);
        await world.SimulateAsync("faults", new[] { new { method = "POST", path = "/oauth/token", delayMs = 1_500 } }, Ct);
        var caller = tokens.AccessAsync(connection.Id, Ct).AsTask();
        await Eventually.TrueAsync(async () => (await world.LedgerAsync("POST", "/oauth/token", Ct)).Count == 2, Ct);

        // What a SIGTERM comes to, with no patience at all.
        await portal.StopAsync(new CancellationToken(canceled: true));

        var after = await world.ConnectionAsync(SimulatorDefaults.Olivia, Ct);
        Assert.Equal((connection.Generation + 1, null, ConnectionState.Healthy), (after.Generation, after.RefreshLeaseUntil, after.State));
        Assert.Equal(await caller, await world.Get<ConnectionTokens>().AccessAsync(connection.Id, Ct));
        await ExpireAsync(world);
        Assert.True((await Assert.ThrowsAsync<ConnectionUnusableException>(async () => await tokens.AccessAsync(connection.Id, Ct))).IsTemporary);
        Assert.Equal(2, (await world.LedgerAsync("POST", "/oauth/token", Ct)).Count);
        Assert.Equal("Olivia Ortiz", (await world.Get<CalendlyAccess>().For(connection.Id, Lane.People).Users.MeAsync(Ct)).Name);
        await portal.DisposeAsync();
    }

    [Fact]
    public async Task Shutdown_is_as_patient_as_the_longest_refresh_and_the_lease_outlives_it()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        Assert.Equal(TokenRefresh.Longest, world.Get<IOptions<HostOptions>>().Value.ShutdownTimeout);
        Assert.True(TokenRefresh.Longest < RefreshState.Lease);
    }

    [Fact]
    public async Task Pair_that_comes_after_the_grant_was_ended_is_revoked_and_never_stored()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        var connection = await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);
        await ExpireAsync(world);
        await world.SimulateAsync("faults", new[] { new { method = "POST", path = "/oauth/token", delayMs = 1_000 } }, Ct);
        var caller = world.Get<ConnectionTokens>().AccessAsync(connection.Id, Ct).AsTask();
        await Eventually.TrueAsync(async () => (await world.LedgerAsync("POST", "/oauth/token", Ct)).Count == 2, Ct);
        await using (var db = await world.DbAsync(Ct))
        {
            // Storing waits for this lock.
            await using var transaction = await db.Database.BeginTransactionAsync(Ct);
            var row = await db.Connections.FromSql($"SELECT *, xmin FROM connections WHERE id = {connection.Id} FOR UPDATE").SingleAsync(Ct);
            await Eventually.TrueAsync(async () => (await world.LedgerAsync("POST", "/oauth/token", Ct))[1].Applied, Ct);
            row.Disconnect(TimeProvider.System.GetUtcNow());
            await db.SaveChangesAsync(Ct);
            await transaction.CommitAsync(Ct);
        }

        await Assert.ThrowsAsync<ConnectionUnusableException>(() => caller);

        var after = await world.ConnectionAsync(SimulatorDefaults.Olivia, Ct);
        Assert.Equal((ConnectionState.Disconnected, null), (after.State, after.ProtectedRefreshToken));
        // Both halves; at Calendly the refresh token takes the access token with it.
        await world.RevokedAsync(2, Ct);
        Assert.Equal([true, false], (await world.LedgerAsync("POST", "/oauth/revoke", Ct)).Select(call => call.Applied));
    }

    [Fact]
    public async Task Pair_that_was_never_stored_is_revoked_later_when_Calendly_does_not_answer_at_once()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        var connection = await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);
        await ExpireAsync(world);
        await world.SimulateAsync("faults", new object[] { new { method = "POST", path = "/oauth/token", delayMs = 1_000 }, new { method = "POST", path = "/oauth/revoke", drop = "before", times = 4 } }, Ct);
        var caller = world.Get<ConnectionTokens>().AccessAsync(connection.Id, Ct).AsTask();
        await Eventually.TrueAsync(async () => (await world.LedgerAsync("POST", "/oauth/token", Ct)).Count == 2, Ct);
        await world.Get<ConnectionService>().DisconnectAsync(Guid.CreateVersion7(), connection.Id, ConnectedWorld.Actor(SimulatorDefaults.Olivia), Ct);
        await Assert.ThrowsAsync<ConnectionUnusableException>(() => caller);

        // The pair that was stored, and the one that came too late.
        await using var db = await world.DbAsync(Ct);
        Assert.Equal(2, await db.GrantRevocations.CountAsync(Ct));
        Assert.DoesNotContain(await world.LedgerAsync("POST", "/oauth/revoke", Ct), call => call.Applied);
        await world.ExecuteAsync($"UPDATE grant_revocations SET next_at = now()", Ct);
        await Eventually.TrueAsync(async () => !await db.GrantRevocations.AnyAsync(Ct), Ct);
        Assert.Contains(await world.LedgerAsync("POST", "/oauth/revoke", Ct), call => call.Applied);
    }

    [Fact]
    public async Task Database_that_is_away_when_the_pair_comes_gets_it_when_it_is_back()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        var connection = await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);
        await using var gate = new DatabaseGate(world.World.Database);
        var (portal, _) = await World.ServeAsync(world.World.Database, world.World.Simulator.Address, new Dictionary<string, string> { ["ConnectionStrings:Portal"] = gate.ConnectionString }, Ct);
        await ExpireAsync(world);
        await world.SimulateAsync("faults", new[] { new { method = "POST", path = "/oauth/token", delayMs = 1_000 } }, Ct);
        var caller = portal.Services.GetRequiredService<ConnectionTokens>().AccessAsync(connection.Id, Ct).AsTask();
        await Eventually.TrueAsync(async () => (await world.LedgerAsync("POST", "/oauth/token", Ct)).Count == 2, Ct);

        gate.Close();
        await Eventually.TrueAsync(async () => (await world.LedgerAsync("POST", "/oauth/token", Ct))[1].Applied, Ct);
        gate.Open();

        Assert.Equal(await caller, await world.Get<ConnectionTokens>().AccessAsync(connection.Id, Ct));
        var after = await world.ConnectionAsync(SimulatorDefaults.Olivia, Ct);
        Assert.Equal((connection.Generation + 1, null, ConnectionState.Healthy), (after.Generation, after.RefreshLeaseUntil, after.State));
        Assert.Empty(await world.LedgerAsync("POST", "/oauth/revoke", Ct));
        await portal.DisposeAsync();
    }

    [Fact]
    public async Task Pair_whose_storing_was_not_answered_but_committed_stays()
    {
        await using var world = await RefreshWorld.StartAsync(postgres, Ct);
        await world.ExecuteAsync($"UPDATE connections SET access_expires_at = now() - interval '1 second'", Ct);
        var lost = 0;
        var instance = world.Start(new HurriedClock(TimeSpan.FromSeconds(1)), after: command =>
        {
            if (command.Contains("SET protected_access_token", StringComparison.Ordinal) && lost++ == 0) throw new NpgsqlException("The connection broke.");
        });

        var token = await instance.Tokens.AccessAsync(world.ConnectionId, Ct);

        Assert.Equal(2, lost);
        Assert.Equal((HttpStatusCode.OK, true), (await world.UseAsync(token, Ct), await world.IsAliveAsync(Ct)));
    }

    [Theory]
    [InlineData("grant revoked", "Calendly refused to renew")]
    [InlineData("answer lost", "Calendly did not answer")]
    [InlineData("stopped in between", "The portal could not record")]
    public async Task Clocks_of_instances_that_differ_by_minutes_change_nothing(string what, string words)
    {
        await using var world = await RefreshWorld.StartAsync(postgres, Ct);
        var now = TimeProvider.System.GetUtcNow();
        // Their timers run; what they think the time is differs.
        RefreshWorld.Instance[] instances = [world.Start(new SkewedClock(TimeSpan.FromMinutes(-10))), world.Start(TimeProvider.System), world.Start(new SkewedClock(TimeSpan.FromMinutes(10)))];
        Task<string[]> CallAsync() => Task.WhenAll(Enumerable.Range(0, 30).Select(n => instances[n % 3].Tokens.AccessAsync(world.ConnectionId, Ct).AsTask()));
        await world.ExecuteAsync($"UPDATE connections SET access_expires_at = {now.AddHours(-1)}", Ct);

        Assert.Single((await CallAsync()).Distinct());
        Assert.Equal(1, await world.TokenRequestsAsync(Ct));

        await world.ExecuteAsync($"UPDATE connections SET access_expires_at = {now.AddHours(-1)}", Ct);
        // Put off by the fastest clock: all of them wait by the database's clock, and none of them for ten minutes.
        await world.SimulateAsync("faults", new[] { new { method = "POST", path = "/oauth/token", status = 503 } }, Ct);
        await Assert.ThrowsAsync<ConnectionUnusableException>(async () => await instances[2].Tokens.AccessAsync(world.ConnectionId, Ct));
        foreach (var instance in instances) Assert.True((await Assert.ThrowsAsync<ConnectionUnusableException>(async () => await instance.Tokens.AccessAsync(world.ConnectionId, Ct))).IsTemporary);
        Assert.Equal(1, await world.TokenRequestsAsync(Ct));
        await world.ExecuteAsync($"UPDATE connections SET refresh_not_before = clock_timestamp()", Ct);
        Assert.Single((await CallAsync()).Distinct());
        Assert.Equal(1, await world.TokenRequestsAsync(Ct));

        await world.ExecuteAsync($"UPDATE connections SET access_expires_at = {now.AddHours(-1)}", Ct);
        switch (what)
        {
            case "grant revoked": await world.SimulateAsync("tokens/revoke", new { }, Ct); break;
            case "answer lost": await world.SimulateAsync("faults", new[] { new { method = "POST", path = "/oauth/token", drop = "after" } }, Ct); break;
            default: await world.ExecuteAsync($"UPDATE connections SET refresh_lease_until = clock_timestamp(), refresh_fence = refresh_fence + 1", Ct); break;
        }
        foreach (var instance in instances)
            Assert.Contains(words, (await Assert.ThrowsAsync<ConnectionUnusableException>(async () => await instance.Tokens.AccessAsync(world.ConnectionId, Ct))).Message, StringComparison.Ordinal);
        Assert.Equal(what == "stopped in between" ? 0 : 1, await world.TokenRequestsAsync(Ct));
        Assert.Equal(1, await world.BreaksAsync(Ct));
    }

    [Fact]
    public async Task Calendly_that_fails_for_a_while_is_asked_three_times_a_minute_at_most_however_many_ask()
    {
        await using var world = await RefreshWorld.StartAsync(postgres, Ct);
        await world.ExecuteAsync($"UPDATE connections SET access_expires_at = now() - interval '1 second'", Ct);
        await world.SimulateAsync("faults", new[] { new { method = "POST", path = "/oauth/token", status = 500, times = 3 } }, Ct);
        RefreshWorld.Instance[] instances = [world.Start(TimeProvider.System), world.Start(TimeProvider.System)];
        for (var pause = 1; pause <= 3; pause++)
        {
            for (var again = 0; again < 2; again++)
                await Task.WhenAll(Enumerable.Range(0, 40).Select(n => Assert.ThrowsAsync<ConnectionUnusableException>(async () => await instances[n % 2].Tokens.AccessAsync(world.ConnectionId, Ct))));
            Assert.Equal(1, await world.TokenRequestsAsync(Ct));
            var row = await world.RowAsync(Ct);
            Assert.True(row.RefreshNotBefore >= row.ProblemAt + RefreshState.ShortestPause - TimeSpan.FromSeconds(1));
            await world.ExecuteAsync($"UPDATE connections SET refresh_not_before = clock_timestamp()", Ct);
        }
        Assert.Equal(HttpStatusCode.OK, await world.UseAsync(await instances[0].Tokens.AccessAsync(world.ConnectionId, Ct), Ct));
    }

    [Fact]
    public async Task Answer_that_never_comes_is_given_up_after_twenty_seconds()
    {
        await using var world = await RefreshWorld.StartAsync(postgres, Ct);
        await world.ExecuteAsync($"UPDATE connections SET access_expires_at = now() - interval '1 second'", Ct);
        await world.SimulateAsync("faults", new[] { new { method = "POST", path = "/oauth/token", delayMs = 600_000 } }, Ct);
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var caller = world.Start(clock).Tokens.AccessAsync(world.ConnectionId, Ct).AsTask();
        await Eventually.TrueAsync(async () => await world.TokenRequestsAsync(Ct) == 1, Ct);
        clock.Advance(TimeSpan.FromSeconds(19));
        Assert.Equal((ConnectionState.Healthy, false), ((await world.RowAsync(Ct)).State, caller.IsCompleted));

        clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Contains("Calendly did not answer", (await Assert.ThrowsAsync<ConnectionUnusableException>(() => caller)).Message, StringComparison.Ordinal);
        Assert.Equal(ConnectionState.NeedsReconnect, (await world.RowAsync(Ct)).State);
        await Assert.ThrowsAsync<ConnectionUnusableException>(async () => await world.Start(TimeProvider.System).Tokens.AccessAsync(world.ConnectionId, Ct));
        Assert.Equal(0, await world.TokenRequestsAsync(Ct));
    }

    private sealed class SkewedClock(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + by;
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Grant_that_ends_while_it_is_refreshed_stays_ended_and_its_new_pair_is_revoked(bool disconnected)
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        var connection = await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);
        await ExpireAsync(world);
        // Calendly has the request, and the owner decides otherwise before it is looked at: the answer is invalid_grant.
        await world.SimulateAsync("faults", new[] { new { method = "POST", path = "/oauth/token", delayMs = 1_500 } }, Ct);
        var caller = world.Get<ConnectionTokens>().AccessAsync(connection.Id, Ct).AsTask();
        await Eventually.TrueAsync(async () => (await world.LedgerAsync("POST", "/oauth/token", Ct)).Count == 2, Ct);

        if (disconnected) await world.Get<ConnectionService>().DisconnectAsync(Guid.CreateVersion7(), connection.Id, ConnectedWorld.Actor(SimulatorDefaults.Olivia), Ct);
        else await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);

        var after = await world.ConnectionAsync(SimulatorDefaults.Olivia, Ct);
        Assert.Equal((disconnected ? ConnectionState.Disconnected : ConnectionState.Healthy, connection.Generation + 1), (after.State, after.Generation));
        if (disconnected) await Assert.ThrowsAsync<ConnectionUnusableException>(() => caller);
        else
        {
            await caller;
            Assert.Equal("Olivia Ortiz", (await world.Get<CalendlyAccess>().For(connection.Id, Lane.People).Users.MeAsync(Ct)).Name);
        }
        var settled = await world.ConnectionAsync(SimulatorDefaults.Olivia, Ct);
        Assert.Equal((after.State, after.Generation, after.ProtectedRefreshToken), (settled.State, settled.Generation, settled.ProtectedRefreshToken));
        await using var db = await world.DbAsync(Ct);
        Assert.False(await db.AuditEntries.AnyAsync(e => e.Action == "connection.broke", Ct));
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
        await world.ExecuteAsync($"UPDATE connections SET refresh_not_before = now()", Ct);

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
