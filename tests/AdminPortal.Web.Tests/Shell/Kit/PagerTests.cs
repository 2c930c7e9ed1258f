using AdminPortal.Web.Shell;
using AdminPortal.Web.Shell.Kit;
using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;

namespace AdminPortal.Web.Tests.Shell.Kit;

public sealed class PagerTests : KitTest
{
    private IRenderedComponent<Pager> First(long? total) => Render<Pager>(p => p
        .Add(c => c.From, 1).Add(c => c.Shown, 25).Add(c => c.Total, total)
        .Add(c => c.NextUrl, "/members?after=k&n=26").Add(c => c.LastUrl, "/members?before=end&n=1276")
        .Add(c => c.RowsUrl, rows => new GridQuery { Rows = rows }.ToUrl(Urls.Members)));

    [Fact]
    public void First_page_says_where_it_is_and_offers_only_the_way_on()
    {
        var pager = First(1284);
        Assert.Equal("1–25 of 1,284", pager.Find(".range").TextContent.Trim());
        Assert.Equal(["First page", "Previous page"], pager.FindAll(".pg a[aria-disabled=true]").Select(a => a.GetAttribute("aria-label")));
        Assert.Equal(["/members?after=k&n=26", "/members?before=end&n=1276"], pager.FindAll(".pg a[href]").Select(a => a.GetAttribute("href")));
    }

    [Fact]
    public void List_without_a_total_prints_none_and_speaks_of_newer_and_older()
    {
        var pager = First(null);
        Assert.Equal("1–25", pager.Find(".range").TextContent.Trim());
        Assert.Equal(["Newest", "Newer", "Older"], pager.FindAll(".pg a").Select(a => a.GetAttribute("aria-label")));
    }

    [Fact]
    public void Choice_of_rows_goes_to_the_first_page_with_that_many()
    {
        First(1284).Find("select").Change("50");
        Assert.EndsWith("/members?rows=50", Services.GetRequiredService<NavigationManager>().Uri, StringComparison.Ordinal);
    }

    [Fact]
    public void Choice_of_rows_that_is_not_offered_is_ignored()
    {
        First(1284).Find("select").Change("5000");
        Assert.EndsWith("/", Services.GetRequiredService<NavigationManager>().Uri, StringComparison.Ordinal);
    }
}
