using System.Text.RegularExpressions;
using System.Xml.Linq;
using AdminPortal.Web.Shell;
using AdminPortal.Web.Shell.Kit;

namespace AdminPortal.Web.Tests.Shell;

public sealed partial class IconTests
{
    private static readonly HashSet<string> Sprite =
        [.. XDocument.Parse(RepositoryFiles.Text("wwwroot-assets", "icons", "icons.svg")).Root!.Elements().Select(symbol => symbol.Attribute("id")!.Value)];

    [Fact]
    public void Icon_that_a_page_names_is_in_the_sprite()
    {
        var named =
            (from file in RepositoryFiles.Under("src", ".razor")
             from Match match in InMarkup().Matches(File.ReadAllText(file))
             from Match word in Quoted().Matches(match.Groups[1].Value.StartsWith('@') ? match.Groups[1].Value : $"\"{match.Groups[1].Value}\"")
             select (Icon: word.Groups[1].Value, File: Path.GetFileName(file))).ToList();
        Assert.True(named.Count > 20, "the search for icons finds none");
        Assert.DoesNotContain(named, n => !Sprite.Contains(n.Icon));
    }

    [Fact]
    public void Icon_of_a_chip_or_of_the_navigation_is_in_the_sprite() =>
        Assert.DoesNotContain(ChipKinds.All.Values.Select(kind => kind.Icon).Concat(NavItems.All.Select(item => item.Icon)), icon => !Sprite.Contains(icon));

    [Fact]
    public void Icon_of_the_sprite_has_a_drawing()
    {
        var symbols = XDocument.Parse(RepositoryFiles.Text("wwwroot-assets", "icons", "icons.svg")).Root!.Elements();
        Assert.All(symbols, symbol => Assert.True(symbol.HasElements && symbol.Attribute("viewBox")?.Value == "0 0 24 24"));
    }

    // <Icon Name="…"> and the Icon parameter of every other component; a value may be a C# expression with quoted names.
    [GeneratedRegex("""(?:<Icon\s(?:[^>]*?\s)?Name|\sIcon)="((?:@\([^)]*\)|[a-z0-9-]+))["]""")]
    private static partial Regex InMarkup();

    [GeneratedRegex("\"([a-z0-9-]+)\"")]
    private static partial Regex Quoted();
}
