using AdminPortal.Web.Security;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using MudBlazor;
using MudBlazor.Services;

namespace AdminPortal.Web.Shell;

public static class ShellServices
{
    /// <summary>MudBlazor and what the frame needs. What it shows comes from the features' <see cref="IShellPart"/>s.</summary>
    public static IServiceCollection AddShell(this IServiceCollection services)
    {
        services.AddMudServices(mud =>
        {
            mud.SnackbarConfiguration.PositionClass = Defaults.Classes.Position.BottomLeft;
            mud.SnackbarConfiguration.PreventDuplicates = false;
            mud.SnackbarConfiguration.VisibleStateDuration = 6000;
        });
        services.AddCascadingAuthenticationState();
        services.TryAddScoped(scope =>
        {
            var portal = scope.GetRequiredService<IOptions<PortalOptions>>().Value;
            return new ShellState
            {
                PortalName = portal.Name,
                HelpContact = portal.HelpContact,
                PeopleWithRoles = (roles, cancellationToken) => scope.GetRequiredService<People>().NamesWithRolesAsync(roles, cancellationToken),
            };
        });
        services.AddScoped<PortalScript>();
        services.AddScoped<OpenSession>();
        return services;
    }
}
