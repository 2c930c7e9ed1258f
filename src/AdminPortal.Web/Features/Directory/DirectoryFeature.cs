using AdminPortal.Web.Shell;

namespace AdminPortal.Web.Features.Directory;

public static class DirectoryFeature
{
    public static void AddDirectory(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<DirectoryFreshness>();
        builder.Services.AddScoped<IShellPart, DirectoryShell>();
        builder.Services.AddSingleton<OrganizationService>();
        builder.Services.AddSingleton<DirectoryChoiceService>();
        builder.Services.AddSingleton<SweepService>();
        builder.Services.AddSingleton<SweepQuestionService>();
        builder.Services.AddSingleton<SweepLease>();
        builder.Services.AddSingleton<ISweepReader, SweepReader>();
        builder.Services.AddSingleton<SweepStaging>();
        builder.Services.AddSingleton<SweepDepartures>();
        builder.Services.AddSingleton<SweepPicture>();
        builder.Services.AddSingleton<SweepRun>();
        builder.Services.AddSingleton<SweepWorker>();
        builder.Services.AddHostedService(services => services.GetRequiredService<SweepWorker>());
        builder.Services.AddSingleton<ActivityFeedLease>();
        builder.Services.AddSingleton<ActivityRound>();
        builder.Services.AddSingleton<ActivityAttribution>();
        builder.Services.AddSingleton<ActivityWorker>();
        builder.Services.AddHostedService(services => services.GetRequiredService<ActivityWorker>());
        builder.Services.AddSingleton<ChangeQueries>();
    }
}
