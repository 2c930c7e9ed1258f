using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;

namespace AdminPortal.Web.Shell.Kit;

/// <summary>One icon of the sprite, silent for screen readers: a word always stands beside it or labels its button.</summary>
public sealed class Icon : ComponentBase
{
    private const string Sprite = "icons/icons.svg";

    /// <summary>Id in icons.svg.</summary>
    [Parameter, EditorRequired] public string Name { get; set; } = "";

    /// <summary>Further classes: "s" 14 px, "l" 20 px, "spin".</summary>
    [Parameter] public string? Css { get; set; }

    protected override void BuildRenderTree(RenderTreeBuilder builder) => Draw(builder, $"/{Assets[Sprite]}", Name, Css);

    /// <summary>For components that draw many: an icon without a component of its own.</summary>
    internal static void Draw(RenderTreeBuilder builder, string sprite, string name, string? css)
    {
        builder.OpenElement(0, "svg");
        builder.AddAttribute(1, "class", css is null ? "i" : $"i {css}");
        builder.AddAttribute(2, "aria-hidden", "true");
        builder.OpenElement(3, "use");
        builder.AddAttribute(4, "href", $"{sprite}#{name}");
        builder.CloseElement();
        builder.CloseElement();
    }

    /// <summary>The same as one piece of markup.</summary>
    internal static string Markup(string sprite, string name, string? css) => $"<svg class=\"{(css is null ? "i" : $"i {css}")}\" aria-hidden=\"true\"><use href=\"{sprite}#{name}\"></use></svg>";

    internal static string SpriteUrl(ResourceAssetCollection assets) => $"/{assets[Sprite]}";
}
