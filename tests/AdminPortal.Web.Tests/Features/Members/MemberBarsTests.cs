using AdminPortal.Web.Features.Members;
using AdminPortal.Web.Features.Removals;
using AdminPortal.Web.Shell;
using AdminPortal.Web.Tests.Shell.Kit;
using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;

namespace AdminPortal.Web.Tests.Features.Members;

/// <summary>What stands above the grid: the filters, the columns, and what can be done with who is chosen.</summary>
public sealed class MemberBarsTests : KitTest
{
    private readonly MemberSelection selection = new();

    [Fact]
    public void Selection_bar_says_how_many_are_chosen_and_offers_everybody_who_matches()
    {
        for (var n = 0; n < 3; n++) selection.Set(Guid.CreateVersion7(), true);

        Assert.Equal("3 selected on this page.", Bar(here: 3).Find("b").TextContent);
        Assert.Equal("3 selected, 1 on this page.", Bar(here: 1).Find("b").TextContent);
        Assert.Equal("Select all 1,284 matching", Bar(here: 3, filtered: true).FindAll("button")[0].TextContent);
        Assert.Equal("Select all 1,284", Bar(here: 3).FindAll("button")[0].TextContent);
        Assert.DoesNotContain("Select all", Bar(here: 3, matching: 3).Markup, StringComparison.Ordinal);
        Assert.Contains("Request removal of 3…", Bar(here: 3).Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void Selection_bar_says_who_is_left_out_of_everybody_and_where_the_bound_is()
    {
        selection.SelectAll(new("a"), 1284);
        Assert.Equal("All 1,284 matching selected.", Bar(here: 25, filtered: true).Find("b").TextContent);
        selection.Set(Guid.CreateVersion7(), false);
        Assert.Equal("All 1,284 selected, except 1.", Bar(here: 24).Find("b").TextContent);
        Assert.DoesNotContain("one by one", Bar(here: 24).Markup, StringComparison.Ordinal);
        for (var n = 1; n < MemberSelection.Most; n++) selection.Set(Guid.CreateVersion7(), false);
        Assert.Contains("No more than 1,000 can be left out one by one.", Bar(here: 24).Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void Selection_bar_lists_who_cannot_be_chosen_and_why()
    {
        selection.Set(Guid.CreateVersion7(), true);
        var bar = Bar(here: 1, barred: [("Priya Nair", new("owner", "The owner cannot be removed.")), ("Antonio Ferrari", new("open", "A removal is open already.", new(Guid.CreateVersion7(), "R-2291")))]);

        Assert.Contains("2 people on this page cannot be chosen.", bar.Find(".barred").TextContent, StringComparison.Ordinal);
        Assert.Equal(["Priya Nair", "Antonio Ferrari"], bar.FindAll(".why-not b").Select(b => b.TextContent));
        Assert.Equal("Open R-2291", bar.Find(".why-not a").TextContent);
    }

    [Fact]
    public void Selection_bar_leaves_out_the_removal_for_whoever_may_not_and_explains_the_limit_to_whoever_may()
    {
        selection.SelectAll(new(), 1284);
        Assert.DoesNotContain("Request removal", Bar(here: 25, mayRequest: false).Markup, StringComparison.Ordinal);

        var button = Bar(here: 25, why: "A request holds up to 200 people.").Find("#request-removal-of");

        Assert.Equal("true", button.GetAttribute("aria-disabled"));
        Assert.Contains("A request holds up to 200 people.", Bar(here: 25, why: "A request holds up to 200 people.").Find(".why").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Filters_stand_as_tags_with_the_way_out_and_what_is_there_is_not_offered_again()
    {
        var none = Filters(new());
        Assert.Empty(none.FindAll(".tag"));
        Assert.Equal(["Has an open invitation", "Removal pending"], none.FindAll(".add-filter a").Select(a => a.TextContent));

        var all = Filters(GridQuery.Parse("/members?q=kim&has=invitation,removal&since=2026-11-01&role=admin&after=k&n=26"));
        Assert.Equal(["Has an open invitation", "Removal pending", "Joined since 1 Nov 2026"], all.FindAll(".tag").Select(tag => tag.TextContent));
        Assert.Equal("/members?q=kim&role=admin&has=removal&since=2026-11-01", all.FindAll(".tag a")[0].GetAttribute("href"));
        Assert.Equal("/members?q=kim&role=admin&has=invitation%2Cremoval", all.FindAll(".tag a")[2].GetAttribute("href"));
        Assert.Empty(all.FindAll(".add-filter a"));

        var left = Filters(GridQuery.Parse("/members?status=left&since=2026-11-01"));
        Assert.Equal(["Left since 1 Nov 2026"], left.FindAll(".tag").Select(tag => tag.TextContent));
        Assert.Equal(["Has an open invitation"], left.FindAll(".add-filter a").Select(a => a.TextContent));
    }

    [Fact]
    public void Filter_that_is_being_typed_is_written_over_by_a_link_only_and_goes_into_the_address_after_a_moment()
    {
        var filters = Filters(new() { Q = "old" });
        string? Written() => filters.Find("input[type=search]").GetAttribute("value");
        Assert.Equal("old", Written());

        filters.Find("input[type=search]").Input("new");
        Clock.Advance(TimeSpan.FromMilliseconds(250));
        filters.WaitForAssertion(() => Assert.EndsWith("/members?q=new", Services.GetRequiredService<NavigationManager>().Uri, StringComparison.Ordinal));
        filters.Render(f => f.Add(c => c.Query, new() { Q = "new" }).Add(c => c.Counts, new MemberCounts(2, 0, 0, 2, 0)));
        Assert.Equal("old", Written());

        filters.Render(f => f.Add(c => c.Query, new()));
        Assert.Null(Written());
        filters.Render(f => f.Add(c => c.Query, new() { Q = "kim" }));
        Assert.Equal("kim", Written());
    }

    [Fact]
    public void Day_goes_into_the_address()
    {
        var filters = Filters(new() { Role = "user" });

        filters.Find("input[type=date]").Change("2026-11-01");
        filters.Find("form.since").Submit();

        Assert.EndsWith("/members?role=user&since=2026-11-01", Services.GetRequiredService<NavigationManager>().Uri, StringComparison.Ordinal);
    }

    [Fact]
    public void Columns_menu_asks_for_one_more_one_less_or_the_usual_ones()
    {
        var asked = new List<Names>();
        var usual = Columns(MemberColumns.Of(Names.None, Names.None, left: false), asked);
        Assert.Contains("need a wider window", usual.Markup, StringComparison.Ordinal);
        usual.FindAll("input")[0].Change(false);
        usual.FindAll("input")[5].Change(true);
        usual.Find(".narrow button").Click();

        var chosen = Columns(MemberColumns.Of(Names.None, Names.Parse("zone"), left: false), asked);
        Assert.DoesNotContain("need a wider window", chosen.Markup, StringComparison.Ordinal);
        chosen.Find("button.item").Click();

        Assert.Equal(["change,joined,name,progress,role", "change,email,joined,name,progress,role,zone", "change,email,joined,name,progress,role", ""], asked.Select(names => names.ToString()));
    }

    private IRenderedComponent<MembersSelectionBar> Bar(
        int here, int matching = 1284, bool filtered = false, bool mayRequest = true, string? why = null, IReadOnlyList<(string, Ineligible)>? barred = null) =>
        Render<MembersSelectionBar>(bar => bar
            .Add(b => b.Selection, selection).Add(b => b.Here, here).Add(b => b.Matching, matching).Add(b => b.Filtered, filtered).Add(b => b.Why, why).Add(b => b.Barred, barred ?? [])
            .Add(b => b.OnRequest, mayRequest ? EventCallback.Factory.Create(this, () => { }) : default));

    private IRenderedComponent<MemberFilters> Filters(GridQuery query) => Render<MemberFilters>(filters => filters.Add(f => f.Query, query));

    private IRenderedComponent<MemberColumnsMenu> Columns(ShownColumns shown, List<Names> asked) =>
        Render<MemberColumnsMenu>(menu => menu.Add(m => m.Shown, shown).Add(m => m.OnChoose, EventCallback.Factory.Create<Names>(this, asked.Add)));
}
