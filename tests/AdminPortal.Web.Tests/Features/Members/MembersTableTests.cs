using AdminPortal.Web.Features.Members;
using AdminPortal.Web.Features.Removals;
using AdminPortal.Web.Shell;
using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;

namespace AdminPortal.Web.Tests.Features.Members;

public sealed class MembersTableTests : BunitContext, IAsyncLifetime
{
    private static readonly DateTimeOffset Joined = new(2023, 5, 1, 8, 0, 0, TimeSpan.Zero);
    private readonly MemberRow owner = Row("Priya Nair", "owner");
    private readonly MemberRow me = Row("Olivia Ortiz", "admin");
    private readonly MemberRow open = Row("Antonio Ferrari", "user", new OpenItem(Guid.NewGuid(), 2291, RequestState.Approved, ItemState.Pending));
    private readonly MemberRow plain = Row("Adam Kowalski", "user");
    private readonly MemberSelection selection = new();
    private int changes;

    public ValueTask InitializeAsync()
    {
        JSInterop.Mode = JSRuntimeMode.Loose;
        Services.AddSingleton(TimeProvider.System);
        Services.AddShell();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public void Row_that_cannot_be_chosen_says_why()
    {
        var table = Table(mayRequest: true);

        foreach (var (row, words) in new[] { (owner, "The owner cannot be removed."), (me, "You cannot remove yourself."), (open, "A removal of Antonio Ferrari is open already") })
        {
            var line = LineOf(table, row);
            var box = line.QuerySelector("input")!;
            Assert.True(box.HasAttribute("disabled"));
            Assert.StartsWith(words, box.GetAttribute("aria-label"), StringComparison.Ordinal);
        }
        Assert.Contains("The owner cannot be removed.", LineOf(table, owner).TextContent, StringComparison.Ordinal);
        Assert.Contains("You", LineOf(table, me).QuerySelector(".tag-you")!.TextContent, StringComparison.Ordinal);
        Assert.Contains("Approved, on hold", LineOf(table, open).TextContent, StringComparison.Ordinal);
        Assert.Equal($"/removals/{open.Open!.RequestId:D}", LineOf(table, open).QuerySelectorAll("a")[1].GetAttribute("href"));
        Assert.False(LineOf(table, plain).QuerySelector("input")!.HasAttribute("disabled"));
    }

    [Fact]
    public void Box_of_a_row_and_of_the_page_choose_only_who_can_be_chosen()
    {
        var table = Table(mayRequest: true);

        LineOf(table, plain).QuerySelector("input")!.Change(true);
        Assert.Equal([plain.Id], selection.Ids);
        Assert.Equal(1, changes);

        table.Find("thead input").Change(false);
        Assert.Equal(0, selection.Count);
        table.Find("thead input").Change(true);
        Assert.Equal([plain.Id], selection.Ids);
    }

    [Fact]
    public void Reader_without_the_right_sees_no_boxes_and_the_menu_says_which_role_it_needs()
    {
        var table = Table(mayRequest: false);
        Assert.Empty(table.FindAll("input"));

        LineOf(table, plain).QuerySelector("button")!.Click();

        Assert.Contains("Requesting removals needs the role Operator.", table.Find("[role=menu]").TextContent, StringComparison.Ordinal);
        Assert.Empty(table.FindAll("[role=menu] button.d"));
    }

    [Fact]
    public void Menu_of_a_row_asks_for_the_removal_of_that_person()
    {
        Guid? asked = null;
        var table = Table(mayRequest: true, id => asked = id);

        LineOf(table, plain).QuerySelector("button")!.Click();
        table.Find("[role=menu] button.d").Click();

        Assert.Equal(plain.Id, asked);
        Assert.Empty(table.FindAll("[role=menu]"));
    }

    [Fact]
    public void Head_of_a_column_links_to_its_order_and_says_the_present_one()
    {
        var table = Table(mayRequest: true);

        Assert.Equal("ascending", table.FindAll("th")[1].GetAttribute("aria-sort"));
        Assert.Equal("/members?q=a&sort=email", table.FindAll("th a")[1].GetAttribute("href"));
    }

    private IRenderedComponent<MembersTable> Table(bool mayRequest, Action<Guid>? onRequest = null)
    {
        var people = new[] { owner, me, open, plain }.Select(r => r with { }).ToList();
        Dictionary<Guid, Ineligible> whyNot = new()
        {
            [owner.Id] = new("owner", "The owner cannot be removed. Transfer ownership in Calendly first."),
            [me.Id] = new("yourself", "You cannot remove yourself."),
            [open.Id] = new("open", "A removal of Antonio Ferrari is open already: R-2291."),
        };
        return Render<MembersTable>(table => table
            .Add(t => t.Page, new MemberPage(people, null, null, true)).Add(t => t.Query, new GridQuery { Q = "a" }).Add(t => t.Selection, selection)
            .Add(t => t.WhyNot, whyNot).Add(t => t.MySelf, me.Id).Add(t => t.MayRequest, mayRequest)
            .Add(t => t.OnChanged, EventCallback.Factory.Create(this, () => changes++))
            .Add(t => t.OnRequest, EventCallback.Factory.Create(this, onRequest ?? (_ => { }))));
    }

    private static AngleSharp.Dom.IElement LineOf(IRenderedComponent<MembersTable> table, MemberRow row) =>
        table.FindAll("tbody tr").Single(line => line.QuerySelector(".who a")!.TextContent == row.Name);

    private static MemberRow Row(string name, string role, OpenItem? open = null) =>
        new(Guid.NewGuid(), $"https://api.calendly.com/users/{name.Length}", name, $"{name.Replace(' ', '.')}@example.com", role, Joined, null, open, false);

    async ValueTask IAsyncDisposable.DisposeAsync()
    {
        await base.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}
