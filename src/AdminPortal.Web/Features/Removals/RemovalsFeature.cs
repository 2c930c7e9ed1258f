using AdminPortal.Web.Shell;

namespace AdminPortal.Web.Features.Removals;

public static class RemovalsFeature
{
    public static void AddRemovals(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<RemovalFacts>();
        builder.Services.AddSingleton<RemovalService>();
        builder.Services.AddSingleton<RemovalQueries>();
        builder.Services.AddSingleton<RemovalClaims>();
        builder.Services.AddSingleton<RemovalExecutor>();
        builder.Services.AddSingleton<ImpactReader>();
        builder.Services.AddSingleton<ImpactReadings>();
        builder.Services.AddScoped<IShellPart, RemovalShell>();
        builder.Services.AddHostedService<RemovalWorker>();
        builder.Services.AddHostedService<RemovalClock>();
        builder.Services.AddHostedService<ImpactWorker>();
    }
}
