using System.Data.Common;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace AdminPortal.Web.Data;

public static class PortalData
{
    public static DbContextOptionsBuilder UsePortalDatabase(this DbContextOptionsBuilder options, string connectionString) =>
        options.UseNpgsql(WithoutCompiling(connectionString)).UseSnakeCaseNamingConvention();

    /// <summary>Statements here are over in milliseconds; to compile the plan of one first (PostgreSQL's <c>jit</c>) takes longer than to run it.</summary>
    private static string WithoutCompiling(string connectionString)
    {
        var given = new NpgsqlConnectionStringBuilder(connectionString);
        given.Options ??= "-c jit=off";
        return given.ConnectionString;
    }

    /// <summary>The serving process's login. A server that hangs is given up soon, unless the setting itself says otherwise: people wait in front of a page.</summary>
    public static string PortalConnectionString(this IConfiguration configuration)
    {
        var given = new NpgsqlConnectionStringBuilder(configuration.GetConnectionString("Portal"));
        // Only the plain builder knows what was given and what is a default.
        var set = new DbConnectionStringBuilder { ConnectionString = given.ConnectionString };
        if (!set.ContainsKey("Timeout")) given.Timeout = 5;
        if (!set.ContainsKey("Command Timeout")) given.CommandTimeout = 10;
        return given.ConnectionString;
    }

    public static void AddPortalData(this WebApplicationBuilder builder)
    {
        builder.Services.AddDbContextFactory<PortalDbContext>(options => options.UsePortalDatabase(builder.Configuration.PortalConnectionString()));
        builder.Services.AddSingleton<DatabaseGuard>();
        builder.Services.AddSingleton<Doorbell>();
        builder.Services.AddHostedService(services => services.GetRequiredService<Doorbell>());
        builder.Services.AddHealthChecks().AddCheck<DatabaseHealth>("database");
    }

    public static void MapHealth(this WebApplication app)
    {
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false }).AllowAnonymous();
        app.MapHealthChecks("/health/ready").AllowAnonymous();
    }

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

/// <summary>Ready means that the database answers.</summary>
public sealed class DatabaseHealth(IDbContextFactory<PortalDbContext> contexts, TimeProvider clock) : IHealthCheck
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            // Cancelling is not enough: Npgsql would then ask the server that hangs to cancel, and wait for that.
            return await AnswersAsync(cancellationToken).WaitAsync(Patience, clock, cancellationToken) ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("The database does not answer.");
        }
        catch (TimeoutException)
        {
            return HealthCheckResult.Unhealthy("The database does not answer in time.");
        }
    }

    private async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.Database.CanConnectAsync(cancellationToken);
    }
}
