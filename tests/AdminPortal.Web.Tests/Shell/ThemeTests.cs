using System.Globalization;
using System.Text.RegularExpressions;
using AdminPortal.Web.Shell;
using MudBlazor;
using MudBlazor.Utilities;

namespace AdminPortal.Web.Tests.Shell;

/// <summary>tokens.css is the one source of colour; the palette of MudBlazor may not drift from it.</summary>
public sealed partial class ThemeTests
{
    private static readonly string Css = RepositoryFiles.Text("wwwroot-assets", "css", "tokens.css");

    public static TheoryData<bool, string, Func<Palette, MudColor>> Pairs()
    {
        (string Token, Func<Palette, MudColor> Colour)[] both =
        [
            ("primary", p => p.Primary), ("on-primary", p => p.PrimaryContrastText), ("primary-hover", p => p.PrimaryDarken.Hex()), ("blue-bg", p => p.PrimaryLighten.Hex()),
            ("violet-fg", p => p.Tertiary), ("blue-fg", p => p.Info), ("green-fg", p => p.Success), ("amber-fg", p => p.Warning),
            ("danger-fill", p => p.Error), ("on-danger", p => p.ErrorContrastText), ("danger-hover", p => p.ErrorDarken.Hex()),
            ("text", p => p.TextPrimary), ("text-2", p => p.TextSecondary), ("text-3", p => p.TextDisabled),
            ("chrome", p => p.Background), ("chrome", p => p.AppbarBackground), ("chrome", p => p.DrawerBackground), ("sunken", p => p.BackgroundGray), ("raised", p => p.Surface),
            ("line", p => p.Divider), ("line", p => p.TableLines), ("line", p => p.Skeleton), ("line-2", p => p.LinesDefault), ("line-input", p => p.LinesInputs), ("hover", p => p.TableHover),
        ];
        var data = new TheoryData<bool, string, Func<Palette, MudColor>>();
        foreach (var dark in new[] { false, true })
            foreach (var (token, colour) in both)
                data.Add(dark, token, colour);
        return data;
    }

    [Theory, MemberData(nameof(Pairs), DisableDiscoveryEnumeration = true)]
    public void Palette_holds_the_colour_of_its_token(bool dark, string token, Func<Palette, MudColor> colour)
    {
        Palette palette = dark ? PortalTheme.Theme.PaletteDark : PortalTheme.Theme.PaletteLight;
        Assert.Equal(Token(dark, token), colour(palette).Value[..7], ignoreCase: true);
    }

    [Fact]
    public void Sizes_of_the_theme_are_those_of_the_tokens()
    {
        var layout = PortalTheme.Theme.LayoutProperties;
        Assert.Equal(Size("r-control"), layout.DefaultBorderRadius);
        Assert.Equal(Size("topbar"), layout.AppbarHeight);
        Assert.Equal(Size("nav"), layout.DrawerWidthLeft);
    }

    [Fact]
    public void Both_themes_define_the_same_colours()
    {
        static HashSet<string> Names(string block) => [.. Declaration().Matches(block).Select(m => m.Groups[1].Value)];
        Assert.Equal(Names(Block(dark: false)).Order(), Names(Block(dark: true)).Append("focus").Distinct().Order());
    }

    [Fact]
    public void Text_is_readable_on_every_ground_of_both_themes()
    {
        foreach (var dark in new[] { false, true })
            foreach (var text in new[] { "text", "text-2", "text-3", "link", "danger" })
                foreach (var ground in new[] { "chrome", "sheet", "sunken", "hover", "selected", "raised" })
                    Assert.True(Contrast(Token(dark, text), Token(dark, ground)) >= 4.5, $"{text} on {ground}, dark: {dark}");
    }

    private static string Token(bool dark, string name)
    {
        var match = Regex.Match(Block(dark), $@"--{name}:(#[0-9A-Fa-f]{{6}})");
        Assert.True(match.Success, $"--{name} is missing");
        return match.Groups[1].Value;
    }

    private static string Size(string name) => Regex.Match(Css, $@"--{name}:(\d+px)").Groups[1].Value;

    private static string Block(bool dark)
    {
        var start = Css.IndexOf(dark ? "\n[data-theme=dark]{" : "[data-theme=light]{", StringComparison.Ordinal);
        return Css[start..Css.IndexOf("\n}", start, StringComparison.Ordinal)];
    }

    // WCAG 2.2: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio
    private static double Contrast(string one, string other)
    {
        var (a, b) = (Luminance(one), Luminance(other));
        return (Math.Max(a, b) + 0.05) / (Math.Min(a, b) + 0.05);
    }

    private static double Luminance(string hex)
    {
        double Channel(int at)
        {
            var value = int.Parse(hex.AsSpan(at, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture) / 255.0;
            return value <= 0.04045 ? value / 12.92 : Math.Pow((value + 0.055) / 1.055, 2.4);
        }

        return (0.2126 * Channel(1)) + (0.7152 * Channel(3)) + (0.0722 * Channel(5));
    }

    [GeneratedRegex("--([a-z0-9-]+):")]
    private static partial Regex Declaration();
}

file static class Colours
{
    public static MudColor Hex(this string css) => new(css);
}
