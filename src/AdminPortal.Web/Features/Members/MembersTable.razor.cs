using AdminPortal.Web.Features.Removals;
using AdminPortal.Web.Shell;
using AdminPortal.Web.Shell.Kit;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;

namespace AdminPortal.Web.Features.Members;

/// <summary>The rows, their boxes and the one menu that is open.</summary>
public sealed partial class MembersTable
{
    /// <summary>With more columns the table scrolls sideways.</summary>
    private const int MostInSight = 5;

    private Guid? open;
    private Guid? lastTicked;

    [Inject] private ShellState Shell { get; set; } = default!;
    [Inject] private PortalScript Script { get; set; } = default!;
    [Inject] private TimeProvider Clock { get; set; } = default!;

    /// <summary>Null: a skeleton in the final geometry.</summary>
    [Parameter, EditorRequired] public MemberPage? Page { get; set; }
    [Parameter] public bool Busy { get; set; }
    [Parameter, EditorRequired] public GridQuery Query { get; set; } = default!;
    [Parameter, EditorRequired] public ShownColumns Columns { get; set; } = default!;
    [Parameter, EditorRequired] public MemberSelection Selection { get; set; } = default!;

    /// <summary>Who cannot be removed, and why.</summary>
    [Parameter, EditorRequired] public IReadOnlyDictionary<Guid, Ineligible> WhyNot { get; set; } = default!;

    /// <summary>The reader's own row.</summary>
    [Parameter] public Guid? MySelf { get; set; }

    /// <summary>There is something that this reader may do with a selection.</summary>
    [Parameter] public bool MayChoose { get; set; }
    [Parameter] public bool MayRequest { get; set; }
    [Parameter] public EventCallback OnChanged { get; set; }
    [Parameter] public EventCallback<Guid> OnRequest { get; set; }

    private IReadOnlyList<MemberRow> Choosable => Page is null ? [] : [.. Page.Rows.Where(CanChoose)];
    private bool Some => Choosable.Any(row => Selection.Has(row.Id));
    private bool All => Choosable is { Count: > 0 } rows && rows.All(row => Selection.Has(row.Id));

    private string? Wide(MemberColumn column) => column.Wide && !Columns.Chosen ? "wide" : null;

    private bool CanChoose(MemberRow row) => Barred(row) is null;

    /// <summary>Whoever may not request removals can choose anybody, for an export.</summary>
    private Ineligible? Barred(MemberRow row) => MayRequest ? WhyNot.GetValueOrDefault(row.Id) : null;

    private Task PickAsync(RowPickEventArgs pick) => (pick.What, Page?.Rows.FirstOrDefault(row => row.Id == pick.Row)) switch
    {
        (RowPickEventArgs.SelectPage, _) when MayChoose => SelectAsync(Choosable, pick.On),
        (RowPickEventArgs.Select, { } row) when MayChoose => SelectAsync(pick.Range ? UpTo(row) : CanChoose(row) ? [row] : [], pick.On, row.Id),
        (RowPickEventArgs.Menu, { } row) => Toggle(row.Id),
        (RowPickEventArgs.Request, { } row) => RequestAsync(row),
        (RowPickEventArgs.Copy, { } row) => Script.CopyAsync(row.Email),
        _ => Task.CompletedTask,
    };

    private Task SelectAsync(IReadOnlyList<MemberRow> rows, bool selected, Guid? ticked = null)
    {
        lastTicked = ticked;
        foreach (var row in rows) Selection.Set(row.Id, selected);
        return OnChanged.InvokeAsync();
    }

    /// <summary>From the row that was ticked last, upward or downward.</summary>
    private IReadOnlyList<MemberRow> UpTo(MemberRow row)
    {
        var rows = Page!.Rows.ToList();
        var (here, there) = (rows.IndexOf(row), rows.FindIndex(other => other.Id == lastTicked));
        if (there < 0) there = here;
        return [.. rows[Math.Min(here, there)..(Math.Max(here, there) + 1)].Where(CanChoose)];
    }

    private Task Toggle(Guid id)
    {
        open = open == id ? null : id;
        return Task.CompletedTask;
    }

    private async Task Close()
    {
        if (open is not { } id) return;
        open = null;
        await Script.FocusAsync(id.ToString());
    }

    private async Task RequestAsync(MemberRow row)
    {
        await Close();
        if (WhyNotRequest(row) is { } why) await Script.AnnounceAsync(why);
        else await OnRequest.InvokeAsync(row.Id);
    }

    private string? WhyNotRequest(MemberRow row) => row.LeftAt is not null ? $"{row.Name} is no longer a member." : MayRequest ? Barred(row)?.Words : "Requesting removals needs the role Operator.";

    private RenderFragment Head(string title, string? sort, string? css) => builder =>
    {
        var current = sort is not null && (Query.Sort == sort || (Query.Sort is null && sort == MemberColumns.Name));
        builder.OpenElement(0, "th");
        builder.AddAttribute(1, "scope", "col");
        builder.AddAttribute(2, "class", css);
        // Without a choice of its own the list is in the order of names, and says so.
        builder.AddAttribute(3, "aria-sort", !current ? null : Query.Descending ? "descending" : "ascending");
        if (sort is null) builder.AddContent(4, title);
        else
        {
            builder.OpenElement(5, "a");
            builder.AddAttribute(6, "href", Query.WithSort(sort).ToUrl(Urls.Members));
            builder.AddContent(7, title);
            builder.OpenRegion(8);
            if (current) Icon.Draw(builder, Icon.SpriteUrl(Assets), Query.Descending ? "arrow-down" : "arrow-up", "s");
            builder.CloseRegion();
            builder.CloseElement();
        }
        builder.CloseElement();
    };

    private void Rows(RenderTreeBuilder builder)
    {
        var cells = new MemberCells(Icon.SpriteUrl(Assets), Shell.TimeZone, Clock.GetUtcNow());
        var shown = Columns.Columns;
        for (var at = 0; at < Page!.Rows.Count; at++)
        {
            var row = Page.Rows[at];
            var barred = Barred(row);
            var chosen = MayChoose && barred is null && Selection.Has(row.Id);
            builder.OpenElement(0, "tr");
            builder.SetKey(row.Id);
            builder.AddAttribute(1, "data-row", row.Id.ToString());
            // The others are made focusable by portal.js when they are reached.
            if (at == 0) builder.AddAttribute(3, "tabindex", "0");
            if (chosen) builder.AddAttribute(4, "class", "sel");
            builder.OpenElement(5, "td");
            if (MayChoose) Box(builder, row, barred, chosen);
            builder.CloseElement();
            builder.OpenRegion(20);
            cells.Name(builder, row, row.Id == MySelf);
            builder.CloseRegion();
            for (var column = 0; column < shown.Count; column++)
            {
                builder.OpenRegion(21);
                cells.Draw(builder, shown[column], Wide(shown[column]) is not null, row, barred);
                builder.CloseRegion();
            }
            builder.OpenElement(22, "td");
            builder.AddAttribute(23, "class", "right");
            Menu(builder, row);
            builder.CloseElement();
            builder.CloseElement();
        }
    }

    private void Box(RenderTreeBuilder builder, MemberRow row, Ineligible? barred, bool chosen)
    {
        builder.OpenElement(6, "input");
        builder.AddAttribute(7, "type", "checkbox");
        builder.AddAttribute(8, "class", "cb");
        builder.AddAttribute(9, "data-pick", RowPickEventArgs.Select);
        builder.AddAttribute(10, "aria-label", barred?.Words ?? $"Select {row.Name}");
        if (barred is not null) builder.AddAttribute(11, "title", barred.Words);
        builder.AddAttribute(12, "checked", chosen);
        builder.AddAttribute(13, "disabled", barred is not null || (Selection.IsFull && chosen == (Selection.Everybody is not null)));
        builder.CloseElement();
    }

    private void Menu(RenderTreeBuilder builder, MemberRow row)
    {
        builder.OpenElement(24, "button");
        builder.AddAttribute(25, "class", "iconbtn dots");
        builder.AddAttribute(26, "data-pick", RowPickEventArgs.Menu);
        builder.AddAttribute(27, "aria-label", $"Actions for {row.Name}");
        builder.AddAttribute(28, "aria-haspopup", "menu");
        if (open == row.Id) builder.AddAttribute(29, "aria-expanded", "true");
        builder.CloseElement();
        if (open != row.Id) return;
        builder.OpenComponent<MemberMenu>(33);
        builder.AddComponentParameter(34, nameof(MemberMenu.Row), row);
        builder.AddComponentParameter(35, nameof(MemberMenu.WhyNot), WhyNotRequest(row));
        builder.AddComponentParameter(37, nameof(MemberMenu.OnClose), EventCallback.Factory.Create(this, Close));
        builder.AddComponentParameter(38, nameof(MemberMenu.OnRequest), EventCallback.Factory.Create(this, () => RequestAsync(row)));
        builder.CloseComponent();
    }
}
