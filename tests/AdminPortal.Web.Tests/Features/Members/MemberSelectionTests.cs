using AdminPortal.Web.Features.Members;
using AdminPortal.Web.Shell;

namespace AdminPortal.Web.Tests.Features.Members;

public sealed class MemberSelectionTests
{
    private readonly MemberSelection selection = new();

    [Fact]
    public void Ticked_people_survive_the_browsers_tab()
    {
        var (one, two) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        selection.Set(one, true);
        selection.Set(two, true);
        selection.Set(one, false);

        var kept = MemberSelection.Parse(selection.ToText())!;

        Assert.Null(kept.Everybody);
        Assert.Equal([two], kept.Ids);
        Assert.True(kept.Has(two));
        Assert.False(kept.Has(one));
    }

    [Fact]
    public void Everybody_but_one_survives_the_browsers_tab_as_a_filter()
    {
        var filter = new MemberFilter("o’brien & söhne", MemberRole.Admin, Invited: true, Since: new(2026, 11, 1));
        var left = Guid.CreateVersion7();
        selection.SelectAll(filter, 1284);
        selection.Set(left, false);
        Assert.Equal(1283, selection.Count);

        var kept = MemberSelection.Parse(selection.ToText())!;
        kept.Show(filter, 1290);

        Assert.Equal(filter, kept.Everybody);
        Assert.Equal(1289, kept.Count);
        Assert.False(kept.Has(left));
        Assert.True(kept.Has(Guid.CreateVersion7()));
        kept.Set(left, true);
        Assert.Equal(1290, kept.Count);
    }

    [Fact]
    public void Everybody_of_a_filter_is_nobody_when_another_list_is_shown_but_ticked_people_stay()
    {
        selection.SelectAll(new("a"), 10);
        selection.Show(new("b"), 20);
        Assert.Equal(0, selection.Count);
        Assert.Null(selection.ToText());

        selection.Set(Guid.CreateVersion7(), true);
        selection.Show(new("c"), 30);
        Assert.Equal(1, selection.Count);
    }

    [Fact]
    public void Ticking_ends_where_the_bound_is()
    {
        for (var n = 0; n < MemberSelection.Most + 5; n++) selection.Set(Guid.CreateVersion7(), true);

        Assert.Equal(MemberSelection.Most, selection.Count);
        Assert.True(selection.IsFull);
        Assert.NotNull(MemberSelection.Parse(selection.ToText()));
        selection.Set(selection.Ids.First(), false);
        Assert.False(selection.IsFull);
    }

    [Fact]
    public void Who_can_no_longer_be_chosen_is_dropped()
    {
        var (stays, goes) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        selection.Set(stays, true);
        selection.Set(goes, true);

        selection.Drop([goes, Guid.CreateVersion7()]);

        Assert.Equal([stays], selection.Ids);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("rubbish")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"ids":[]}""")]
    [InlineData("""{"ids":["x"]}""")]
    [InlineData("""{"ids":[null]}""")]
    [InlineData("""{"ids":{"a":1}}""")]
    [InlineData("""{"except":[]}""")]
    [InlineData("""{"of":"javascript:alert(1)","except":[]}""")]
    [InlineData("""{"of":"//elsewhere.example/members?q=a"}""")]
    [InlineData("""{"ids":["0199a0b0-0000-7000-8000-000000000000"],"of":"/members"}""")]
    public void Text_that_makes_no_sense_is_no_selection(string? text) => Assert.Null(MemberSelection.Parse(text));

    [Fact]
    public void Text_with_more_people_than_can_be_ticked_is_no_selection()
    {
        static string Of(int count) => $"{{\"ids\":[{string.Join(',', Enumerable.Range(0, count).Select(_ => $"\"{Guid.CreateVersion7()}\""))}]}}";
        Assert.NotNull(MemberSelection.Parse(Of(MemberSelection.Most)));
        Assert.Null(MemberSelection.Parse(Of(MemberSelection.Most + 1)));
    }

    [Fact]
    public void Text_with_a_strange_list_selects_what_its_filters_mean() =>
        Assert.Equal(new MemberFilter("a"), MemberSelection.Parse("""{"of":"/members?q=a&role=king&since=yesterday&has=%00"}""")!.Everybody);
}
