using AdminPortal.Calendly;
using AdminPortal.Simulator;
using AdminPortal.Testing;
using AdminPortal.Web.Features.Audit;
using AdminPortal.Web.Features.Connections;
using AdminPortal.Web.Security;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace AdminPortal.Web.Tests.Features.Connections;

public sealed class PersonalTokenTests(PostgresFixture postgres)
{
    private const string Everything = "users:read organizations:read organizations:write groups:read activity_log:read scheduled_events:read event_types:read webhooks:read";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Token_of_an_admin_connects_without_an_end_and_is_stored_nowhere_in_plain()
    {
        await using var world = await StartAsync();
        var (token, _) = await world.TokenAsync(SimulatorDefaults.Olivia, Everything, Ct);

        // The end of a line comes along when it is copied.
        var stored = await world.ConnectWithTokenAsync($"  {token}\r\n", SimulatorDefaults.Olivia, Ct);

        var connection = await world.ConnectionAsync(SimulatorDefaults.Olivia, Ct);
        Assert.Equal((stored.Id, ConnectionKind.PersonalAccessToken, ConnectionState.Healthy, "admin"), (connection.Id, connection.Kind, connection.State, connection.CalendlyRole));
        Assert.Equal((null, null, false), (connection.AccessExpiresAt, connection.ProtectedRefreshToken, stored.LeftToken));
        Assert.Equal("Olivia Ortiz", (await world.Get<CalendlyAccess>().For(connection.Id, Lane.People).Users.MeAsync(Ct)).Name);
        Assert.Empty(await world.LedgerAsync("POST", "/oauth", Ct));
        await using var db = await world.DbAsync(Ct);
        var entry = await db.AuditEntries.SingleAsync(e => e.Action == "connection.connected", Ct);
        Assert.Equal(AuditOutcome.Done, entry.Outcome);
        Assert.Contains("personal_access_token", entry.Details, StringComparison.Ordinal);
        await AssertNowhereAsync(world, token);
    }

    [Fact]
    public async Task Scopes_are_granted_not_granted_or_not_known_until_used_and_no_write_is_sent_to_find_out()
    {
        await using var world = await StartAsync();
        var (token, _) = await world.TokenAsync(SimulatorDefaults.Olivia, "users:read organizations:read event_types:read webhooks:read", Ct);
        await world.SimulateAsync("faults", new[] { new { method = "GET", path = "^/webhook_subscriptions$", times = 1, status = 403 } }, Ct);

        await world.ConnectWithTokenAsync(token, SimulatorDefaults.Olivia, Ct);

        var connection = await world.ConnectionAsync(SimulatorDefaults.Olivia, Ct);
        var needs = ScopeNeeds.Of(connection.Scopes, connection.UnknownScopes).ToLookup(n => n.State, n => n.Scope);
        Assert.Equal([Scopes.UsersRead, Scopes.OrganizationsRead, Scopes.EventTypesRead], needs[ScopeState.Granted]);
        Assert.Equal([Scopes.GroupsRead, Scopes.ActivityLogRead, Scopes.ScheduledEventsRead], needs[ScopeState.NotGranted]);
        Assert.Equal([Scopes.OrganizationsWrite, Scopes.WebhooksRead], needs[ScopeState.NotKnown]);
        Assert.Empty(await world.LedgerAsync("POST", "/", Ct));
        Assert.Empty(await world.LedgerAsync("DELETE", "/", Ct));
    }

    [Fact]
    public async Task Bad_moment_of_Calendly_while_probing_leaves_the_scope_unknown_and_connects()
    {
        await using var world = await StartAsync();
        var (token, _) = await world.TokenAsync(SimulatorDefaults.Olivia, Everything, Ct);
        await world.SimulateAsync("faults", new[] { new { method = "GET", path = "^/scheduled_events$", times = 10, status = 500 } }, Ct);

        await world.ConnectWithTokenAsync(token, SimulatorDefaults.Olivia, Ct);

        var connection = await world.ConnectionAsync(SimulatorDefaults.Olivia, Ct);
        Assert.Contains(Scopes.ScheduledEventsRead, connection.UnknownScopes);
        Assert.Contains(Scopes.EventTypesRead, connection.Scopes);
    }

    [Fact]
    public async Task Test_asks_again_for_what_was_not_known_and_keeps_what_it_proves()
    {
        await using var world = await StartAsync();
        var (token, _) = await world.TokenAsync(SimulatorDefaults.Olivia, "users:read organizations:read scheduled_events:read", Ct);
        await world.SimulateAsync("faults", new[] { new { method = "GET", path = "^/(scheduled_events|event_types)$", times = 2, status = 403 } }, Ct);
        var stored = await world.ConnectWithTokenAsync(token, SimulatorDefaults.Olivia, Ct);
        var before = await world.ConnectionAsync(SimulatorDefaults.Olivia, Ct);
        Assert.Equal([Scopes.OrganizationsWrite, Scopes.ScheduledEventsRead, Scopes.EventTypesRead], before.UnknownScopes);

        Assert.True((await world.Get<ConnectionTestService>().TestAsync(Guid.CreateVersion7(), stored.Id, ConnectedWorld.Actor(SimulatorDefaults.Olivia), Ct)).Works);

        var after = await world.ConnectionAsync(SimulatorDefaults.Olivia, Ct);
        Assert.Equal([Scopes.OrganizationsWrite], after.UnknownScopes);
        Assert.Equal((true, false), (after.Scopes.Contains(Scopes.ScheduledEventsRead), after.Scopes.Contains(Scopes.EventTypesRead)));
        Assert.Empty(await world.LedgerAsync("POST", "/", Ct));
    }

    [Fact]
    public async Task Everything_that_connecting_asks_goes_on_the_budget_of_the_account_but_whose_it_is()
    {
        await using var world = await StartAsync();
        await world.ConnectWithTokenAsync((await world.TokenAsync(SimulatorDefaults.Olivia, Everything, Ct)).Access, SimulatorDefaults.Olivia, Ct);

        var connection = await world.ConnectionAsync(SimulatorDefaults.Olivia, Ct);
        await using var db = await world.DbAsync(Ct);
        var budget = await db.RequestBudgets.SingleAsync(Ct);
        Assert.Equal(connection.CalendlyUserUri, budget.CalendlyUserUri);
        // The first slot was given before the second question, and the last one told what is left after it.
        var asked = (await world.LedgerAsync("GET", "/", Ct)).Count;
        Assert.Equal(budget.PerMinute - asked, budget.Remaining);
    }

    [Theory]
    [InlineData(Everything, true)]
    [InlineData("users:read organizations:read", false)]
    public async Task Write_scope_is_known_once_it_was_used(string scope, bool granted)
    {
        await using var world = await StartAsync();
        var stored = await world.ConnectWithTokenAsync((await world.TokenAsync(SimulatorDefaults.Olivia, scope, Ct)).Access, SimulatorDefaults.Olivia, Ct);
        var client = world.Get<CalendlyAccess>().For(stored.Id, Lane.People);
        var organization = (await world.ConnectionAsync(SimulatorDefaults.Olivia, Ct)).OrganizationUri;
        // A refusal for another reason proves nothing.
        var refused = await Assert.ThrowsAsync<CalendlyException>(() => client.Invitations.CreateAsync(organization, "sam.okafor@example.com", Ct));
        if (granted)
        {
            Assert.Equal(CalendlyFailure.AlreadyMember, refused.Failure);
            Assert.Contains(Scopes.OrganizationsWrite, (await world.ConnectionAsync(SimulatorDefaults.Olivia, Ct)).UnknownScopes);
            await client.Invitations.CreateAsync(organization, "new.one@example.com", Ct);
        }
        else Assert.Equal(CalendlyFailure.InsufficientScope, refused.Failure);

        var connection = await world.ConnectionAsync(SimulatorDefaults.Olivia, Ct);
        Assert.Equal((granted, false), (connection.Scopes.Contains(Scopes.OrganizationsWrite), connection.UnknownScopes.Contains(Scopes.OrganizationsWrite)));
    }

    [Fact]
    public async Task Text_that_is_no_token_is_refused_in_words_before_Calendly_is_asked()
    {
        await using var world = await StartAsync();
        var (token, _) = await world.TokenAsync(SimulatorDefaults.Olivia, Everything, Ct);
        var (expiring, _) = await world.TokenAsync(SimulatorDefaults.Olivia, Everything, Ct, "oauth");
        (string Problem, string? Text)[] cases =
        [
            (ConnectProblem.NoToken, null), (ConnectProblem.NoToken, ""), (ConnectProblem.NoToken, " \r\n\t "),
            (ConnectProblem.MalformedToken, "short"), (ConnectProblem.MalformedToken, token.Insert(9, " ")), (ConnectProblem.MalformedToken, token.Insert(9, "\n")),
            (ConnectProblem.MalformedToken, new string('a', 10_000)), (ConnectProblem.MalformedToken, token + "ü"), (ConnectProblem.MalformedToken, token + "\0"),
            (ConnectProblem.MalformedToken, $"Bearer {token}"), (ConnectProblem.ExpiringToken, expiring),
        ];

        foreach (var (problem, text) in cases) await RefusedAsync(world, problem, text, SimulatorDefaults.Olivia);

        Assert.Empty(await world.LedgerAsync("GET", "/", Ct));
        Assert.Equal(cases.Select(c => c.Problem), await world.RefusalsAsync("connection.connected", Ct));
        await AssertNothingStoredAsync(world);
        await AssertNowhereAsync(world, token);
        await world.ConnectWithTokenAsync(token, SimulatorDefaults.Olivia, Ct);
    }

    [Fact]
    public async Task Token_that_OAuth_connecting_would_refuse_is_refused_for_the_same_reason()
    {
        await using var world = await StartAsync();
        var (olivia, arjun, sam) = (SimulatorDefaults.Olivia, SimulatorDefaults.Arjun, SimulatorDefaults.Sam);
        await world.SignInAsync(arjun, Ct, Roles.Operator);
        async Task<string> Pat(DemoPerson of, string scope = Everything) => (await world.TokenAsync(of, scope, Ct)).Access;
        var refresh = (await world.TokenAsync(olivia, Everything, Ct, "oauth")).Refresh!;
        (string Problem, string Token, DemoPerson By)[] cases =
        [
            (ConnectProblem.RefusedToken, refresh, olivia),
            (ConnectProblem.RefusedToken, "eyJhbGciOiJIUzI1NiJ9.e30.AAAAAAAAAAAAAAAAAAAAAAAA", olivia),
            (ConnectProblem.MissingScope, await Pat(olivia, "organizations:read"), olivia),
            (ConnectProblem.MissingScope, await Pat(olivia, "users:read"), olivia),
            (ConnectProblem.OtherAddress, await Pat(sam), olivia),
            (ConnectProblem.PlainUser, await Pat(arjun), arjun),
        ];
        foreach (var (problem, token, by) in cases) await RefusedAsync(world, problem, token, by);
        await AssertNothingStoredAsync(world);

        var revoked = await Pat(olivia);
        await world.SimulateAsync("tokens/revoke", new { user = olivia.Email }, Ct);
        await RefusedAsync(world, ConnectProblem.RefusedToken, revoked, olivia);
        await AssertNothingStoredAsync(world);

        // Sam's organization is the managed one; Olivia's account has one of its own after she was taken out.
        await world.ConnectAsync(sam, Ct);
        await world.RemoveFromOrganizationAsync(olivia, Ct);
        var foreign = await Pat(olivia);
        await RefusedAsync(world, ConnectProblem.OtherOrganization, foreign, olivia);
        Assert.Equal([.. cases.Select(c => c.Problem), ConnectProblem.RefusedToken, ConnectProblem.OtherOrganization], await world.RefusalsAsync("connection.connected", Ct));
        foreach (var token in cases.Select(c => c.Token).Append(revoked).Append(foreign)) await AssertNowhereAsync(world, token);
        // It is its owner's to revoke: the portal does not even try.
        Assert.Empty(await world.LedgerAsync("POST", "/oauth/revoke", Ct));
    }

    [Fact]
    public async Task Calendly_that_does_not_answer_is_told_as_such_and_the_token_may_be_tried_again()
    {
        await using var world = await StartAsync();
        var (token, _) = await world.TokenAsync(SimulatorDefaults.Olivia, Everything, Ct);
        await world.SimulateAsync("faults", new[] { new { method = "GET", path = "^/users/me$", times = 4, status = 500 } }, Ct);

        await RefusedAsync(world, ConnectProblem.NotRead, token, SimulatorDefaults.Olivia);
        await AssertNothingStoredAsync(world);

        await world.ConnectWithTokenAsync(token, SimulatorDefaults.Olivia, Ct);
    }

    [Fact]
    public async Task Person_without_the_role_is_refused_and_their_token_is_not_even_tried()
    {
        await using var world = await StartAsync();
        await world.SignInAsync(SimulatorDefaults.Vera, Ct);
        var (token, _) = await world.TokenAsync(SimulatorDefaults.Vera, Everything, Ct);

        await RefusedAsync(world, "role", token, SimulatorDefaults.Vera);

        Assert.Equal(["role"], await world.RefusalsAsync("connection.connected", Ct));
        Assert.Empty(await world.LedgerAsync("GET", "/", Ct));
    }

    [Fact]
    public async Task Token_replaces_OAuth_and_back_in_the_same_row_and_only_what_is_ours_is_revoked()
    {
        await using var world = await StartAsync();
        var before = await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);
        var (token, _) = await world.TokenAsync(SimulatorDefaults.Olivia, Everything, Ct);

        var stored = await world.ConnectWithTokenAsync(token, SimulatorDefaults.Olivia, Ct);

        var personal = await world.ConnectionAsync(SimulatorDefaults.Olivia, Ct);
        Assert.Equal((before.Id, false, ConnectionKind.PersonalAccessToken, null), (stored.Id, stored.LeftToken, personal.Kind, personal.ProtectedRefreshToken));
        Assert.Single(await world.LedgerAsync("POST", "/oauth/revoke", Ct), call => call.Applied);
        Assert.Equal("Olivia Ortiz", (await world.Get<CalendlyAccess>().For(stored.Id, Lane.People).Users.MeAsync(Ct)).Name);
        // The same token once more leaves none behind.
        Assert.False((await world.ConnectWithTokenAsync(token, SimulatorDefaults.Olivia, Ct)).LeftToken);

        var answer = await world.ConsentAsync(await world.BeginAsync(SimulatorDefaults.Olivia, Ct), SimulatorDefaults.Olivia, Ct);
        Assert.Equal(new ConnectResult("/connections", null, LeftToken: true), await world.FinishAsync(answer, SimulatorDefaults.Olivia, Ct));

        var again = await world.ConnectionAsync(SimulatorDefaults.Olivia, Ct);
        Assert.Equal((before.Id, ConnectionKind.OAuth, true), (again.Id, again.Kind, again.UnknownScopes is []));
        Assert.NotNull(again.AccessExpiresAt);
        Assert.Single(await world.LedgerAsync("POST", "/oauth/revoke", Ct), call => call.Applied);
        Assert.True((await world.ConnectWithTokenAsync(token, SimulatorDefaults.Olivia, Ct)) is { LeftToken: false });
        Assert.True((await world.ConnectWithTokenAsync((await world.TokenAsync(SimulatorDefaults.Olivia, Everything, Ct)).Access, SimulatorDefaults.Olivia, Ct)) is { LeftToken: true });
    }

    [Fact]
    public async Task Disconnecting_removes_the_token_here_and_leaves_its_end_to_its_owner()
    {
        await using var world = await StartAsync();
        var stored = await world.ConnectWithTokenAsync((await world.TokenAsync(SimulatorDefaults.Olivia, Everything, Ct)).Access, SimulatorDefaults.Olivia, Ct);

        var ended = await world.Get<ConnectionService>().DisconnectAsync(Guid.CreateVersion7(), stored.Id, ConnectedWorld.Actor(SimulatorDefaults.Olivia), Ct);

        Assert.Equal(Revocation.Owners, ended);
        Assert.Null((await world.ConnectionAsync(SimulatorDefaults.Olivia, Ct)).ProtectedAccessToken);
        Assert.Empty(await world.LedgerAsync("POST", "/oauth/revoke", Ct));
    }

    [Fact]
    public async Task Token_that_was_revoked_needs_reconnecting_and_nothing_is_refreshed()
    {
        await using var world = await StartAsync();
        var stored = await world.ConnectWithTokenAsync((await world.TokenAsync(SimulatorDefaults.Olivia, Everything, Ct)).Access, SimulatorDefaults.Olivia, Ct);
        await world.SimulateAsync("tokens/revoke", new { user = SimulatorDefaults.Olivia.Email }, Ct);

        await Assert.ThrowsAsync<ConnectionUnusableException>(() => world.Get<CalendlyAccess>().For(stored.Id, Lane.People).Users.MeAsync(Ct));

        Assert.Equal(ConnectionState.NeedsReconnect, (await world.ConnectionAsync(SimulatorDefaults.Olivia, Ct)).State);
        Assert.Empty(await world.LedgerAsync("POST", "/oauth/token", Ct));
    }

    [Fact]
    public async Task Clicks_that_come_at_once_leave_one_working_connection()
    {
        await using var world = await StartAsync();
        var tokens = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => world.TokenAsync(SimulatorDefaults.Olivia, Everything, Ct)));
        var command = Guid.CreateVersion7();

        var stored = await Task.WhenAll([
            .. tokens.Select(t => world.ConnectWithTokenAsync(t.Access, SimulatorDefaults.Olivia, Ct)),
            .. tokens.Select(_ => world.ConnectWithTokenAsync(tokens[0].Access, SimulatorDefaults.Olivia, Ct, command))]);

        Assert.Single(stored.Select(s => s.Id).Distinct());
        var connection = await world.ConnectionAsync(SimulatorDefaults.Olivia, Ct);
        // The four clicks of their own, and the repeated one once.
        Assert.Equal((tokens.Length + 1, ConnectionState.Healthy), (connection.Generation, connection.State));
        await world.Get<CalendlyAccess>().For(connection.Id, Lane.People).Users.MeAsync(Ct);
    }

    [Fact]
    public void Printing_what_is_about_to_be_stored_shows_no_token() =>
        Assert.DoesNotContain("planted", new NewGrant(ConnectionKind.OAuth, "planted", "planted", TimeSpan.FromHours(2), [Scopes.UsersRead], []).ToString(), StringComparison.Ordinal);

    private async Task<ConnectedWorld> StartAsync()
    {
        var world = await ConnectedWorld.StartAsync(postgres, Ct);
        await world.SignInAsync(SimulatorDefaults.Olivia, Ct);
        return world;
    }

    private static async Task RefusedAsync(ConnectedWorld world, string problem, string? token, DemoPerson person)
    {
        var refused = await Assert.ThrowsAsync<RefusedException>(() => world.ConnectWithTokenAsync(token, person, Ct));
        Assert.Equal(problem, refused.Refusal.Code);
        if (token?.Trim() is { Length: > 10 } secret) Assert.DoesNotContain(secret, refused.ToString(), StringComparison.Ordinal);
    }

    private static async Task AssertNothingStoredAsync(ConnectedWorld world)
    {
        await using var db = await world.DbAsync(Ct);
        Assert.False(await db.Connections.AnyAsync(Ct) || await db.PersonCalendlyUsers.AnyAsync(Ct) || await db.Organizations.AnyAsync(Ct));
    }

    /// <summary>No row of any table of the database holds it, in none of the forms in which a dump is searched.</summary>
    private static async Task AssertNowhereAsync(ConnectedWorld world, string token)
    {
        await using var connection = new NpgsqlConnection(world.World.Database.OwnerConnectionString);
        await connection.OpenAsync(Ct);
        await using var transaction = await connection.BeginTransactionAsync(Ct);
        async Task<decimal> CountAsync(string[] forms)
        {
            await using var command = new NpgsqlCommand("""
                SELECT string_agg(format('SELECT count(*) FROM %I t WHERE EXISTS (SELECT FROM unnest($1) form WHERE strpos(t::text, form) > 0)', table_name), ' UNION ALL ')
                FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
                """, connection);
            await using var search = new NpgsqlCommand($"SELECT sum(count) FROM ({await command.ExecuteScalarAsync(Ct)}) AS hits", connection) { Parameters = { new() { Value = forms } } };
            return (decimal)(await search.ExecuteScalarAsync(Ct))!;
        }
        // Bytes that are no text stand as hex in what PostgreSQL prints.
        string[] forms = [.. LeakScan.Forms(token).Select(form => form.Pattern).Where(pattern => !pattern.Contains('\0', StringComparison.Ordinal))];
        Assert.NotEqual(0, await CountAsync(["Olivia Ortiz"]));
        Assert.Equal(0, await CountAsync(forms));

        // The control: each of them is found.
        await using var plant = new NpgsqlCommand("CREATE TABLE canaries (text text); INSERT INTO canaries SELECT 'before ' || form || ' after' FROM unnest(@forms) form", connection) { Parameters = { new("forms", forms) } };
        await plant.ExecuteNonQueryAsync(Ct);
        Assert.Equal(forms.Length, await CountAsync(forms));
        await transaction.RollbackAsync(Ct);
    }
}
