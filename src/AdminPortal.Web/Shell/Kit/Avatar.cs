using System.Globalization;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;

namespace AdminPortal.Web.Shell.Kit;

/// <summary>Initials on one of six soft hues; the name stands beside it, so screen readers skip it.</summary>
public sealed class Avatar : ComponentBase
{
    private const int Hues = 6;

    [Parameter, EditorRequired] public string Name { get; set; } = "";

    /// <summary>Null 26 px, "m" 32 px, "l" 52 px.</summary>
    [Parameter] public string? Size { get; set; }

    /// <summary>An icon instead of initials: the portal itself, or a group of people.</summary>
    [Parameter] public string? Icon { get; set; }

    protected override void BuildRenderTree(RenderTreeBuilder builder)
    {
        builder.OpenElement(0, "span");
        builder.AddAttribute(1, "class", $"av {(Icon is null ? $"a{Hue(Name)}" : "sys")}{(Size is null ? "" : " " + Size)}");
        builder.AddAttribute(2, "aria-hidden", "true");
        if (Icon is null) builder.AddContent(3, Initials(Name));
        else
        {
            builder.OpenRegion(4);
            Kit.Icon.Draw(builder, Kit.Icon.SpriteUrl(Assets), Icon, null);
            builder.CloseRegion();
        }
        builder.CloseElement();
    }

    /// <summary>The small one as one piece of markup, for components that draw many.</summary>
    public static string Markup(string name) => $"<span class=\"av a{Hue(name)}\" aria-hidden=\"true\">{HtmlEncoder.Default.Encode(Initials(name))}</span>";

    /// <summary>First letter of the first and of the last word; text elements, so that a letter keeps its accents.</summary>
    public static string Initials(string name)
    {
        var words = name.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Where(w => char.IsLetterOrDigit(w, 0)).ToList();
        static string First(string word) => StringInfo.GetNextTextElement(word).ToUpperInvariant();
        return words switch
        {
            [] => "?",
            [var only] => First(only),
            [var first, .., var last] => First(first) + First(last),
        };
    }

    /// <summary>FNV-1a: unlike string.GetHashCode it gives the same hue in every process.</summary>
    public static int Hue(string name)
    {
        var hash = 2166136261u;
        foreach (var c in name) hash = (hash ^ c) * 16777619u;
        return (int)(hash % Hues) + 1;
    }
}
