using AdminPortal.Web.Features.Members;
using AdminPortal.Web.Shell;

namespace AdminPortal.Web.Tests.Features.Members;

public sealed class MemberColumnsTests
{
    [Fact]
    public void Address_comes_before_the_persons_own_choice_and_that_before_the_usual_ones()
    {
        var (address, own) = (Names.Parse("zone"), Names.Parse("joined"));

        Assert.Equal(["zone"], Keys(MemberColumns.Of(address, own, left: false)));
        Assert.Equal(["joined"], Keys(MemberColumns.Of(Names.None, own, left: false)));
        Assert.Equal(["email", "role", "progress", "change", "joined"], Keys(MemberColumns.Of(Names.None, Names.None, left: false)));
        Assert.True(MemberColumns.Of(Names.None, own, left: false).Chosen);
        Assert.False(MemberColumns.Of(Names.None, Names.None, left: false).Chosen);
    }

    [Fact]
    public void List_of_those_who_left_says_when_after_who_they_are_and_nothing_in_progress()
    {
        Assert.Equal(["email", "role", "left", "change", "joined"], Keys(MemberColumns.Of(Names.None, Names.None, left: true)));
        Assert.Equal(["left"], Keys(MemberColumns.Of(Names.Parse("progress"), Names.None, left: true)));
        Assert.DoesNotContain(MemberColumns.Choosable(left: true), column => column.Key == "progress");
    }

    [Fact]
    public void Choice_of_no_column_is_still_a_choice()
    {
        var usual = MemberColumns.Of(Names.None, Names.None, left: false);
        var none = usual.Columns.Aggregate(usual.Names, (names, column) => names.With(column.Key, false));

        Assert.False(none.IsEmpty);
        Assert.Empty(MemberColumns.Of(none, Names.None, left: false).Columns);
    }

    [Theory]
    [InlineData("shoe,hat")]
    [InlineData("left,name")]
    public void Names_that_are_no_columns_show_none_of_them(string address) => Assert.Empty(MemberColumns.Of(Names.Parse(address), Names.None, left: false).Columns);

    private static IEnumerable<string> Keys(ShownColumns columns) => columns.Columns.Select(column => column.Key);
}
