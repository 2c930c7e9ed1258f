namespace AdminPortal.Web.Features.Members;

public static class MembersFeature
{
    public static void AddMembers(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<MembersService>();
        builder.Services.AddSingleton<MemberHistory>();
        builder.Services.AddSingleton<MemberTotals>();
        builder.Services.AddSingleton<SavedViewService>();
        builder.Services.AddSingleton<MemberExportService>();
        builder.Services.AddSingleton<MemberMap>();
        builder.Services.AddHostedService<MemberMapWorker>();
    }
}
