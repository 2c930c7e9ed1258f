namespace AdminPortal.Web.Features.Settings;

public static class SettingsFeature
{
    public static void AddSettings(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<SettingSections>();
        builder.Services.AddSingleton<HealthQueries>();
    }
}
