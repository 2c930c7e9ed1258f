using Npgsql;

namespace AdminPortal.Demo.Database;

/// <summary>Statements whose names and literals can't be parameters.</summary>
public static class Sql
{
    public static string Name(string name) => '"' + name.Replace("\"", "\"\"", StringComparison.Ordinal) + '"';

    public static string Literal(string value) => '\'' + value.Replace("'", "''", StringComparison.Ordinal) + '\'';

    public static async Task<NpgsqlConnection> OpenAsync(string connectionString, CancellationToken cancellationToken)
    {
        // Without a pool no connection stays behind; a database with one can't be dropped or serve as a template.
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    // Every caller quotes what it puts in with Name and Literal.
#pragma warning disable CA2100
    public static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public static async Task<bool> ExistsAsync(NpgsqlConnection connection, string query, string value, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"SELECT EXISTS ({query})", connection) { Parameters = { new() { Value = value } } };
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }
#pragma warning restore CA2100
}
