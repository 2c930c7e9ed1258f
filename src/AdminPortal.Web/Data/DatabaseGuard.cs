using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace AdminPortal.Web.Data;

/// <summary>Before anything is served: the server is new enough, the schema is current, and the portal's own role cannot get around the rules.</summary>
public sealed class DatabaseGuard(IDbContextFactory<PortalDbContext> contexts)
{
    /// <returns>What stands in the way, in words; empty when nothing does.</returns>
    /// <exception cref="NpgsqlException">The database cannot be reached.</exception>
    public async Task<IReadOnlyList<string>> ProblemsAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var connection = (NpgsqlConnection)db.Database.GetDbConnection();
        await connection.OpenAsync(cancellationToken);
        if (connection.PostgreSqlVersion.Major < 15)
            return [$"PostgreSQL {connection.PostgreSqlVersion} is too old: the portal needs 15 or newer."];

        var problems = new List<string>();
        await using var command = new NpgsqlCommand("""
            SELECT current_user::text,
                   (SELECT rolsuper OR rolbypassrls OR rolcreaterole FROM pg_roles WHERE rolname = current_user),
                   EXISTS (SELECT FROM pg_tables WHERE schemaname = 'public' AND pg_has_role(current_user, tableowner, 'MEMBER')),
                   (SELECT pg_has_role(current_user, datdba, 'MEMBER') FROM pg_database WHERE datname = current_database()),
                   has_schema_privilege('public', 'CREATE')
            """, connection);
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            await reader.ReadAsync(cancellationToken);
            var role = reader.GetString(0);
            if (reader.GetBoolean(1)) problems.Add($"The database role {role} is a superuser or can make roles, so it could bypass the two-person rule. Use adminportal_app, see docs/database-roles.sql.");
            if (reader.GetBoolean(2) || reader.GetBoolean(3)) problems.Add($"The database role {role} owns the portal's tables or can become their owner, so it could bypass the two-person rule. Use adminportal_app, see docs/database-roles.sql.");
            else if (reader.GetBoolean(4)) problems.Add($"The database role {role} may create objects in the schema public. Revoke that, see docs/database-roles.sql.");
        }
        if (problems.Count > 0) return problems;
        try
        {
            var pending = await db.Database.GetPendingMigrationsAsync(cancellationToken);
            if (pending.Any()) problems.Add("The database has an older schema. Run: dotnet AdminPortal.Web.dll migrate (with ConnectionStrings:Owner)");
        }
        catch (PostgresException exception) when (exception.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InsufficientPrivilege)
        {
            problems.Add("The database has no schema yet. Run: dotnet AdminPortal.Web.dll migrate (with ConnectionStrings:Owner)");
        }
        return problems;
    }
}
