using System.Globalization;
using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Directory;
using AdminPortal.Web.Features.Removals;
using AdminPortal.Web.Security;
using AdminPortal.Web.Shell;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace AdminPortal.Web.Features.Members;

/// <summary>The grid of members. Its state is in the address; the selection is kept by the browser's tab, the columns with the person.</summary>
public sealed partial class MembersPage
{
    /// <summary>Under this name the tab keeps the selection.</summary>
    public const string Kept = "members-selection";

    /// <summary>Old rows stay this long, paler, before a skeleton takes their place.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(300);

    private MemberSelection selection = new();
    private GridQuery query = new();
    private MemberFilter filter = new();
    private ShownColumns columns = MemberColumns.Of(Names.None, Names.None, left: false);
    private Names? ownColumns;
    private DirectoryStatus? status;
    private MemberPage? page;
    private MemberCounts? counts;
    private (int Here, int Left)? totals;
    private MemberFilter? counted;
    private IReadOnlyDictionary<Guid, Ineligible> whyNot = new Dictionary<Guid, Ineligible>();
    private Refusal? refusal;
    private string? problem;
    private bool busy, slow, mayRequest, mayExport, mayInvite, maySync;
    private Guid? mySelf;
    private Guid sync = Guid.CreateVersion7();

    [Inject] private MembersService Members { get; set; } = default!;
    [Inject] private MemberTotals Totals { get; set; } = default!;
    [Inject] private SavedViewService Views { get; set; } = default!;
    [Inject] private RemovalQueries Removals { get; set; } = default!;
    [Inject] private DirectoryFreshness Freshness { get; set; } = default!;
    [Inject] private SweepService Sweeps { get; set; } = default!;
    [Inject] private CurrentActor Actors { get; set; } = default!;
    [Inject] private IDialogService Dialogs { get; set; } = default!;
    [Inject] private NavigationManager Navigation { get; set; } = default!;
    [Inject] private PortalScript Script { get; set; } = default!;
    [Inject] private ShellState Shell { get; set; } = default!;
    [Inject] private TimeProvider Clock { get; set; } = default!;

    protected override IReadOnlyList<string> Topics => [Topic.Removals, Topic.Invitations, Topic.Members];

    private bool Filtered => query.WithStatus(null).HasFilter;
    private int Everyone => filter.Left ? totals?.Left ?? 0 : totals?.Here ?? 0;

    // While it loads the line keeps its place.
    private string? Subtitle => status is { NeverSynced: true } ? null : counts is null ? "\u00A0"
        : Filtered ? $"{Number(counts.Of(filter.Role))} of {Number(Everyone)} people match"
        : $"{(Everyone == 1 ? "1 person" : $"{Number(Everyone)} people")}{(filter.Left ? " left" : null)}";

    private long First => page is null or { IsFirst: true } ? 1 : query.N;
    private int Here => page?.Rows.Count(row => selection.Has(row.Id)) ?? 0;
    private IReadOnlyList<(string, Ineligible)> Barred => page is null || !mayRequest ? [] : [.. page.Rows.Where(row => whyNot.ContainsKey(row.Id)).Select(row => (row.Name, whyNot[row.Id]))];
    private string? WhyNotRequest => refusal?.Words ?? (selection.Count > RemovalPolicy.MaxPeople ? $"A request holds up to {RemovalPolicy.MaxPeople} people." : null);

    protected override async Task OnInitializedAsync()
    {
        query = GridQuery.Parse(Navigation.Uri);
        filter = MemberFilter.Of(query);
        var roles = await Actors.RolesAsync();
        (mayRequest, mayExport) = (roles.Grants(Permission.RequestRemoval), roles.Grants(Permission.Export));
        (mayInvite, maySync) = (roles.Grants(Permission.Invite), roles.Grants(Permission.SyncNow));
        if (RendererInfo.IsInteractive) Follow(Freshness.Subscribe(() => InvokeAsync(FreshenAsync)));
    }

    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        var asked = GridQuery.Parse(Navigation.Uri);
        // Turned by the reader: a ring of the doorbell replaces the rows without any sign of waiting, and counts anew.
        var turned = page is null || asked != query;
        (query, filter, busy) = (asked, MemberFilter.Of(asked), turned);
        if (ownColumns is null)
        {
            ownColumns = await Views.ColumnsAsync(Me, cancellationToken);
            selection = MemberSelection.Parse(await Script.DraftAsync(Kept)) ?? selection;
        }
        columns = MemberColumns.Of(query.Columns, ownColumns.Value, filter.Left);
        StateHasChanged();
        var loading = ReadAsync(turned, cancellationToken);
        // Once the rows are there nothing takes them away again; who can be chosen may follow later.
        if (turned && await Task.WhenAny(loading, Task.Delay(Patience, Clock, cancellationToken)) != loading && busy)
        {
            slow = true;
            StateHasChanged();
        }
        await loading;
    }

    private async Task ReadAsync(bool turned, CancellationToken cancellationToken)
    {
        var now = await Freshness.CurrentAsync(cancellationToken);
        if (!now.NeverSynced)
        {
            var anyRole = filter with { Role = null };
            var counting = Totals.CountAsync(anyRole, cancellationToken);
            // Only the last page needs to know how many there are before it can be read.
            page = await Members.PageAsync(query, query.Before == GridQuery.End ? (await counting).Of(filter.Role) : null, cancellationToken);
            if (counted != anyRole && !counting.IsCompleted) counts = null;
            (status, busy, slow) = (now, false, false);
            if (turned) StateHasChanged();
            (counts, counted) = (await counting, anyRole);
            totals = ((await Totals.CountAsync(new(), cancellationToken)).All, (await Totals.CountAsync(new(Left: true), cancellationToken)).All);
        }
        (status, busy, slow) = (now, false, false);
        // The rows first: who of them can be chosen is known a moment later.
        if (turned) StateHasChanged();
        if (page is null) return;
        var chosen = selection.Count;
        selection.Show(filter, counts!.Of(filter.Role));
        var reach = await Removals.ReachAsync(page.Rows, Me, cancellationToken);
        whyNot = filter.Left ? new Dictionary<Guid, Ineligible>() : reach.WhyNot;
        refusal = mayRequest ? reach.Refusal : null;
        if (mayRequest) selection.Drop(whyNot.Keys);
        mySelf = whyNot.Where(w => w.Value.Code == "yourself").Select(w => (Guid?)w.Key).FirstOrDefault();
        if (chosen != selection.Count) await KeepAsync();
    }

    /// <summary>A sync that goes on moves only the progress; one that has ended brings other rows.</summary>
    private async Task FreshenAsync()
    {
        try
        {
            var now = await Freshness.CurrentAsync(Gone);
            if (status is null || now.CompleteAsOf != status.CompleteAsOf) await ReloadAsync();
            else status = now;
            StateHasChanged();
        }
        catch (OperationCanceledException) when (Gone.IsCancellationRequested)
        {
            // The page has been left.
        }
        catch (Exception exception)
        {
            await DispatchExceptionAsync(exception);
        }
    }

    private async Task SyncNowAsync()
    {
        try
        {
            problem = null;
            await Sweeps.RequestSyncAsync(sync, Me, Gone);
        }
        catch (RefusedException refused)
        {
            problem = refused.Message;
        }
        sync = Guid.CreateVersion7();
    }

    private async Task ChooseColumnsAsync(Names names)
    {
        if (!query.Columns.IsEmpty) Navigation.NavigateTo(query.WithColumns(names).ToUrl(Urls.Members), replace: true);
        else
        {
            ownColumns = await Views.ChooseColumnsAsync(names, Me, Gone);
            columns = MemberColumns.Of(query.Columns, ownColumns.Value, filter.Left);
        }
    }

    private async Task RequestRemovalAsync() =>
        await AskAsync(selection.Everybody is { } everybody ? await Members.IdsAsync(everybody, selection.Ids, RemovalPolicy.MaxPeople, Gone) : [.. selection.Ids]);

    private async Task AskAsync(IReadOnlyList<Guid> ids)
    {
        if (await Dialogs.AskAsync(ids))
        {
            if (selection.Everybody is null) selection.Drop(ids);
            else selection.Clear();
            await KeepAsync();
        }
        await ReloadAsync();
    }

    private Task ChangeSelectionAsync(Action<MemberSelection> change)
    {
        change(selection);
        // First: an export sends what the tab has kept.
        var keeping = KeepAsync();
        StateHasChanged();
        return keeping;
    }

    private Task KeepAsync() => Script.KeepDraftAsync(Kept, selection.ToText());

    private static string Number(int value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
