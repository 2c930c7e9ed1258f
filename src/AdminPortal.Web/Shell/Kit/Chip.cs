using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;

namespace AdminPortal.Web.Shell.Kit;

/// <summary>A remark that is no state ("Needs 2 approvals", "Half the time is gone"). States are <see cref="StatusChip"/>s.</summary>
public sealed class Chip : ComponentBase
{
    [Parameter] public Tone Tone { get; set; }

    [Parameter] public ChipStyle Style { get; set; } = ChipStyle.Outline;

    [Parameter, EditorRequired] public string Icon { get; set; } = "";

    [Parameter, EditorRequired] public string Text { get; set; } = "";

    [Parameter] public string? Title { get; set; }

    protected override void BuildRenderTree(RenderTreeBuilder builder) => Draw(builder, Kit.Icon.SpriteUrl(Assets), Tone, Style, Icon, false, Text, Title);

    internal static void Draw(RenderTreeBuilder builder, string sprite, Tone tone, ChipStyle style, string icon, bool spins, string text, string? title)
    {
        var shape = style switch { ChipStyle.Outline => " o", ChipStyle.Plain => " plain", _ => "" };
        var colour = tone == Tone.Neutral ? "" : " " + tone.Css();
        builder.OpenElement(0, "span");
        builder.AddAttribute(1, "class", $"chip{shape}{colour}");
        builder.AddAttribute(2, "title", title);
        builder.OpenRegion(3);
        Kit.Icon.Draw(builder, sprite, icon, spins ? "spin" : null);
        builder.CloseRegion();
        builder.AddContent(4, text);
        builder.CloseElement();
    }
}
