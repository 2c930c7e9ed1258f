using AdminPortal.Demo.Database;
using Npgsql;

namespace AdminPortal.Testing;

/// <summary>A database of one test class or test; dropped when disposed, whoever is still connected.</summary>
/// <param name="SuperuserConnectionString">For what no role of the portal may do.</param>
/// <param name="OwnerConnectionString">The role that migrates and owns every table.</param>
/// <param name="AppConnectionString">The role that the portal serves with.</param>
public sealed record TestDatabase(string SuperuserConnectionString, string OwnerConnectionString, string AppConnectionString, string Name) : IAsyncDisposable
{
    public async ValueTask DisposeAsync()
    {
        foreach (var connectionString in new[] { OwnerConnectionString, AppConnectionString })
        {
            await using var connection = new NpgsqlConnection(connectionString);
            NpgsqlConnection.ClearPool(connection);
        }
        await PortalDatabases.DropAsync(SuperuserConnectionString, Name, CancellationToken.None);
    }
}
