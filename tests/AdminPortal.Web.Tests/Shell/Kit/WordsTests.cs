using AdminPortal.Web.Shell.Kit;

namespace AdminPortal.Web.Tests.Shell.Kit;

public sealed class WordsTests
{
    [Theory]
    [InlineData("Oliver Brandt", "OB")]
    [InlineData("Beatrix van Dijk", "BD")]
    [InlineData("Ąda", "Ą")]
    [InlineData("  ", "?")]
    [InlineData("(Contractor) Żaneta Łęcka", "ŻŁ")]
    [InlineData("o'Neil", "O")]
    public void Initials_are_those_of_first_and_last_word(string name, string initials) => Assert.Equal(initials, Avatar.Initials(name));

    [Fact]
    public void Hue_of_a_name_is_the_same_in_every_process()
    {
        Assert.Equal(Avatar.Hue("Oliver Brandt"), Avatar.Hue(new string("Oliver Brandt")));
        Assert.All(Enumerable.Range(0, 500), i => Assert.InRange(Avatar.Hue($"Person {i}"), 1, 6));
        Assert.Equal(6, Enumerable.Range(0, 500).Select(i => Avatar.Hue($"Person {i}")).Distinct().Count());
    }

    [Fact]
    public void Lists_read_as_people_write_them()
    {
        Assert.Equal("Operator, Approver and Auditor", WordList.And(["Operator", "Approver", "Auditor"]));
        Assert.Equal("Auditor or Administrator", WordList.Or(["Auditor", "Administrator"]));
        Assert.Equal("Your role is Viewer.", WordList.Roles(["Viewer"]));
        Assert.Equal("You have no role.", WordList.Roles([]));
    }

    [Fact]
    public void Fingerprint_shows_sixteen_digits_in_groups_of_four() =>
        Assert.Equal("9c41 e07b 52d8 13fa", Fingerprint.Groups("9c41e07b52d813fa" + new string('0', 48)));
}
