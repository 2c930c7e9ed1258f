using System.Net.Http.Json;
using System.Text.Json;
using AdminPortal.Simulator;
using AdminPortal.Testing;
using AdminPortal.Web.Features.Audit;
using AdminPortal.Web.Features.Connections;
using AdminPortal.Web.Features.Directory;
using AdminPortal.Web.Security;
using AdminPortal.Web.Tests.Features.Directory;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace AdminPortal.Web.Tests.Features.Connections;

/// <summary>Grants whose owners may no longer have them: not used any more at once, ended here, revoked at Calendly, said and audited.</summary>
public sealed class OrphanedGrantsTests(PostgresFixture postgres)
{
    private const string Reason = "Left the company on Friday.";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Viewer", "Olivia Ortiz no longer has the role Operator or Administrator")]
    [InlineData("blocked", "Olivia Ortiz was blocked in this portal")]
    public async Task Grant_of_somebody_blocked_or_without_the_role_is_ended_revoked_and_audited(string what, string words)
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        var connection = await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);
        await world.ConnectAsync(SimulatorDefaults.Sam, Ct);
        Assert.Equal("Olivia Ortiz", (await world.Get<CalendlyAccess>().For(connection.Id, Lane.People).Users.MeAsync(Ct)).Name);

        if (what == "blocked") await BlockAsync(world);
        else await world.SignInAsync(SimulatorDefaults.Olivia, Ct, what);

        // Before anybody can have come by, and after.
        Assert.Contains(words, (await UnusableAsync(world, connection)).Message, StringComparison.Ordinal);
        await AssertEndedAsync(world, words, what == "blocked" ? "blocked" : "lost_role");
        Assert.Contains(words, (await UnusableAsync(world, connection)).Message, StringComparison.Ordinal);
        await RevokedAsync(world, AuditOutcome.Done);
        Assert.All(await world.LedgerAsync("POST", "/oauth/revoke", Ct), call => Assert.Equal(200, call.Status));
        Assert.Equal(2, (await world.LedgerAsync("POST", "/oauth/revoke", Ct)).Count);
        Assert.Equal(ConnectionState.Healthy, (await world.ConnectionAsync(SimulatorDefaults.Sam, Ct)).State);
        var shown = await world.Get<ConnectionService>().ViewAsync(ConnectedWorld.Actor(SimulatorDefaults.Olivia), Ct);
        Assert.Contains(words, shown.Mine!.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Token_of_an_orphan_is_not_handed_out_also_when_nobody_comes_to_end_the_grant()
    {
        // Portals whose workers do not run.
        await using var world = await DirectoryWorld.StartAsync(postgres, 20, 0, Ct);
        await using var db = world.Db();
        var connection = await db.Connections.AsNoTracking().SingleAsync(Ct);
        var access = world.Services.GetRequiredService<CalendlyAccess>();
        await access.For(connection.Id, Lane.Background).Users.MeAsync(Ct);
        var before = (await CallsAsync(world.Simulator)).Count;

        await db.People.ExecuteUpdateAsync(p => p.SetProperty(x => x.Roles, [Roles.Viewer]), Ct);

        await Assert.ThrowsAsync<ConnectionUnusableException>(() => access.For(connection.Id, Lane.Background).Users.MeAsync(Ct));
        Assert.Equal(SweepState.Partial, (await world.SweepAsync(Ct)).State);
        Assert.Equal(before, (await CallsAsync(world.Simulator)).Count);
        Assert.Equal(ConnectionState.Healthy, (await db.Connections.AsNoTracking().SingleAsync(Ct)).State);

        var keeper = world.Services.GetRequiredService<OrphanedGrants>();
        Assert.True(await keeper.WorkOnceAsync(Ct));
        Assert.Equal(ConnectionState.Disconnected, (await db.Connections.AsNoTracking().SingleAsync(Ct)).State);
        Assert.False(await keeper.WorkOnceAsync(Ct));
    }

    [Theory]
    [InlineData("user")]
    [InlineData("gone")]
    public async Task Grant_of_somebody_demoted_or_gone_in_Calendly_is_ended_by_a_complete_sweep_and_by_no_other(string what)
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        await world.ConnectAsync(SimulatorDefaults.Priya, Ct);
        await SweptAsync(world, SweepState.Complete, 1);
        await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);
        var sam = await world.ConnectAsync(SimulatorDefaults.Sam, Ct);
        var uuid = (await world.World.Simulator.Http.GetFromJsonAsync<JsonElement>("/_sim/members?limit=1000", Ct)).EnumerateArray()
            .Single(m => m.GetProperty("email").GetString() == SimulatorDefaults.Olivia.Email).GetProperty("uuid").GetString();
        using var changed = what == "gone" ? await world.World.Simulator.Http.DeleteAsync($"/_sim/members/{uuid}", Ct)
            : await world.World.Simulator.Http.PatchAsJsonAsync($"/_sim/members/{uuid}", new { role = "user" }, Ct);
        changed.EnsureSuccessStatusCode();

        await world.SimulateAsync("faults", new[] { new { method = "GET", path = "^/organizations/[^/]+/invitations", times = 50, status = 403 } }, Ct);
        await SyncAsync(world);
        await SweptAsync(world, SweepState.Partial, 1);
        Assert.False(await world.Get<OrphanedGrants>().WorkOnceAsync(Ct));
        Assert.Equal(ConnectionState.Healthy, (await world.ConnectionAsync(SimulatorDefaults.Olivia, Ct)).State);

        (await world.World.Simulator.Http.DeleteAsync("/_sim/faults", Ct)).EnsureSuccessStatusCode();
        await SyncAsync(world);
        await SweptAsync(world, SweepState.Complete, 2);
        await AssertEndedAsync(world, what == "gone" ? "Olivia Ortiz is no longer a member" : "Olivia Ortiz is no longer admin or owner in Calendly", what == "gone" ? "left_calendly" : "demoted");
        Assert.Equal(ConnectionState.Healthy, (await world.ConnectionAsync(SimulatorDefaults.Sam, Ct)).State);
        Assert.Null(await world.Get<GrantOwners>().WhyNotAsync(sam.Id, Ct));
    }

    [Theory]
    [InlineData("user")]
    [InlineData("gone")]
    public async Task Grant_that_reads_the_directory_ends_with_its_owners_authority_though_no_sweep_is_complete_any_more(string what)
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);
        await world.SignInAsync(SimulatorDefaults.Priya, Ct);
        await SweptAsync(world, SweepState.Complete, 1);

        if (what == "gone") await world.RemoveFromOrganizationAsync(SimulatorDefaults.Olivia, Ct);
        else await world.ChangeMemberAsync(SimulatorDefaults.Olivia, new { role = "user" }, Ct);
        await SyncAsync(world);
        await SweptAsync(world, SweepState.Partial, 1);

        await AssertEndedAsync(world, what == "gone" ? "Olivia Ortiz is no longer a member" : "Olivia Ortiz is no longer admin or owner in Calendly", what == "gone" ? "left_calendly" : "demoted");
    }

    [Fact]
    public async Task Sweep_that_is_refused_for_another_reason_ends_no_grant()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);
        await world.SignInAsync(SimulatorDefaults.Priya, Ct);
        await SweptAsync(world, SweepState.Complete, 1);
        await world.SimulateAsync("faults", new[] { new { method = "GET", path = "^/organizations/[^/]+/invitations", times = 50, status = 403 } }, Ct);

        await SyncAsync(world);
        await SweptAsync(world, SweepState.Partial, 1);

        Assert.False(await world.Get<OrphanedGrants>().WorkOnceAsync(Ct));
        Assert.Equal((ConnectionState.Healthy, "admin"), await world.ConnectionAsync(SimulatorDefaults.Olivia, Ct) is var olivia ? (olivia.State, olivia.CalendlyRole) : default);
        Assert.Equal(2, (await world.LedgerAsync("GET", "/users/me", Ct)).Count);
    }

    [Fact]
    public async Task Grant_of_somebody_promoted_since_the_last_sweep_is_not_judged_by_it()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        await world.ConnectAsync(SimulatorDefaults.Priya, Ct);
        await SweptAsync(world, SweepState.Complete, 1);
        await world.ExecuteAsync($"UPDATE members SET role = 'user' WHERE email = {SimulatorDefaults.Olivia.Email}", Ct);

        var olivia = await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);
        Assert.Null(await world.Get<GrantOwners>().WhyNotAsync(olivia.Id, Ct));

        // The same row would count if it had been read since.
        await world.ExecuteAsync($"UPDATE connections SET connected_at = now() - interval '1 day' WHERE id = {olivia.Id}", Ct);
        await AssertEndedAsync(world, "no longer admin or owner", "demoted");
    }

    [Theory]
    [InlineData("calendly_user_uri")]
    [InlineData("organization")]
    public async Task Refresh_answered_for_another_account_ends_the_grant_and_revokes_the_new_pair(string what)
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        var connection = await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);
        var (user, organization) = (connection.CalendlyUserUri + "0", connection.OrganizationUri + "0");
        if (what == "organization")
        {
            // Its tokens are bound to the organization, so they move with it.
            var protection = world.Get<TokenProtection>();
            string Move(TokenField field, string? from) => protection.Protect(connection.PersonId, organization, connection.Kind, field, protection.Unprotect(connection.PersonId, connection.OrganizationUri, connection.Kind, field, from)!);
            var (access, refresh) = (Move(TokenField.Access, connection.ProtectedAccessToken), Move(TokenField.Refresh, connection.ProtectedRefreshToken));
            await world.ExecuteAsync($"UPDATE connections SET organization_uri = {organization}, protected_access_token = {access}, protected_refresh_token = {refresh}, access_expires_at = now() - interval '1 second'", Ct);
        }
        else await world.ExecuteAsync($"UPDATE connections SET calendly_user_uri = {user}, access_expires_at = now() - interval '1 second'", Ct);

        Assert.Contains("Calendly answered for another account", (await UnusableAsync(world, connection)).Message, StringComparison.Ordinal);

        await AssertEndedAsync(world, "Calendly answered for another account", "other_account");
        await RevokedAsync(world, AuditOutcome.Done);
        Assert.Equal(2, (await world.LedgerAsync("POST", "/oauth/token", Ct)).Count);
        // The refresh token takes the access token with it; that one is sent all the same.
        Assert.Equal([true, false], (await world.LedgerAsync("POST", "/oauth/revoke", Ct)).Where(call => call.Status == 200).Select(call => call.Applied));
    }

    [Fact]
    public async Task Personal_access_token_is_removed_here_and_left_to_its_owner_at_Calendly()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        var connection = await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);
        var token = world.Get<TokenProtection>().Protect(connection.PersonId, connection.OrganizationUri, ConnectionKind.PersonalAccessToken, TokenField.Access, "a personal access token");
        await world.ExecuteAsync($"UPDATE connections SET kind = 'personal_access_token', protected_access_token = {token}, protected_refresh_token = NULL, access_expires_at = NULL", Ct);

        await BlockAsync(world);

        await AssertEndedAsync(world, "was blocked", "blocked");
        Assert.Empty(await world.LedgerAsync("POST", "/oauth/revoke", Ct));
        await using var db = await world.DbAsync(Ct);
        Assert.Contains("\"toRevoke\": false", (await db.AuditEntries.SingleAsync(e => e.Action == "connection.ended", Ct)).Details, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Revocation_that_Calendly_did_not_confirm_is_kept_and_tried_again()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);
        await world.SimulateAsync("faults", new[] { new { method = "POST", path = "/oauth/revoke", drop = "before", times = 2 } }, Ct);

        await BlockAsync(world);
        await RevokedAsync(world, AuditOutcome.Failed);
        await AssertEndedAsync(world, "was blocked", "blocked");
        Assert.DoesNotContain(await world.LedgerAsync("POST", "/oauth/revoke", Ct), call => call.Applied);

        await world.ExecuteAsync($"UPDATE grant_revocations SET next_at = now()", Ct);
        await RevokedAsync(world, AuditOutcome.Done);
        // The refresh token takes the access token with it; that one is sent all the same.
        Assert.Equal([true, false], (await world.LedgerAsync("POST", "/oauth/revoke", Ct)).Where(call => call.Status == 200).Select(call => call.Applied));
        await using var db = await world.DbAsync(Ct);
        Assert.False(await db.GrantRevocations.AnyAsync(Ct));
    }

    [Fact]
    public async Task Revocation_that_nobody_came_to_is_found_by_another_instance_and_given_up_in_the_end()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        var connection = await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);
        // As a process leaves it that dies between removing the tokens and calling Calendly.
        await using (var db = await world.DbAsync(Ct))
        {
            var row = await db.Connections.SingleAsync(Ct);
            Assert.NotNull(world.Get<EndedGrants>().End(db, row, "Ended."));
            await db.SaveChangesAsync(Ct);
        }
        Assert.Null((await world.ConnectionAsync(SimulatorDefaults.Olivia, Ct)).ProtectedRefreshToken);
        await world.ExecuteAsync($"UPDATE grant_revocations SET next_at = now(), attempts = 9", Ct);
        await RevokedAsync(world, AuditOutcome.Done);
        // The refresh token takes the access token with it; that one is sent all the same.
        Assert.Equal([true, false], (await world.LedgerAsync("POST", "/oauth/revoke", Ct)).Where(call => call.Status == 200).Select(call => call.Applied));

        // What cannot be opened any more cannot be revoked: said, and not tried for ever.
        await world.ExecuteAsync($"INSERT INTO grant_revocations (id, connection_id, is_incomplete, protected_refresh_token, created_at, attempts, next_at) VALUES ({Guid.CreateVersion7()}, {connection.Id}, false, 'garbage', now(), 0, now())", Ct);
        await RevokedAsync(world, AuditOutcome.Failed);
        await using var after = await world.DbAsync(Ct);
        Assert.False(await after.GrantRevocations.AnyAsync(Ct));
    }

    [Fact]
    public async Task Refresh_that_nobody_finished_is_shown_without_anybody_asking_for_the_connection()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);
        await world.ExecuteAsync($"UPDATE connections SET refresh_lease_until = clock_timestamp() - interval '1 second', refresh_fence = refresh_fence + 1", Ct);

        await Eventually.TrueAsync(async () => (await world.ConnectionAsync(SimulatorDefaults.Olivia, Ct)).State == ConnectionState.NeedsReconnect, Ct);
        Assert.Single(await world.LedgerAsync("POST", "/oauth/token", Ct));
    }

    [Fact]
    public async Task Four_workers_end_and_revoke_each_grant_once()
    {
        await using var world = await DirectoryWorld.StartAsync(postgres, 20, 0, Ct);
        var workers = new List<OrphanedGrants> { world.Services.GetRequiredService<OrphanedGrants>() };
        for (var n = 1; n < 4; n++) workers.Add((await world.AddPortalAsync(Ct)).GetRequiredService<OrphanedGrants>());
        using var answer = await world.Simulator.Http.PostAsJsonAsync("/_sim/tokens", new { user = SimulatorDefaults.Olivia.Email, scope = "users:read", kind = "oauth" }, Ct);
        var grant = await answer.Content.ReadFromJsonAsync<JsonElement>(Ct);
        await using var db = world.Db();
        var (connection, protection) = (await db.Connections.SingleAsync(Ct), world.Services.GetRequiredService<TokenProtection>());
        connection.Kind = ConnectionKind.OAuth;
        connection.ProtectedRefreshToken = protection.Protect(connection.PersonId, connection.OrganizationUri, connection.Kind, TokenField.Refresh, grant.GetProperty("refresh_token").GetString()!);
        await db.SaveChangesAsync(Ct);
        await db.People.ExecuteUpdateAsync(p => p.SetProperty(x => x.Roles, Array.Empty<string>()), Ct);

        await Task.WhenAll(workers.Select(async worker =>
        {
            while (await worker.WorkOnceAsync(Ct)) { }
        }));

        Assert.Single(await db.AuditEntries.Where(e => e.Action == "connection.ended").ToListAsync(Ct));
        Assert.Single(await db.AuditEntries.Where(e => e.Action == "connection.revoked").ToListAsync(Ct));
    }

    private static async Task BlockAsync(ConnectedWorld world)
    {
        await world.SignInAsync(SimulatorDefaults.Priya, Ct);
        await using var db = await world.DbAsync(Ct);
        var olivia = await db.People.Where(p => p.ObjectId == SimulatorDefaults.Olivia.Oid).Select(p => p.Id).SingleAsync(Ct);
        await world.Get<PeopleService>().BlockAsync(Guid.CreateVersion7(), olivia, Reason, ConnectedWorld.Actor(SimulatorDefaults.Priya), Ct);
    }

    private static Task SyncAsync(ConnectedWorld world) => world.Get<SweepService>().RequestSyncAsync(Guid.CreateVersion7(), ConnectedWorld.Actor(SimulatorDefaults.Priya), Ct);

    private static Task SweptAsync(ConnectedWorld world, SweepState state, int count) => Eventually.TrueAsync(async () =>
    {
        await using var db = await world.DbAsync(Ct);
        return await db.Sweeps.CountAsync(s => s.State == state, Ct) == count;
    }, Ct);

    private static Task<ConnectionUnusableException> UnusableAsync(ConnectedWorld world, Connection connection) =>
        Assert.ThrowsAsync<ConnectionUnusableException>(() => world.Get<CalendlyAccess>().For(connection.Id, Lane.People).Users.MeAsync(Ct));

    /// <summary>Olivia's grant has ended: no token is left, the words say why, the trail says it once.</summary>
    private static async Task AssertEndedAsync(ConnectedWorld world, string words, string reason)
    {
        await Eventually.TrueAsync(async () => (await world.ConnectionAsync(SimulatorDefaults.Olivia, Ct)).State == ConnectionState.Disconnected, Ct);
        var after = await world.ConnectionAsync(SimulatorDefaults.Olivia, Ct);
        Assert.Equal((null, null), (after.ProtectedAccessToken, after.ProtectedRefreshToken));
        Assert.Contains(words, after.Problem, StringComparison.Ordinal);
        await using var db = await world.DbAsync(Ct);
        var entry = await db.AuditEntries.SingleAsync(e => e.Action == "connection.ended", Ct);
        Assert.Equal((AuditOutcome.Done, reason), (entry.Outcome, JsonDocument.Parse(entry.Details!).RootElement.GetProperty("reason").GetString()));
    }

    private static Task RevokedAsync(ConnectedWorld world, AuditOutcome outcome) => Eventually.TrueAsync(async () =>
    {
        await using var db = await world.DbAsync(Ct);
        return await db.AuditEntries.CountAsync(e => e.Action == "connection.revoked" && e.Outcome == outcome, Ct) == 1;
    }, Ct);

    private static async Task<List<JsonElement>> CallsAsync(SimulatorServer simulator) =>
        await simulator.Http.GetFromJsonAsync<List<JsonElement>>("/_sim/requests", Ct) ?? [];
}
