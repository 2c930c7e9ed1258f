using Microsoft.Extensions.DependencyInjection.Extensions;
using MudBlazor;
using MudBlazor.Services;

namespace AdminPortal.Web.Shell;

public static class ShellServices
{
    /// <summary>MudBlazor and what the frame needs. A <see cref="ShellState"/> registered before wins over the empty one.</summary>
    public static IServiceCollection AddShell(this IServiceCollection services)
    {
        services.AddMudServices(mud =>
        {
            mud.SnackbarConfiguration.PositionClass = Defaults.Classes.Position.BottomLeft;
            mud.SnackbarConfiguration.PreventDuplicates = false;
            mud.SnackbarConfiguration.VisibleStateDuration = 6000;
        });
        services.AddCascadingAuthenticationState();
        services.TryAddScoped<ShellState>();
        services.AddScoped<PortalScript>();
        return services;
    }
}
