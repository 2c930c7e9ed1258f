namespace AdminPortal.Web.Features.Members;

public static class MembersFeature
{
    public static void AddMembers(this WebApplicationBuilder builder) =>
        builder.Services.AddSingleton<MembersService>().AddSingleton<SavedViewService>().AddSingleton<MemberExportService>();
}
