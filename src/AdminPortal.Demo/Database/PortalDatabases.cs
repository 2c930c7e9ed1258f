using Npgsql;

namespace AdminPortal.Demo.Database;

/// <summary>Databases as the database administrator makes them by docs/database-roles.sql.</summary>
public static class PortalDatabases
{
    /// <summary>Makes a database that belongs to the owner's role and that only the two roles may enter.</summary>
    /// <param name="template">A database to copy, on which no connection is open; its copy is a plain file copy.</param>
    public static async Task CreateAsync(string superuser, string database, string? template, CancellationToken cancellationToken)
    {
        await using (var server = await Sql.OpenAsync(superuser, cancellationToken))
        {
            // Without write-ahead logging of each block; with fsync off that is the fastest way.
            var copy = template is null ? "" : $" TEMPLATE {Sql.Name(template)} STRATEGY file_copy";
            await Sql.ExecuteAsync(server, $"CREATE DATABASE {Sql.Name(database)} OWNER {DatabaseRoles.Owner}{copy}", cancellationToken);
        }
        await using var inside = await Sql.OpenAsync(In(superuser, database), cancellationToken);
        await DatabaseRoles.ApplyAsync(inside, cancellationToken);
    }

    public static async Task DropAsync(string superuser, string database, CancellationToken cancellationToken)
    {
        await using var server = await Sql.OpenAsync(superuser, cancellationToken);
        await Sql.ExecuteAsync(server, $"DROP DATABASE IF EXISTS {Sql.Name(database)} WITH (FORCE)", cancellationToken);
    }

    /// <summary>The same server and login, another database.</summary>
    public static string In(string connectionString, string database) => new NpgsqlConnectionStringBuilder(connectionString) { Database = database }.ConnectionString;
}
