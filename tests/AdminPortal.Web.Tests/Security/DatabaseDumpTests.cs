using System.Text;
using System.Text.Json;
using AdminPortal.Demo;
using AdminPortal.Demo.Database;
using AdminPortal.Demo.Processes;
using AdminPortal.Simulator;
using AdminPortal.Testing;
using AdminPortal.Web.Features.Connections;
using AdminPortal.Web.Tests.Features.Connections;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace AdminPortal.Web.Tests.Security;

/// <summary>Whoever has the database's dump and the application's files, but not the certificate, has no token, code or verifier.</summary>
public sealed class DatabaseDumpTests(PostgresFixture postgres)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Dump_and_files_hold_no_secret_in_any_form()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        var personal = await PlantAsync(world);
        // Both OAuth clients' secrets are configuration by nature: in the settings file they stand, anywhere else they must not.
        var secrets = (await world.World.Simulator.SecretsAsync(Ct)).Distinct().ToList();
        string[] configured = [SimulatorDefaults.EntraClientSecret, SimulatorDefaults.CalendlyClientSecret];
        Assert.True(configured.Append(personal).All(secrets.Contains) && secrets.Count > 12, $"{secrets.Count} secrets");
        var scan = new LeakScan(secrets);

        var dump = await DumpAsync(world.World.Database);
        Assert.Contains("COPY public.connections", Encoding.UTF8.GetString(dump), StringComparison.Ordinal);
        Assert.Contains("CfDJ8", Encoding.UTF8.GetString(dump), StringComparison.Ordinal);
        // At this very moment a personal access token is in use, and the tokens of a grant that has ended wait for Calendly to answer.
        await using (var db = await world.DbAsync(Ct))
        {
            Assert.Single(await db.Connections.Where(c => c.Kind == ConnectionKind.PersonalAccessToken && c.ProtectedAccessToken != null).ToListAsync(Ct));
            var waiting = await db.GrantRevocations.SingleAsync(Ct);
            Assert.Contains(waiting.ProtectedRefreshToken!, Encoding.UTF8.GetString(dump), StringComparison.Ordinal);
        }
        Assert.Empty(scan.Find(dump));

        var settings = PortalSettings.For(world.World.Database.AppConnectionString, world.World.PortalUrl, world.World.Simulator.Address, await TestCertificate.FilesAsync(Ct));
        Assert.Equal(configured.Select(secret => secret[..6] + "…").Order(), scan.Find(JsonSerializer.SerializeToUtf8Bytes(settings)).Select(leak => leak.Secret).Order());
        var files = ApplicationFiles().ToList();
        Assert.Contains(files, file => file.EndsWith("AdminPortal.Web.dll", StringComparison.Ordinal));
        foreach (var file in files) Assert.Empty(await scan.FindInFileAsync(file, Ct));

        // The control: each form of each kind of place is found in the very same way.
        foreach (var (name, canary) in await PlantCanariesAsync(world.World.Database))
            Assert.True(new LeakScan([canary]).Find(await DumpAsync(world.World.Database)).Count > 0, name);
    }

    /// <summary>Every way in which tokens come, change and go.</summary>
    /// <returns>The personal access token among them.</returns>
    private static async Task<string> PlantAsync(ConnectedWorld world)
    {
        var olivia = await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);
        await world.ConnectAsync(SimulatorDefaults.Sam, Ct);
        var priya = await world.ConnectAsync(SimulatorDefaults.Priya, Ct);
        await world.SimulateAsync("tokens/expire", new { }, Ct);
        Assert.Equal("Olivia Ortiz", (await world.Get<CalendlyAccess>().For(olivia.Id, Lane.People).Users.MeAsync(Ct)).Name);
        await world.Get<ConnectionService>().DisconnectAsync(Guid.CreateVersion7(), priya.Id, ConnectedWorld.Actor(SimulatorDefaults.Priya), Ct);
        var (personal, _) = await world.TokenAsync(SimulatorDefaults.Priya, "users:read organizations:read", Ct);
        await world.ConnectWithTokenAsync(personal, SimulatorDefaults.Priya, Ct);
        // A consent on its way, one that was refused, and one whose code was sent twice.
        var waiting = await world.ConsentAsync(await world.BeginAsync(SimulatorDefaults.Olivia, Ct), SimulatorDefaults.Olivia, Ct);
        Assert.NotNull(waiting.Code);
        var wrong = await world.ConsentAsync(await world.BeginAsync(SimulatorDefaults.Sam, Ct), SimulatorDefaults.Olivia, Ct);
        Assert.Equal(ConnectProblem.OtherAddress, (await world.FinishAsync(wrong, SimulatorDefaults.Sam, Ct)).Problem);
        Assert.Equal(ConnectProblem.UsedState, (await world.FinishAsync(wrong, SimulatorDefaults.Sam, Ct)).Problem);
        await world.SimulateAsync("faults", new[] { new { method = "POST", path = "^/oauth/revoke$", times = 100, status = 503 } }, Ct);
        var sam = await world.ConnectionAsync(SimulatorDefaults.Sam, Ct);
        Assert.Equal(Revocation.NotConfirmed, await world.Get<ConnectionService>().DisconnectAsync(Guid.CreateVersion7(), sam.Id, ConnectedWorld.Actor(SimulatorDefaults.Sam), Ct));
        return personal;
    }

    /// <summary>What is deployed with the portal and what it may have written: its programs and settings, its content root, and the framework's own place for keys.</summary>
    private static IEnumerable<string> ApplicationFiles()
    {
        var keys = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".aspnet", "DataProtection-Keys");
        // Tests and stand-ins lie beside the portal here; a deployment has neither.
        return Directory.EnumerateFiles(AppContext.BaseDirectory, "AdminPortal.*").Where(file => Path.GetFileName(file) is var name && !name.Contains("Test", StringComparison.Ordinal) && !name.Contains("Simulator", StringComparison.Ordinal) && !name.Contains("Demo", StringComparison.Ordinal))
            .Concat(Directory.EnumerateFiles(AppContext.BaseDirectory, "*.json"))
            .Concat(Directory.EnumerateFiles(EmptyFolder.Path, "*", SearchOption.AllDirectories))
            .Concat(Directory.Exists(keys) ? Directory.EnumerateFiles(keys) : []);
    }

    private static async Task<byte[]> DumpAsync(TestDatabase database)
    {
        var binaries = await PostgresBinaries.FindAsync(version: null, _ => { }, Ct);
        var login = new NpgsqlConnectionStringBuilder(database.SuperuserConnectionString);
        var file = Path.GetTempFileName();
        try
        {
            var result = await Demo.Processes.Shell.RunAsync([binaries.Program("pg_dump"), "--no-password", "--file", file, "--dbname", $"host={login.Host} port={login.Port} user={login.Username} password='{login.Password}' dbname={database.Name}"], Ct);
            Assert.True(result.Succeeded, result.Output);
            return await File.ReadAllBytesAsync(file, Ct);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static async Task<IReadOnlyList<(string Name, string Canary)>> PlantCanariesAsync(TestDatabase database)
    {
        var canaries = new List<(string, string)>();
        await using var connection = new NpgsqlConnection(PortalDatabases.In(database.SuperuserConnectionString, database.Name));
        await connection.OpenAsync(Ct);
        async Task PlantAsync(string name, string sql, Func<string, object> value)
        {
            var canary = Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(32));
            await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = value(canary) } } };
            await command.ExecuteNonQueryAsync(Ct);
            canaries.Add((name, canary));
        }
        await using (var table = new NpgsqlCommand("CREATE TABLE canaries (text text, bytes bytea, json jsonb)", connection)) await table.ExecuteNonQueryAsync(Ct);
        const string Text = "INSERT INTO canaries (text) VALUES ($1)", Bytes = "INSERT INTO canaries (bytes) VALUES ($1)";
        await PlantAsync("plain", Text, canary => canary);
        await PlantAsync("inside something longer that is stored compressed", Text, canary => new string('a', 20_000) + canary + new string('b', 20_000));
        await PlantAsync("in json", "INSERT INTO canaries (json) VALUES ($1::jsonb)", canary => $$"""{ "a": { "b": "{{canary}}" } }""");
        for (var before = 0; before < 3; before++) await PlantAsync($"base64 after {before}", Text, canary => Convert.ToBase64String(Encoding.UTF8.GetBytes(new string('?', before) + canary + "~~")));
        await PlantAsync("base64url", Text, canary => Convert.ToBase64String(Encoding.UTF8.GetBytes("?>" + canary)).Replace('+', '-').Replace('/', '_').TrimEnd('='));
        await PlantAsync("hex", Text, canary => Convert.ToHexStringLower(Encoding.UTF8.GetBytes(canary)));
        await PlantAsync("HEX", Text, canary => Convert.ToHexString(Encoding.UTF8.GetBytes(canary)));
        await PlantAsync("bytes", Bytes, Encoding.UTF8.GetBytes);
        await PlantAsync("UTF-16LE", Bytes, Encoding.Unicode.GetBytes);
        await PlantAsync("UTF-16BE", Bytes, Encoding.BigEndianUnicode.GetBytes);
        await PlantAsync("UTF-16LE in base64", Text, canary => Convert.ToBase64String(Encoding.Unicode.GetBytes(canary)));
        await PlantAsync("large object", "SELECT lo_from_bytea(0, $1)", Encoding.UTF8.GetBytes);
        return canaries;
    }
}
