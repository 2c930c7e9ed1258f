using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Audit;
using AdminPortal.Web.Features.Connections;
using AdminPortal.Web.Features.Directory;
using AdminPortal.Web.Features.Invitations;
using AdminPortal.Web.Features.Members;
using AdminPortal.Web.Features.Overview;
using AdminPortal.Web.Features.Removals;
using AdminPortal.Web.Features.Settings;
using AdminPortal.Web.Security;
using AdminPortal.Web.Shell;
using AdminPortal.Web.Telemetry;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace AdminPortal.Web;

/// <summary>The composition root: one line per feature.</summary>
public static class Portal
{
    private static readonly TimeSpan DatabasePatience = TimeSpan.FromSeconds(60);

    /// <exception cref="StartRefusedException">The configuration has problems; all of them are listed.</exception>
    public static WebApplication Build(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        // Without this a built, not published, portal answers 200 with nothing in it for every static file outside Development.
        builder.WebHost.UseStaticWebAssets();
        // Filters are in the address: a long one is answered with a page like any other, and not by the server's bare refusal.
        builder.WebHost.ConfigureKestrel(server => server.Limits.MaxRequestLineSize = 24 * 1024);
        builder.Services.AddPinnedLogging();
        var problems = PortalConfiguration.Problems(builder.Configuration, builder.Environment.IsDevelopment());
        if (problems.Count > 0) throw new StartRefusedException(problems);

        builder.AddOptions();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.AddPortalData();
        builder.AddKeyRing();
        builder.AddSignIn();
        builder.AddConnections();
        builder.AddDirectory();
        builder.AddMembers();
        builder.AddInvitations();
        builder.AddRemovals();
        builder.AddAudit();
        builder.AddOverview();
        builder.AddSettings();
        builder.Services.AddShell();
        builder.Services.AddRazorComponents().AddInteractiveServerComponents();

        var app = builder.Build();
        app.UsePublicAddress();
        app.UseSecurityHeaders();
        app.UseExceptionHandler("/error", createScopeForErrors: true);
        app.UseAuthentication();
        app.UseSessionConfirmation();
        app.UseAuthorization();
        app.UseAntiforgery();
        app.MapStaticAssets().AllowAnonymous();
        app.MapHealth();
        app.MapSignIn();
        app.MapConnections();
        app.MapMemberExport();
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode(options => options.ContentSecurityFrameAncestorsPolicy = null);
        return app;
    }

    /// <summary>Serves until told to stop, once the database has been found in order.</summary>
    /// <exception cref="StartRefusedException">The database is not in order, or did not answer within a minute.</exception>
    public static async Task ServeAsync(WebApplication app, CancellationToken cancellationToken)
    {
        await CheckDatabaseAsync(app.Services, newKey: false, cancellationToken);
        await app.StartAsync(cancellationToken);
    }

    public static Task MigrateAsync(string ownerConnectionString, CancellationToken cancellationToken) => PortalData.MigrateAsync(ownerConnectionString, cancellationToken);

    /// <summary>Makes a new key and protects everything that is stored by it; portals may run meanwhile.</summary>
    /// <param name="app">As it was built, not started.</param>
    /// <exception cref="StartRefusedException">The database is not in order.</exception>
    public static async Task<RotationResult> RotateKeysAsync(WebApplication app, CancellationToken cancellationToken)
    {
        await CheckDatabaseAsync(app.Services, newKey: true, cancellationToken);
        return await app.Services.GetRequiredService<KeyRotation>().RunAsync(cancellationToken);
    }

    private static async Task CheckDatabaseAsync(IServiceProvider services, bool newKey, CancellationToken cancellationToken)
    {
        var (guard, keys, clock) = (services.GetRequiredService<DatabaseGuard>(), services.GetRequiredService<StoredKeys>(), services.GetRequiredService<TimeProvider>());
        for (var giveUpAt = clock.GetUtcNow() + DatabasePatience; ;)
        {
            try
            {
                var problems = await guard.ProblemsAsync(cancellationToken);
                if (problems.Count == 0) problems = await keys.ProblemsAsync(beginAnew: newKey, cancellationToken);
                if (problems.Count > 0) throw new StartRefusedException(problems);
                return;
            }
            catch (NpgsqlException exception) when (exception is not PostgresException { IsTransient: false })
            {
                if (clock.GetUtcNow() >= giveUpAt) throw new StartRefusedException([$"ConnectionStrings:Portal: the database does not answer ({exception.Message})"]);
                await Task.Delay(TimeSpan.FromSeconds(1), clock, cancellationToken);
            }
            catch (PostgresException exception)
            {
                throw new StartRefusedException([$"ConnectionStrings:Portal: the database refuses the connection ({exception.MessageText})"]);
            }
        }
    }
}
