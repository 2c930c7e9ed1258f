using System.Globalization;
using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Directory;
using AdminPortal.Web.Features.Removals;
using AdminPortal.Web.Security;
using AdminPortal.Web.Shell;
using AdminPortal.Web.Shell.Kit;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace AdminPortal.Web.Features.Members;

/// <summary>The grid of members. Its state is in the address; only the selection lives in the page, and ends with it.</summary>
public sealed partial class MembersPage
{
    private static readonly TimeSpan Debounce = TimeSpan.FromMilliseconds(250);

    /// <summary>Old rows stay this long, paler, before a skeleton takes their place.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(300);

    private readonly MemberSelection selection = new();
    private GridQuery query = new();
    private DirectoryStatus? status;
    private MemberPage? page;
    private MemberCounts? counts;
    private (MemberFilter Filter, DateTimeOffset? AsOf)? counted;
    private IReadOnlyDictionary<Guid, Ineligible> whyNot = new Dictionary<Guid, Ineligible>();
    private Refusal? refusal;
    private string? role;
    private string? text;
    private string? problem;
    private int everyone;
    private int typed;
    private bool busy, slow, mayRequest, mayInvite, maySync;
    private Guid? mySelf;
    private Guid sync = Guid.CreateVersion7();

    [Inject] private MembersService Members { get; set; } = default!;
    [Inject] private MemberTotals Totals { get; set; } = default!;
    [Inject] private RemovalQueries Removals { get; set; } = default!;
    [Inject] private DirectoryFreshness Freshness { get; set; } = default!;
    [Inject] private SweepService Sweeps { get; set; } = default!;
    [Inject] private CurrentActor Actors { get; set; } = default!;
    [Inject] private IDialogService Dialogs { get; set; } = default!;
    [Inject] private NavigationManager Navigation { get; set; } = default!;
    [Inject] private ShellState Shell { get; set; } = default!;
    [Inject] private TimeProvider Clock { get; set; } = default!;

    protected override IReadOnlyList<string> Topics => [Topic.Removals, Topic.Invitations, Topic.Members];

    // While it loads the line keeps its place.
    private string? Subtitle => status is { NeverSynced: true } ? null : counts is null ? "\u00A0"
        : query.HasFilter ? $"{Number(counts.Of(role))} of {Number(everyone)} people match"
        : everyone == 1 ? "1 person" : $"{Number(everyone)} people";

    private string Filters => WordList.And([.. new[] { query.Q is null ? null : $"“{query.Q}”", role is null ? null : $"role {Word(role)}" }.OfType<string>()]);

    private IReadOnlyList<Segment> Segments =>
    [
        new("All", query.WithRole(null).ToUrl(Urls.Members), role is null, counts?.All),
        .. new[] { MemberRole.Owner, MemberRole.Admin, MemberRole.User }.Select(Segment),
        .. counts is { Other: > 0 } || role == MemberRole.Other ? [Segment(MemberRole.Other)] : Array.Empty<Segment>(),
    ];

    private long First => page is null or { IsFirst: true } ? 1 : query.N;
    private int Here => page?.Rows.Count(row => selection.Has(row.Id)) ?? 0;
    private string? WhyNotRequest => refusal?.Words ?? (selection.Count > RemovalPolicy.MaxPeople ? $"A request holds up to {RemovalPolicy.MaxPeople} people." : null);

    protected override async Task OnInitializedAsync()
    {
        query = GridQuery.Parse(Navigation.Uri);
        text = query.Q;
        var roles = await Actors.RolesAsync();
        (mayRequest, mayInvite, maySync) = (roles.Grants(Permission.RequestRemoval), roles.Grants(Permission.Invite), roles.Grants(Permission.SyncNow));
        if (RendererInfo.IsInteractive) Follow(Freshness.Subscribe(() => InvokeAsync(FreshenAsync)));
    }

    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        var asked = GridQuery.Parse(Navigation.Uri);
        // Turned by the reader: a ring of the doorbell replaces the rows without any sign of waiting, and counts anew.
        var turned = page is null || asked != query;
        (query, role, busy) = (asked, MemberRole.Parse(asked.Role), turned);
        if (typed == 0) text = query.Q;
        StateHasChanged();
        var loading = ReadAsync(turned, cancellationToken);
        if (turned && await Task.WhenAny(loading, Task.Delay(Patience, Clock, cancellationToken)) != loading)
        {
            slow = true;
            StateHasChanged();
        }
        await loading;
        busy = slow = false;
    }

    private async Task ReadAsync(bool turned, CancellationToken cancellationToken)
    {
        var now = await Freshness.CurrentAsync(cancellationToken);
        if (now.NeverSynced)
        {
            status = now;
            return;
        }
        if (counts is null || !turned || counted != (MemberFilter.Of(query) with { Role = null }, now.CompleteAsOf))
        {
            counts = await Totals.CountAsync(MemberFilter.Of(query), cancellationToken);
            everyone = (await Totals.CountAsync(new(), cancellationToken)).All;
            counted = (MemberFilter.Of(query) with { Role = null }, now.CompleteAsOf);
        }
        var read = await Members.PageAsync(query, counts.Of(role), cancellationToken);
        var reach = await Removals.ReachAsync(read.Rows, Me, cancellationToken);
        var why = reach.WhyNot;
        refusal = mayRequest ? reach.Refusal : null;
        selection.Drop(why.Keys);
        mySelf = why.Where(w => w.Value.Code == "yourself").Select(w => (Guid?)w.Key).FirstOrDefault();
        (status, page, whyNot) = (now, read, why);
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

    private async Task TypeAsync(ChangeEventArgs change)
    {
        text = change.Value as string;
        var mine = ++typed;
        await Task.Delay(Debounce, Clock, Gone).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        if (mine != typed || Gone.IsCancellationRequested) return;
        typed = 0;
        Navigation.NavigateTo(query.WithSearch(text).ToUrl(Urls.Members), replace: true);
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

    private async Task RequestRemovalAsync(IReadOnlyList<Guid> ids)
    {
        if (await Dialogs.AskAsync(ids)) selection.Drop(ids);
        await ReloadAsync();
    }

    private void Clear()
    {
        selection.Clear();
        StateHasChanged();
    }

    private Segment Segment(string value) => new(Word(value), query.WithRole(value).ToUrl(Urls.Members), role == value, counts?.Of(value));
    private static string Word(string role) => char.ToUpperInvariant(role[0]) + role[1..];
    private static string Number(int value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
