using System.Security.Cryptography;
using System.Text.Json;
using Npgsql;

namespace AdminPortal.Demo.Database;

/// <summary>
/// The demo's database: in a private cluster, or on the server that ConnectionStrings__Portal names. There it uses only a
/// database that it made itself, which a marker proves, and roles that it made itself, whose passwords its folder keeps.
/// </summary>
public sealed record DemoDatabase(string OwnerConnectionString, string AppConnectionString, string Place, PrivatePostgres? Private) : IAsyncDisposable
{
    public const string Variable = "ConnectionStrings__Portal";
    private const string DefaultName = "adminportal";
    private const string Marker = "adminportal_demo";

    public static string? External => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given ? given : null;

    public static async Task<DemoDatabase> StartAsync(string folder, Action<string> progress, CancellationToken cancellationToken)
    {
        if (External is { } external) return await UseAsync(external, folder, progress, cancellationToken);
        var postgres = await PrivatePostgres.StartAsync(folder, new(Progress: progress), cancellationToken);
        try
        {
            await using var server = await Sql.OpenAsync(postgres.SuperuserConnectionString, cancellationToken);
            await DatabaseRoles.ApplyAsync(server, cancellationToken);
            await EnsureAsync(server, postgres.SuperuserConnectionString, DefaultName, cancellationToken);
        }
        catch
        {
            await postgres.DisposeAsync();
            throw;
        }
        return new(postgres.ConnectionString(DatabaseRoles.Owner, DefaultName), postgres.ConnectionString(DatabaseRoles.App, DefaultName), postgres.Folder, postgres);
    }

    public ValueTask DisposeAsync() => Private?.DisposeAsync() ?? ValueTask.CompletedTask;

    private static async Task<DemoDatabase> UseAsync(string given, string folder, Action<string> progress, CancellationToken cancellationToken)
    {
        var login = new NpgsqlConnectionStringBuilder(given);
        var database = login.Database is { Length: > 0 } name ? name : DefaultName;
        progress($"Using the PostgreSQL server at {login.Host} ({Variable}) ...");
        var superuser = PortalDatabases.In(given, "postgres");
        await using var server = await Sql.OpenAsync(superuser, cancellationToken);
        if (server.PostgreSqlVersion.Major < PostgresBinaries.OldestVersion) throw new DemoException($"PostgreSQL {PostgresBinaries.OldestVersion} or newer is needed; the server at {login.Host} is {server.PostgreSqlVersion}.");

        var (owner, app) = await PasswordsAsync(server, folder, cancellationToken);
        await DatabaseRoles.ApplyAsync(server, cancellationToken);
        await DatabaseRoles.SetPasswordsAsync(server, owner, app, cancellationToken);
        await EnsureAsync(server, superuser, database, cancellationToken);
        string As(string role, string password) => new NpgsqlConnectionStringBuilder(given) { Database = database, Username = role, Password = password }.ConnectionString;
        return new(As(DatabaseRoles.Owner, owner), As(DatabaseRoles.App, app), $"database {database} at {login.Host}", Private: null);
    }

    private static async Task<(string Owner, string App)> PasswordsAsync(NpgsqlConnection server, string folder, CancellationToken cancellationToken)
    {
        var file = Path.Combine(folder, "database-passwords.json");
        if (File.Exists(file))
        {
            var kept = JsonSerializer.Deserialize<Dictionary<string, string>>(await File.ReadAllTextAsync(file, cancellationToken))!;
            return (kept[DatabaseRoles.Owner], kept[DatabaseRoles.App]);
        }
        if (await Sql.ExistsAsync(server, "SELECT FROM pg_roles WHERE rolname = ANY (string_to_array($1, ','))", $"{DatabaseRoles.Owner},{DatabaseRoles.App}", cancellationToken))
        {
            throw new DemoException($"The server already has the role {DatabaseRoles.Owner} or {DatabaseRoles.App}, which this demo did not make: a portal may use it. Use another server, or the data folder that made it (--data).");
        }
        var (owner, app) = (RandomNumberGenerator.GetHexString(32), RandomNumberGenerator.GetHexString(32));
        var json = JsonSerializer.Serialize(new Dictionary<string, string> { [DatabaseRoles.Owner] = owner, [DatabaseRoles.App] = app });
        await PrivateFile.WriteAsync(file, json, cancellationToken);
        return (owner, app);
    }

    private static async Task EnsureAsync(NpgsqlConnection server, string superuser, string database, CancellationToken cancellationToken)
    {
        if (await Sql.ExistsAsync(server, "SELECT FROM pg_database WHERE datname = $1", database, cancellationToken))
        {
            await using var existing = await Sql.OpenAsync(PortalDatabases.In(superuser, database), cancellationToken);
            if (await Sql.ExistsAsync(existing, "SELECT FROM pg_namespace WHERE nspname = $1", Marker, cancellationToken)) return;
            throw new DemoException($"The database {database} was not made by this demo, so it stays untouched. Name one in {Variable} that does not exist yet.");
        }
        // It gets its name last, so that a database with that name always has its marker.
        var unfinished = $"{database}_{Guid.NewGuid():N}"[..Math.Min(60, database.Length + 33)];
        await PortalDatabases.CreateAsync(superuser, unfinished, template: null, cancellationToken);
        await using (var inside = await Sql.OpenAsync(PortalDatabases.In(superuser, unfinished), cancellationToken))
        {
            await Sql.ExecuteAsync(inside, $"CREATE SCHEMA {Marker}; COMMENT ON SCHEMA {Marker} IS 'The demo made this database and may do with it as it likes.'; CREATE TABLE {Marker}.made_by_the_demo ()", cancellationToken);
        }
        await Sql.ExecuteAsync(server, $"ALTER DATABASE {Sql.Name(unfinished)} RENAME TO {Sql.Name(database)}", cancellationToken);
    }
}
