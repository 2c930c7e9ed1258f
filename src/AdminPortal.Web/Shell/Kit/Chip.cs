using System.Collections.Concurrent;
using System.Text.Encodings.Web;
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

    /// <summary>
    /// The chip of a kind with its own word, for components that draw many: it is always the same, and as one piece of markup it costs the
    /// circuit and the browser a fraction of its elements.
    /// </summary>
    public static string Markup(string sprite, string kind) => Drawn.GetOrAdd((sprite, kind), static of =>
    {
        var known = ChipKinds.All[of.Kind];
        return $"<span class=\"chip{Css(known.Style, known.Tone)}\">{Kit.Icon.Markup(of.Sprite, known.Icon, known.Spins ? "spin" : null)}{HtmlEncoder.Default.Encode(known.Word)}</span>";
    });

    private static readonly ConcurrentDictionary<(string Sprite, string Kind), string> Drawn = new();

    internal static void Draw(RenderTreeBuilder builder, string sprite, Tone tone, ChipStyle style, string icon, bool spins, string text, string? title)
    {
        builder.OpenElement(0, "span");
        builder.AddAttribute(1, "class", $"chip{Css(style, tone)}");
        builder.AddAttribute(2, "title", title);
        builder.OpenRegion(3);
        Kit.Icon.Draw(builder, sprite, icon, spins ? "spin" : null);
        builder.CloseRegion();
        builder.AddContent(4, text);
        builder.CloseElement();
    }

    private static string Css(ChipStyle style, Tone tone) =>
        style switch { ChipStyle.Outline => " o", ChipStyle.Plain => " plain", _ => "" } + (tone == Tone.Neutral ? "" : " " + tone.Css());
}
