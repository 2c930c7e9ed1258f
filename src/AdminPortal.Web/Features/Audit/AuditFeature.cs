namespace AdminPortal.Web.Features.Audit;

public static class AuditFeature
{
    public static void AddAudit(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<AuditQueries>();
        builder.Services.AddSingleton<AuditService>();
    }
}
