using AdminPortal.Demo.Database;
using AdminPortal.Web.Data;
using Npgsql;

namespace AdminPortal.Testing;

/// <summary>
/// One PostgreSQL server per test assembly (<c>[assembly: AssemblyFixture(typeof(PostgresFixture))]</c>), started by the
/// first test that asks for a database: a private one, or the one that <c>PORTAL_TEST_POSTGRES</c> names with a
/// superuser's login. Tests never look at ConnectionStrings__Portal. The schema is migrated once and then copied.
/// </summary>
public sealed class PostgresFixture : IAsyncDisposable
{
    public const string Variable = "PORTAL_TEST_POSTGRES";

    // A server that is shared with other assemblies, or with an earlier run that was killed, holds their databases too.
    private readonly string _prefix = $"portal_test_{Guid.NewGuid():N}"[..20];
    private readonly Lock _lock = new();
    private Task<Server>? _server;
    private int _count;

    /// <summary>A database of its own with the newest schema, and nothing in it.</summary>
    public async Task<TestDatabase> CloneAsync(CancellationToken cancellationToken)
    {
        var server = await ServerAsync().WaitAsync(cancellationToken);
        var name = $"{_prefix}_{Interlocked.Increment(ref _count)}";
        await PortalDatabases.CreateAsync(server.Superuser, name, server.Template, cancellationToken);
        return server.Describe(name);
    }

    /// <summary>A database without any schema, as the database administrator hands it over.</summary>
    public async Task<TestDatabase> CreateEmptyAsync(CancellationToken cancellationToken)
    {
        var server = await ServerAsync().WaitAsync(cancellationToken);
        var name = $"{_prefix}_{Interlocked.Increment(ref _count)}";
        await PortalDatabases.CreateAsync(server.Superuser, name, template: null, cancellationToken);
        return server.Describe(name);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is { IsCompletedSuccessfully: true } started) await (await started).DisposeAsync();
    }

    // Not cancelled with the test that happens to come first: the others need it as well.
    private Task<Server> ServerAsync()
    {
        lock (_lock) return _server ??= Server.StartAsync($"{_prefix}_template", CancellationToken.None);
    }

    private sealed record Server(string Superuser, string Owner, string App, string Template, PrivatePostgres? Private, string? Folder) : IAsyncDisposable
    {
        public static async Task<Server> StartAsync(string template, CancellationToken cancellationToken)
        {
            var server = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given ? await UseAsync(given, template, cancellationToken) : await OwnAsync(template, cancellationToken);
            await PortalDatabases.CreateAsync(server.Superuser, template, template: null, cancellationToken);
            await PortalData.MigrateAsync(server.Describe(template).OwnerConnectionString, cancellationToken);
            return server;
        }

        public TestDatabase Describe(string name) => new(Superuser, Small(Owner, name), Small(App, name), name);

        public async ValueTask DisposeAsync()
        {
            if (Private is null) await PortalDatabases.DropAsync(Superuser, Template, CancellationToken.None);
            else await Private.DisposeAsync();
            if (Folder is not null && Directory.Exists(Folder)) Directory.Delete(Folder, recursive: true);
        }

        private static async Task<Server> OwnAsync(string template, CancellationToken cancellationToken)
        {
            var folder = Directory.CreateTempSubdirectory("portal-test-").FullName;
            // The server's user passes through this folder to its own, which is closed.
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(folder, (UnixFileMode)0b111_001_001);
            var postgres = await PrivatePostgres.StartAsync(folder, new(Disposable: true), cancellationToken);
            await ApplyRolesAsync(postgres.SuperuserConnectionString, cancellationToken);
            return new(postgres.SuperuserConnectionString, postgres.ConnectionString(DatabaseRoles.Owner, template), postgres.ConnectionString(DatabaseRoles.App, template), template, postgres, folder);
        }

        private static async Task<Server> UseAsync(string given, string template, CancellationToken cancellationToken)
        {
            var login = new NpgsqlConnectionStringBuilder(given);
            login.Database ??= "postgres";
            var superuser = login.ConnectionString;
            await ApplyRolesAsync(superuser, cancellationToken);
            if (login.Password is { Length: > 0 } password)
            {
                // A server for tests: its roles share the one password, so that assemblies side by side agree on it.
                await using var connection = await Sql.OpenAsync(superuser, cancellationToken);
                await DatabaseRoles.SetPasswordsAsync(connection, password, password, cancellationToken);
            }
            string As(string role) => new NpgsqlConnectionStringBuilder(superuser) { Username = role }.ConnectionString;
            return new(superuser, As(DatabaseRoles.Owner), As(DatabaseRoles.App), template, Private: null, Folder: null);
        }

        private static async Task ApplyRolesAsync(string superuser, CancellationToken cancellationToken)
        {
            await using var connection = await Sql.OpenAsync(superuser, cancellationToken);
            await DatabaseRoles.ApplyAsync(connection, cancellationToken);
        }

        // Many databases share the server's connections.
        private static string Small(string connectionString, string database) =>
            new NpgsqlConnectionStringBuilder(connectionString) { Database = database, MaxPoolSize = 12, ConnectionIdleLifetime = 5, ConnectionPruningInterval = 1 }.ConnectionString;
    }
}
