using AdminPortal.Web.Shell.Kit;
using Bunit;

namespace AdminPortal.Web.Tests.Shell.Kit;

public sealed class StatusChipTests : KitTest
{
    public static TheoryData<string> Kinds() => [.. ChipKinds.All.Keys];

    [Theory, MemberData(nameof(Kinds))]
    public void Chip_has_a_word_an_icon_and_a_tone(string kind)
    {
        var chip = Render<StatusChip>(p => p.Add(c => c.Kind, kind)).Find("span.chip");
        var expected = ChipKinds.All[kind];
        Assert.Equal(expected.Word, chip.TextContent);
        Assert.NotEmpty(expected.Word);
        Assert.EndsWith("#" + expected.Icon, chip.QuerySelector("svg[aria-hidden=true] use")!.GetAttribute("href"), StringComparison.Ordinal);
        if (expected.Tone != Tone.Neutral) Assert.Contains(expected.Tone.Css(), chip.ClassList);
    }

    [Fact]
    public void Chips_of_one_family_differ_in_more_than_colour()
    {
        var families = ChipKinds.All.GroupBy(kind => kind.Key.Split('.')[0]);
        Assert.All(families, family => Assert.Equal(family.Count(), family.Select(kind => kind.Value.Word).Distinct().Count()));
    }

    [Fact]
    public void Chip_of_an_unknown_kind_shows_its_name() => Assert.Equal("paused", Render<StatusChip>(p => p.Add(c => c.Kind, "paused")).Find(".chip").TextContent);

    [Theory]
    [InlineData("owner", "role.owner")]
    [InlineData("user", "role.user")]
    [InlineData("billing_admin", "role.other")]
    [InlineData(null, "role.other")]
    public void Role_that_calendly_may_invent_has_a_chip(string? raw, string kind) => Assert.Equal(kind, ChipKinds.Role(raw));
}
