namespace AdminPortal.Web.Features.Overview;

public static class OverviewFeature
{
    public static void AddOverview(this WebApplicationBuilder builder) => builder.Services.AddSingleton<OverviewQueries>();
}
