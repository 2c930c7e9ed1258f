using AdminPortal.Web.Features.Removals;
using AdminPortal.Web.Shell;
using AdminPortal.Web.Shell.Kit;
using Microsoft.AspNetCore.Components;

namespace AdminPortal.Web.Features.Members;

/// <summary>The rows, their boxes and the one menu that is open.</summary>
public sealed partial class MembersTable
{
    private Guid? open;

    [Inject] private ShellState Shell { get; set; } = default!;
    [Inject] private PortalScript Script { get; set; } = default!;

    /// <summary>Null: a skeleton in the final geometry.</summary>
    [Parameter, EditorRequired] public MemberPage? Page { get; set; }
    [Parameter] public bool Busy { get; set; }
    [Parameter, EditorRequired] public GridQuery Query { get; set; } = default!;
    [Parameter, EditorRequired] public MemberSelection Selection { get; set; } = default!;

    /// <summary>Who cannot be chosen, and why.</summary>
    [Parameter, EditorRequired] public IReadOnlyDictionary<Guid, Ineligible> WhyNot { get; set; } = default!;

    /// <summary>The reader's own row.</summary>
    [Parameter] public Guid? MySelf { get; set; }
    [Parameter] public bool MayRequest { get; set; }
    [Parameter] public EventCallback OnChanged { get; set; }
    [Parameter] public EventCallback<Guid> OnRequest { get; set; }

    private IReadOnlyList<MemberRow> Choosable => Page is null ? [] : [.. Page.Rows.Where(row => !WhyNot.ContainsKey(row.Id))];
    private bool Some => Choosable.Any(row => Selection.Has(row.Id));
    private bool All => Choosable.Count > 0 && Choosable.All(row => Selection.Has(row.Id));

    private Task SelectPage(ChangeEventArgs change)
    {
        foreach (var row in Choosable) Selection.Set(row, change.Value is true);
        return OnChanged.InvokeAsync();
    }

    private Task SelectAsync(MemberRow row, bool selected)
    {
        Selection.Set(row, selected);
        return OnChanged.InvokeAsync();
    }

    private void Toggle(Guid id) => open = open == id ? null : id;

    private async Task Close()
    {
        if (open is not { } id) return;
        open = null;
        await Script.FocusAsync($"m-{id:N}");
    }

    private async Task RequestAsync(Guid id)
    {
        await Close();
        await OnRequest.InvokeAsync(id);
    }

    private RenderFragment Head(string column, string title, string? css = null) => builder =>
    {
        builder.OpenElement(0, "th");
        builder.AddAttribute(1, "scope", "col");
        builder.AddAttribute(2, "class", css);
        // Without a choice of its own the list is in the order of names, and says so.
        builder.AddAttribute(3, "aria-sort", Query.AriaSort(column) ?? (Query.Sort is null && column == "name" ? "ascending" : null));
        builder.OpenElement(4, "a");
        builder.AddAttribute(5, "href", Query.WithSort(column).ToUrl(Urls.Members));
        builder.AddContent(6, title);
        if (Query.Sort == column || (Query.Sort is null && column == "name"))
        {
            builder.OpenComponent<Icon>(7);
            builder.AddComponentParameter(8, nameof(Icon.Name), Query.Descending ? "arrow-down" : "arrow-up");
            builder.AddComponentParameter(9, nameof(Icon.Css), "s");
            builder.CloseComponent();
        }
        builder.CloseElement();
        builder.CloseElement();
    };

    /// <summary>The open request; else why this person cannot be chosen, in the row itself.</summary>
    private static RenderFragment Progress(MemberRow row, Ineligible? why) => builder =>
    {
        if (row.Open is { } item)
        {
            builder.OpenElement(0, "a");
            builder.AddAttribute(1, "href", Urls.Removal(item.RequestId));
            builder.AddAttribute(2, "title", $"R-{item.Number}");
            builder.OpenComponent<StatusChip>(3);
            builder.AddComponentParameter(4, nameof(StatusChip.Kind), item.Chip);
            builder.CloseComponent();
            builder.CloseElement();
        }
        else if (why is not null)
        {
            builder.OpenElement(5, "span");
            builder.AddAttribute(6, "class", "small soft");
            builder.AddAttribute(7, "title", why.Words);
            builder.AddContent(8, why.Words);
            builder.CloseElement();
        }
        else if (row.OwnsConnection)
        {
            builder.OpenComponent<StatusChip>(9);
            builder.AddComponentParameter(10, nameof(StatusChip.Kind), "connection.owner");
            builder.CloseComponent();
        }
        else
        {
            builder.OpenElement(11, "span");
            builder.AddAttribute(12, "class", "muted");
            builder.AddContent(13, "None");
            builder.CloseElement();
        }
    };
}
