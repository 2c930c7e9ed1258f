using MudBlazor;

namespace AdminPortal.Web.Shell.Kit;

/// <summary>How every dialog behaves: Esc and the close button do nothing harmful, a click beside it does nothing at all.</summary>
public static class Dialogs
{
    public static readonly DialogOptions Form = new()
    {
        BackdropClick = false,
        CloseButton = true,
        CloseOnEscapeKey = true,
        CloseOnNavigation = true,
        MaxWidth = MaxWidth.Small,
        FullWidth = true,
    };
}
