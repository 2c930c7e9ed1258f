namespace AdminPortal.Web.Features.Invitations;

public static class InvitationsFeature
{
    public static void AddInvitations(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<InvitationService>();
        services.AddSingleton<InvitationRevocation>();
        services.AddSingleton<InvitationList>();
        services.AddSingleton<InvitationLedger>();
        services.AddSingleton<InvitationSender>();
        services.AddSingleton<InvitationWorker>();
        services.AddHostedService(provider => provider.GetRequiredService<InvitationWorker>());
    }
}
