using AdminPortal.Simulator.Calendly;
using AdminPortal.Simulator.Calls;
using AdminPortal.Simulator.Control;
using AdminPortal.Simulator.Entra;

namespace AdminPortal.Simulator;

public static class SimulatorHost
{
    /// <summary>
    /// A simulator that is not started yet. Options: <c>--urls</c>, <c>--members</c>, <c>--invitations</c>, <c>--seed</c>,
    /// <c>--redirect-origin</c> (comma separated), <c>--uri-prefix</c>, <c>--page-prefix</c>.
    /// </summary>
    public static WebApplication Build(string[] args) => Build(args, TimeProvider.System);

    /// <summary>The same, by another clock: expiry, windows and meetings follow it.</summary>
    public static WebApplication Build(string[] args, TimeProvider clock)
    {
        // Empty, so that neither an appsettings.json beside the program nor a variable meant for a portal has a say.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions
        {
            Args = args,
            ApplicationName = typeof(SimulatorHost).Assembly.GetName().Name,
            ContentRootPath = AppContext.BaseDirectory,
        });
        builder.Configuration.AddCommandLine(args);
        builder.Logging.AddSimpleConsole();
        builder.Logging.SetMinimumLevel(builder.Configuration.GetValue("log-level", LogLevel.Warning));
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        builder.WebHost.UseUrls((builder.Configuration["urls"] ?? "http://localhost:5090").Split(';'));
        builder.Services.AddRoutingCore();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(2));
        builder.Services.AddSingleton(new Simulation(SimulatorOptions.From(builder.Configuration), clock));

        var app = builder.Build();
        app.UseRouting();
        app.UseWhen(http => http.Request.Path.StartsWithSegments("/_sim"), branch => branch.UseMiddleware<ControlGate>());
        app.UseWhen(IsCalendly, branch => branch.UseMiddleware<CallPipeline>());
        app.MapGet("/favicon.ico", () => Results.NoContent()).WithMetadata(new EntraArea());
        app.MapControl();
        app.MapEntra();
        app.MapCalendly();
        return app;
    }

    private static bool IsCalendly(HttpContext http) =>
        !http.Request.Path.StartsWithSegments("/_sim") && http.GetEndpoint()?.Metadata.GetMetadata<EntraArea>() is null;
}
