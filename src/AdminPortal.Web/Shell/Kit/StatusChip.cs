using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;

namespace AdminPortal.Web.Shell.Kit;

/// <summary>A state as icon, word and tone. An unknown kind is shown by its own name, never hidden.</summary>
public sealed class StatusChip : ComponentBase
{
    /// <summary>A key of <see cref="ChipKinds.All"/>, for example "removal.awaiting".</summary>
    [Parameter, EditorRequired] public string Kind { get; set; } = "";

    /// <summary>Instead of the kind's own word.</summary>
    [Parameter] public string? Text { get; set; }

    [Parameter] public string? Title { get; set; }

    protected override void BuildRenderTree(RenderTreeBuilder builder)
    {
        var kind = ChipKinds.All.GetValueOrDefault(Kind) ?? new ChipKind(Kind, "info-circle", Tone.Neutral, ChipStyle.Outline);
        Chip.Draw(builder, Icon.SpriteUrl(Assets), kind.Tone, kind.Style, kind.Icon, kind.Spins, Text ?? kind.Word, Title);
    }
}
