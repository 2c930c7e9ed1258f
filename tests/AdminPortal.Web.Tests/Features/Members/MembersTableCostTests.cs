using AdminPortal.Web.Features.Directory;
using AdminPortal.Web.Features.Members;
using AdminPortal.Web.Features.Removals;
using AdminPortal.Web.Shell;
using AdminPortal.Web.Tests.Shell.Kit;
using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;

namespace AdminPortal.Web.Tests.Features.Members;

/// <summary>What boxes, menus and the selection add to a page of rows, in memory that the server needs to draw it.</summary>
public sealed class MembersTableCostTests : KitTest
{
    private const double Bound = 1.5;
    private const int Rows = 100;
    private const int Times = 20;

    [Fact]
    public void Page_with_selection_and_actions_allocates_little_more_than_a_plain_table_with_the_same_cells()
    {
        // Pages of other people by turns: every row is new, as when somebody pages on.
        MemberPage[] pages = [Page(1), Page(2)];
        var columns = MemberColumns.Of(Names.None, Names.None, left: false);
        var selection = new MemberSelection();
        foreach (var row in pages.SelectMany(page => page.Rows.Where((_, n) => n % 5 == 0))) selection.Set(row.Id, true);
        var whyNot = pages.SelectMany(page => page.Rows.Take(3)).ToDictionary(row => row.Id, row => new Ineligible("open", $"A removal of {row.Name} is open already: R-2291."));
        var grid = Render<MembersTable>(table => table
            .Add(t => t.Page, pages[0]).Add(t => t.Query, new()).Add(t => t.Columns, columns).Add(t => t.Selection, selection).Add(t => t.WhyNot, whyNot)
            .Add(t => t.MayChoose, true).Add(t => t.MayRequest, true).Add(t => t.OnChanged, EventCallback.Factory.Create(this, () => { })));
        var plain = Render<PlainTable>(table => table.Add(t => t.Page, pages[0]).Add(t => t.Columns, columns).Add(t => t.WhyNot, whyNot));
        Assert.Equal(Rows, grid.FindAll("tbody tr").Count);
        Assert.Equal(plain.FindAll("tbody tr").Select(tr => tr.TextContent), grid.FindAll("tbody tr").Select(tr => tr.TextContent));

        var (ofGrid, ofPlain) = (Allocated(n => grid.Render(t => t.Add(p => p.Page, pages[n % 2]))), Allocated(n => plain.Render(t => t.Add(p => p.Page, pages[n % 2]))));

        Xunit.TestContext.Current.TestOutputHelper!.WriteLine($"{Rows} rows: {ofGrid / 1024.0:N0} KB with selection and actions, {ofPlain / 1024.0:N0} KB plain, ratio {(double)ofGrid / ofPlain:N2}");
        Assert.InRange(ofPlain, 50_000, 5_000_000);
        Assert.InRange((double)ofGrid / ofPlain, 1, Bound);
    }

    private static long Allocated(Action<int> render)
    {
        for (var warmUp = 1; warmUp <= 4; warmUp++) render(warmUp);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var n = 1; n <= Times; n++) render(n);
        return (GC.GetAllocatedBytesForCurrentThread() - before) / Times;
    }

    private static MemberPage Page(int page) => new([.. Enumerable.Range(page * Rows, Rows).Select(n =>
        new MemberRow(Guid.CreateVersion7(), $"https://api.calendly.com/users/U{n}", $"Person Number{n}", $"person.{n}@example.com", n % 40 == 0 ? "admin" : "user", new(2023, 5, 1 + (n % 28), 8, 0, 0, TimeSpan.Zero), null,
            n % 25 == 0 ? new OpenItem(Guid.CreateVersion7(), n, RequestState.Approved, ItemState.Pending) : null, false)
        { LastChange = n % 3 == 0 ? (ChangeKind.Renamed, new(2026, 11, 1 + (n % 20), 8, 0, 0, TimeSpan.Zero)) : null })], null, "k", page == 1);

    /// <summary>The same cells and nothing else: no key, box, menu, listener or mark on a row.</summary>
    private sealed class PlainTable : ComponentBase
    {
        [Parameter] public MemberPage Page { get; set; } = default!;
        [Parameter] public ShownColumns Columns { get; set; } = default!;
        [Parameter] public IReadOnlyDictionary<Guid, Ineligible> WhyNot { get; set; } = default!;
        [Inject] private ShellState Shell { get; set; } = default!;
        [Inject] private TimeProvider Clock { get; set; } = default!;

        protected override void BuildRenderTree(RenderTreeBuilder builder)
        {
            var cells = new MemberCells($"/{Assets["icons/icons.svg"]}", Shell.TimeZone, Clock.GetUtcNow());
            builder.OpenElement(0, "table");
            builder.OpenElement(1, "tbody");
            foreach (var row in Page.Rows)
            {
                builder.OpenElement(2, "tr");
                builder.OpenRegion(3);
                cells.Name(builder, row, false);
                builder.CloseRegion();
                foreach (var column in Columns.Columns)
                {
                    builder.OpenRegion(4);
                    cells.Draw(builder, column, column.Wide, row, WhyNot.GetValueOrDefault(row.Id));
                    builder.CloseRegion();
                }
                builder.CloseElement();
            }
            builder.CloseElement();
            builder.CloseElement();
        }
    }
}
