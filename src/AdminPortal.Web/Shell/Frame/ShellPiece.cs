using Microsoft.AspNetCore.Components;

namespace AdminPortal.Web.Shell.Frame;

/// <summary>A piece of the frame that shows <see cref="ShellState"/>. It takes no parameters, so drawing the frame again does not reach it: it listens itself.</summary>
public abstract class ShellPiece : ComponentBase, IDisposable
{
    [Inject] protected ShellState Shell { get; set; } = default!;

    protected override void OnInitialized() => Shell.Changed += OnChanged;

    private void OnChanged() => _ = InvokeAsync(StateHasChanged);

    public void Dispose()
    {
        Shell.Changed -= OnChanged;
        GC.SuppressFinalize(this);
    }
}
