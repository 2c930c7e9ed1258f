using AdminPortal.Web.Features.Directory;
using AdminPortal.Web.Features.Members;
using AdminPortal.Web.Features.Removals;
using AdminPortal.Web.Shell;
using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace AdminPortal.Web.Tests.Features.Members;

public sealed class MembersTableTests : BunitContext, IAsyncLifetime
{
    private static readonly DateTimeOffset Joined = new(2023, 5, 1, 8, 0, 0, TimeSpan.Zero);
    private readonly MemberRow owner = Row("Priya Nair", "owner");
    private readonly MemberRow me = Row("Olivia Ortiz", "admin");
    private readonly MemberRow open = Row("Antonio Ferrari", "user", new OpenItem(Guid.NewGuid(), 2291, RequestState.Approved, ItemState.Pending));
    private readonly MemberRow plain = Row("Adam Kowalski", "user") with
    {
        TimeZone = "Europe/Berlin",
        LastChange = (ChangeKind.RoleChanged, new(2026, 11, 20, 9, 0, 0, TimeSpan.Zero)),
        InvitedAt = new(2026, 11, 21, 9, 0, 0, TimeSpan.Zero),
    };
    private readonly MemberRow other = Row("Agnes Holm", "admin");
    private readonly MemberSelection selection = new();
    private int changes;

    public ValueTask InitializeAsync()
    {
        JSInterop.Mode = JSRuntimeMode.Loose;
        Services.AddSingleton<TimeProvider>(new FakeTimeProvider(new DateTimeOffset(2026, 11, 23, 14, 5, 0, TimeSpan.Zero)));
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
    public async Task Box_of_a_row_and_of_the_page_choose_only_who_can_be_chosen()
    {
        var table = Table(mayRequest: true);

        await PickAsync(table, RowPickEventArgs.Select, plain, on: true);
        Assert.Equal([plain.Id], selection.Ids);
        Assert.Equal(1, changes);
        Assert.True(LineOf(table, plain).QuerySelector("input")!.HasAttribute("checked"));
        Assert.Contains("ind", table.Find("thead input").ClassName, StringComparison.Ordinal);

        await PickAsync(table, RowPickEventArgs.SelectPage, null, on: false);
        Assert.Equal(0, selection.Count);
        await PickAsync(table, RowPickEventArgs.SelectPage, null, on: true);
        Assert.Equal([plain.Id, other.Id], selection.Ids);
        Assert.True(table.Find("thead input").HasAttribute("checked"));
    }

    [Fact]
    public async Task Pick_that_no_box_of_this_page_can_send_changes_nothing()
    {
        var table = Table(mayRequest: true);

        await PickAsync(table, RowPickEventArgs.Select, owner, on: true);
        await PickAsync(table, RowPickEventArgs.Select, Row("Elsewhere", "user"), on: true);
        await PickAsync(table, RowPickEventArgs.Select, null, on: true);
        await PickAsync(table, "everything", plain, on: true);
        await PickAsync(Table(mayRequest: false, mayChoose: false), RowPickEventArgs.Select, plain, on: true);
        Assert.Equal(0, selection.Count);

        await PickAsync(table, RowPickEventArgs.Select, plain, on: true);
        Assert.Equal(1, selection.Count);
    }

    [Fact]
    public async Task Range_reaches_from_the_row_that_was_ticked_last_and_leaves_out_who_cannot_be_chosen()
    {
        var table = Table(mayRequest: true);

        await PickAsync(table, RowPickEventArgs.Select, other, on: true);
        await PickAsync(table, RowPickEventArgs.Select, owner, on: true, range: true);

        Assert.Equal(new[] { plain.Id, other.Id }.Order(), selection.Ids.Order());
    }

    [Fact]
    public async Task Reader_without_the_right_sees_no_boxes_and_the_menu_says_which_role_it_needs()
    {
        var table = Table(mayRequest: false, mayChoose: false);
        Assert.Empty(table.FindAll("input"));

        await PickAsync(table, RowPickEventArgs.Menu, plain);

        Assert.Contains("Requesting removals needs the role Operator.", table.Find("[role=menu]").TextContent, StringComparison.Ordinal);
        Assert.Empty(table.FindAll("[role=menu] button.d"));
    }

    [Fact]
    public void Reader_who_only_exports_can_choose_everybody()
    {
        var table = Table(mayRequest: false, mayChoose: true);

        Assert.Equal(6, table.FindAll("input").Count);
        Assert.Empty(table.FindAll("input[disabled]"));
        Assert.Equal("Select Priya Nair", LineOf(table, owner).QuerySelector("input")!.GetAttribute("aria-label"));
    }

    [Fact]
    public async Task Menu_of_a_row_asks_for_the_removal_of_that_person()
    {
        Guid? asked = null;
        var table = Table(mayRequest: true, onRequest: id => asked = id);

        await PickAsync(table, RowPickEventArgs.Menu, plain);
        table.Find("[role=menu] button.d").Click();

        Assert.Equal(plain.Id, asked);
        Assert.Empty(table.FindAll("[role=menu]"));
    }

    [Fact]
    public async Task Key_asks_for_the_removal_of_whom_it_can_and_says_why_not_of_the_others()
    {
        Guid? asked = null;
        var table = Table(mayRequest: true, onRequest: id => asked = id);

        await PickAsync(table, RowPickEventArgs.Request, owner);
        Assert.Null(asked);
        await PickAsync(table, RowPickEventArgs.Request, plain);
        Assert.Equal(plain.Id, asked);
    }

    [Fact]
    public async Task Of_everybody_those_are_left_out_who_are_unticked()
    {
        selection.SelectAll(new("a"), 1284);
        var table = Table(mayRequest: true);

        Assert.True(LineOf(table, plain).QuerySelector("input")!.HasAttribute("checked"));
        await PickAsync(table, RowPickEventArgs.Select, plain, on: false);

        Assert.Equal(1283, selection.Count);
        Assert.False(LineOf(table, plain).QuerySelector("input")!.HasAttribute("checked"));
        Assert.Equal([plain.Id], selection.Ids);
    }

    [Fact]
    public void Columns_are_those_that_were_chosen_in_the_grids_own_order()
    {
        var usual = Table(mayRequest: true);
        Assert.Equal(["Name", "Email", "Role", "In progress", "Last change", "Joined"], usual.FindAll("th").Skip(1).SkipLast(1).Select(th => th.TextContent.Trim()));
        Assert.Equal(["Last change", "Joined"], usual.FindAll("th.wide").Select(th => th.TextContent.Trim()));
        Assert.Contains("Role changed 20 Nov", LineOf(usual, plain).TextContent, StringComparison.Ordinal);

        var chosen = Table(mayRequest: true, columns: MemberColumns.Of(Names.Parse("zone,user,invited,joined"), Names.None, left: false));
        Assert.Equal(["Name", "Joined", "Time zone", "Calendly user id", "Invited"], chosen.FindAll("th").Skip(1).SkipLast(1).Select(th => th.TextContent.Trim()));
        Assert.Empty(chosen.FindAll(".wide"));
        Assert.Contains("Europe/Berlin", LineOf(chosen, plain).TextContent, StringComparison.Ordinal);
        Assert.Contains("21 Nov", LineOf(chosen, plain).TextContent, StringComparison.Ordinal);
        Assert.Equal(8, usual.FindAll("col").Count);
        Assert.Equal(7, chosen.FindAll("col").Count);
    }

    [Fact]
    public void Head_of_a_column_links_to_its_order_and_says_the_present_one()
    {
        var table = Table(mayRequest: true);

        Assert.Equal("ascending", table.FindAll("th")[1].GetAttribute("aria-sort"));
        Assert.Equal("/members?q=a&sort=email", table.FindAll("th a")[1].GetAttribute("href"));
    }

    private IRenderedComponent<MembersTable> Table(bool mayRequest, bool mayChoose = true, Action<Guid>? onRequest = null, ShownColumns? columns = null)
    {
        var people = new[] { owner, me, open, plain, other }.Select(r => r with { }).ToList();
        Dictionary<Guid, Ineligible> whyNot = new()
        {
            [owner.Id] = new("owner", "The owner cannot be removed. Transfer ownership in Calendly first."),
            [me.Id] = new("yourself", "You cannot remove yourself."),
            [open.Id] = new("open", "A removal of Antonio Ferrari is open already: R-2291."),
        };
        return Render<MembersTable>(table => table
            .Add(t => t.Page, new MemberPage(people, null, null, true)).Add(t => t.Query, new GridQuery { Q = "a" }).Add(t => t.Selection, selection)
            .Add(t => t.Columns, columns ?? MemberColumns.Of(Names.None, Names.None, left: false))
            .Add(t => t.WhyNot, whyNot).Add(t => t.MySelf, me.Id).Add(t => t.MayRequest, mayRequest).Add(t => t.MayChoose, mayChoose)
            .Add(t => t.OnChanged, EventCallback.Factory.Create(this, () => changes++))
            .Add(t => t.OnRequest, EventCallback.Factory.Create(this, onRequest ?? (_ => { }))));
    }

    private static Task PickAsync(IRenderedComponent<MembersTable> table, string what, MemberRow? row, bool on = false, bool range = false) =>
        table.Find("table").TriggerEventAsync("onrowpick", new RowPickEventArgs { Row = row?.Id, What = what, On = on, Range = range });

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
