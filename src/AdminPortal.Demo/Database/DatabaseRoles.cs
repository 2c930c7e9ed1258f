using Npgsql;

namespace AdminPortal.Demo.Database;

/// <summary>The roles of docs/database-roles.sql, by running that very file.</summary>
public static class DatabaseRoles
{
    public const string Owner = "adminportal_owner";
    public const string App = "adminportal_app";

    // Roles belong to the whole server: two who change them at once get "tuple concurrently updated". This lock belongs to
    // one database, so whoever makes or changes the roles does so from the one that the superuser's login names.
    private const long RolesLock = 0x41504F52;

    /// <summary>On any database: makes the roles. On one that the owner owns: closes it to everybody else, too.</summary>
    public static async Task ApplyAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await Sql.ExecuteAsync(connection, $"SELECT pg_advisory_xact_lock({RolesLock})", cancellationToken);
        await Sql.ExecuteAsync(connection, Script(), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    public static async Task SetPasswordsAsync(NpgsqlConnection connection, string ownerPassword, string appPassword, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await Sql.ExecuteAsync(connection, $"SELECT pg_advisory_xact_lock({RolesLock})", cancellationToken);
        foreach (var (role, password) in new[] { (Owner, ownerPassword), (App, appPassword) })
        {
            await Sql.ExecuteAsync(connection, $"ALTER ROLE {role} PASSWORD {Sql.Literal(password)}", cancellationToken);
        }
        await transaction.CommitAsync(cancellationToken);
    }

    private static string Script()
    {
        using var stream = typeof(DatabaseRoles).Assembly.GetManifestResourceStream("database-roles.sql") ?? throw new InvalidOperationException("database-roles.sql is not embedded.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
