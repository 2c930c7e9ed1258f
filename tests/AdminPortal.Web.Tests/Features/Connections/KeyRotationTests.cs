using AdminPortal.Demo;
using AdminPortal.Demo.Processes;
using AdminPortal.Simulator;
using AdminPortal.Testing;
using AdminPortal.Web.Features.Audit;
using AdminPortal.Web.Features.Connections;
using AdminPortal.Web.Security;
using AdminPortal.Web.Tests.Security;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using CertificateFiles = AdminPortal.Demo.CertificateFiles;

namespace AdminPortal.Web.Tests.Features.Connections;

public sealed class KeyRotationTests(PostgresFixture postgres)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Rotation_puts_all_that_is_stored_under_the_new_key_and_running_portals_follow()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        var olivia = await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);
        var sam = await world.ConnectAsync(SimulatorDefaults.Sam, Ct);
        await world.SignInAsync(SimulatorDefaults.Priya, Ct);
        var consent = await world.BeginAsync(SimulatorDefaults.Priya, Ct);
        var (second, _) = await World.ServeAsync(world.World.Database, world.World.Simulator.Address, null, Ct);
        await using var other = second;
        var before = other.Services.GetRequiredService<PortalKeyRing>().GetCurrentKeyRing().DefaultKeyId;

        var result = await RotateAsync(world, null);

        Assert.Equal((2, 0, 1), (result.Reprotected, result.Unreadable.Count, result.Verifiers));
        Assert.NotEqual(before, result.Key);
        await using var db = await world.DbAsync(Ct);
        var stored = await db.Connections.AsNoTracking().ToListAsync(Ct);
        Assert.All(stored.SelectMany(c => (string[])[c.ProtectedAccessToken!, c.ProtectedRefreshToken!]), ciphertext => Assert.Equal(result.Key, StoredKeysTests.KeyOf(ciphertext)));
        Assert.Equal(result.Key, StoredKeysTests.KeyOf((await db.OAuthAttempts.AsNoTracking().SingleAsync(a => a.UsedAt == null, Ct)).ProtectedVerifier));
        Assert.Equal(olivia.Generation, stored.Single(c => c.Id == olivia.Id).Generation);

        // Both portals have run since before: one opens, the other opens, renews, and stores under the new key.
        Assert.Equal("Sam Okafor", (await world.Get<CalendlyAccess>().For(sam.Id, Lane.People).Users.MeAsync(Ct)).Name);
        await world.SimulateAsync("tokens/expire", new { }, Ct);
        Assert.Equal("Olivia Ortiz", (await other.Services.GetRequiredService<CalendlyAccess>().For(olivia.Id, Lane.People).Users.MeAsync(Ct)).Name);
        var renewed = await world.ConnectionAsync(SimulatorDefaults.Olivia, Ct);
        Assert.Equal((olivia.Generation + 1, result.Key), (renewed.Generation, StoredKeysTests.KeyOf(renewed)));
        // The consent that was on its way ends well.
        Assert.Null((await world.FinishAsync(await world.ConsentAsync(consent, SimulatorDefaults.Priya, Ct), SimulatorDefaults.Priya, Ct)).Problem);

        var entry = Assert.Single(await db.AuditEntries.Where(e => e.Action == "connections.reprotected").ToListAsync(Ct));
        Assert.Equal(("Portal", ActorSource.Worker, AuditOutcome.Done, result.Key.ToString()), (entry.ActorName, entry.Source, entry.Outcome, entry.ObjectId));
        Assert.Contains("\"reprotected\": 2", entry.Details, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tokens_that_wait_for_their_revocation_are_put_under_the_new_key_too()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        var connection = await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);
        await world.SimulateAsync("faults", new[] { new { method = "POST", path = "/oauth/revoke", drop = "before", times = 2 } }, Ct);
        Assert.Equal(Revocation.NotConfirmed, await world.Get<ConnectionService>().DisconnectAsync(Guid.CreateVersion7(), connection.Id, ConnectedWorld.Actor(SimulatorDefaults.Olivia), Ct));

        var result = await RotateAsync(world, null);

        await using var db = await world.DbAsync(Ct);
        var waiting = await db.GrantRevocations.AsNoTracking().SingleAsync(Ct);
        Assert.Equal((1, result.Key, result.Key), (result.Revocations, StoredKeysTests.KeyOf(waiting.ProtectedRefreshToken!), StoredKeysTests.KeyOf(waiting.ProtectedAccessToken!)));
        await world.ExecuteAsync($"UPDATE grant_revocations SET next_at = now()", Ct);
        await Eventually.TrueAsync(async () => !await db.GrantRevocations.AnyAsync(Ct), Ct);
        Assert.Contains(await world.LedgerAsync("POST", "/oauth/revoke", Ct), call => call.Applied);
    }

    [Fact]
    public async Task Payload_of_a_key_that_this_instance_has_not_heard_of_opens()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        var ring = world.Get<PortalKeyRing>();
        var known = ring.GetCurrentKeyRing();
        var result = await RotateAsync(world, null);

        // The very ring that was read before: a cookie's way, without anybody who asks for new keys.
        Assert.NotNull(known.GetAuthenticatedEncryptorByKeyId(result.Key, out var revoked));
        Assert.False(revoked);
        Assert.Null(known.GetAuthenticatedEncryptorByKeyId(Guid.CreateVersion7(), out _));
        Assert.Equal(result.Key, ring.GetCurrentKeyRing().DefaultKeyId);
    }

    [Fact]
    public async Task Old_certificate_can_be_removed_after_a_rotation_and_not_before()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        var olivia = await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);
        var (first, next) = (await TestCertificate.FilesAsync(Ct), await TestCertificate.MakeAsync(Ct));

        var tooEarly = await Assert.ThrowsAsync<StartRefusedException>(() => ServeAsync(world, Only(next)));
        foreach (var words in (string[])["Security:Certificate: ", "opens none of the keys in the database", "They were wrapped by CN=AdminPortal demo, thumbprint", "Security:OldCertificates", "lost for good", "rotate-keys"])
            Assert.Contains(words, Assert.Single(tooEarly.Problems), StringComparison.Ordinal);

        // As it is done: every portal gets the new pair with the old one beside it, then the keys are rotated, then the old pair goes.
        var both = Only(next);
        (both["Security:OldCertificates:0:Certificate"], both["Security:OldCertificates:0:CertificateKey"]) = (first.Certificate, first.Key);
        await using (var during = await ServeAsync(world, both))
            Assert.Equal("Olivia Ortiz", (await during.Services.GetRequiredService<CalendlyAccess>().For(olivia.Id, Lane.People).Users.MeAsync(Ct)).Name);
        Assert.Equal(1, (await RotateAsync(world, both)).Reprotected);

        await using var after = await ServeAsync(world, Only(next));
        Assert.Equal("Olivia Ortiz", (await after.Services.GetRequiredService<CalendlyAccess>().For(olivia.Id, Lane.People).Users.MeAsync(Ct)).Name);
        await world.SimulateAsync("tokens/expire", new { }, Ct);
        Assert.Equal("Olivia Ortiz", (await after.Services.GetRequiredService<CalendlyAccess>().For(olivia.Id, Lane.People).Users.MeAsync(Ct)).Name);
    }

    [Fact]
    public async Task Certificate_that_is_lost_for_good_costs_the_connections_and_says_so()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);
        var other = Only(await TestCertificate.MakeAsync(Ct));
        await Assert.ThrowsAsync<StartRefusedException>(() => ServeAsync(world, other));

        var result = await RotateAsync(world, other);

        Assert.Equal((0, "Olivia Ortiz"), (result.Reprotected, Assert.Single(result.Unreadable)));
        var broken = await world.ConnectionAsync(SimulatorDefaults.Olivia, Ct);
        Assert.Equal((ConnectionState.NeedsReconnect, "The stored token cannot be opened."), (broken.State, broken.Problem));
        await using var db = await world.DbAsync(Ct);
        Assert.Single(await db.AuditEntries.Where(e => e.Action == "connection.broke").ToListAsync(Ct));
        // Now it starts; and a rotation after that finds nothing new to say.
        await using var portal = await ServeAsync(world, other);
        Assert.Equal(ConnectionState.NeedsReconnect, (await portal.Services.GetRequiredService<ConnectionService>().ViewAsync(ConnectedWorld.Actor(SimulatorDefaults.Olivia), Ct)).Mine!.State);
        await RotateAsync(world, other);
        Assert.Single(await db.AuditEntries.Where(e => e.Action == "connection.broke").ToListAsync(Ct));
    }

    [Fact]
    public async Task Refresh_on_its_way_is_waited_for()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        var connection = await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);
        await world.ExecuteAsync($"UPDATE connections SET refresh_lease_until = clock_timestamp() + interval '1 hour'", Ct);

        var rotation = RotateAsync(world, null);
        await using var db = await world.DbAsync(Ct);
        await Eventually.TrueAsync(async () => await db.DataProtectionKeys.CountAsync(Ct) == 2, Ct);
        Assert.False(rotation.IsCompleted);
        // The instance stores what it protected before the new key was there, and gives its lease back.
        await world.ExecuteAsync($"UPDATE connections SET protected_access_token = {connection.ProtectedAccessToken}, generation = generation + 1, refresh_lease_until = NULL", Ct);
        var result = await rotation;

        var after = await world.ConnectionAsync(SimulatorDefaults.Olivia, Ct);
        Assert.Equal((1, result.Key, result.Key), (result.Reprotected, StoredKeysTests.KeyOf(after), StoredKeysTests.KeyOf(after.ProtectedRefreshToken!)));
    }

    [Fact]
    public async Task Rotations_among_refreshes_on_two_portals_lose_nothing()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        var connection = await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);
        var (second, _) = await World.ServeAsync(world.World.Database, world.World.Simulator.Address, null, Ct);
        await using var other = second;
        CalendlyAccess[] portals = [world.Get<CalendlyAccess>(), other.Services.GetRequiredService<CalendlyAccess>()];

        RotationResult? last = null;
        // Calendly gives out eight pairs a minute.
        for (var round = 0; round < 5; round++)
        {
            await world.ExecuteAsync($"UPDATE connections SET access_expires_at = now()", Ct);
            var callers = Task.WhenAll(Enumerable.Range(0, 20).Select(n => portals[n % 2].For(connection.Id, Lane.People).Users.MeAsync(Ct)));
            last = await RotateAsync(world, null);
            await callers;
        }

        var after = await world.ConnectionAsync(SimulatorDefaults.Olivia, Ct);
        Assert.Equal((ConnectionState.Healthy, connection.Generation + 5, last!.Key, last.Key), (after.State, after.Generation, StoredKeysTests.KeyOf(after), StoredKeysTests.KeyOf(after.ProtectedRefreshToken!)));
        Assert.All(await world.LedgerAsync("POST", "/oauth/token", Ct), call => Assert.True(call.Applied));
    }

    [Fact]
    public async Task Command_says_what_it_did_and_what_it_refuses()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);
        await world.ConnectAsync(SimulatorDefaults.Sam, Ct);
        await world.ExecuteAsync($"UPDATE connections SET protected_refresh_token = 'garbage' WHERE calendly_name = 'Sam Okafor'", Ct);
        var settings = PortalSettings.For(world.World.Database.AppConnectionString, world.World.PortalUrl, world.World.Simulator.Address, await TestCertificate.FilesAsync(Ct));
        Task<CommandResult> RunAsync() => Demo.Processes.Shell.RunAsync(DotnetProgram.Command("AdminPortal.Web", ["rotate-keys", "--environment", "Production", .. PortalSettings.ToArguments(settings)]), Ct);

        var done = await RunAsync();
        Assert.Equal(0, done.ExitCode);
        foreach (var words in (string[])["protects from now on", "Connections re-protected: 1.", "Could not be opened, and have to be connected again: Sam Okafor."]) Assert.Contains(words, done.Output, StringComparison.Ordinal);

        settings["Security:Certificate"] = "";
        var refused = await RunAsync();
        Assert.Equal(78, refused.ExitCode);
        Assert.Contains("Security:Certificate: is missing", refused.Output, StringComparison.Ordinal);
    }

    /// <summary>As the command does it: a portal that is built and not started.</summary>
    internal static async Task<RotationResult> RotateAsync(ConnectedWorld world, IReadOnlyDictionary<string, string>? settings)
    {
        var (portal, _) = await World.BuildAsync(world.World.Database, world.World.Simulator.Address, settings, Ct);
        await using var app = portal;
        return await Portal.RotateKeysAsync(app, Ct);
    }

    private static async Task<Microsoft.AspNetCore.Builder.WebApplication> ServeAsync(ConnectedWorld world, Dictionary<string, string> settings) =>
        (await World.ServeAsync(world.World.Database, world.World.Simulator.Address, settings, Ct)).Portal;

    private static Dictionary<string, string> Only(CertificateFiles files) => new() { ["Security:Certificate"] = files.Certificate, ["Security:CertificateKey"] = files.Key };
}
