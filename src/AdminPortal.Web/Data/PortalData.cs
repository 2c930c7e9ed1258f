using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using Npgsql;

namespace AdminPortal.Web.Data;

public static class PortalData
{
    public static DbContextOptionsBuilder UsePortalDatabase(this DbContextOptionsBuilder options, string connectionString) =>
        options.UseNpgsql(connectionString).UseSnakeCaseNamingConvention();

    /// <summary>Brings the database to the newest schema, with the owner's connection. The serving process never holds it.</summary>
    public static async Task MigrateAsync(string ownerConnectionString, CancellationToken cancellationToken)
    {
        // Without a pool no connection stays behind: a database with a connection on it cannot serve as a template.
        var connectionString = new NpgsqlConnectionStringBuilder(ownerConnectionString) { Pooling = false }.ConnectionString;
        var options = new DbContextOptionsBuilder<PortalDbContext>();
        options.UsePortalDatabase(connectionString);
        await using var db = new PortalDbContext(options.Options);
        await db.Database.MigrateAsync(cancellationToken);
    }
}

/// <summary>For <c>dotnet ef</c>: the model without starting the portal.</summary>
public sealed class DesignTimePortalDbContext : IDesignTimeDbContextFactory<PortalDbContext>
{
    public PortalDbContext CreateDbContext(string[] args)
    {
        var options = new DbContextOptionsBuilder<PortalDbContext>();
        options.UsePortalDatabase("Host=localhost;Database=design");
        return new PortalDbContext(options.Options);
    }
}
