using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Directory;
using AdminPortal.Web.Features.Removals;
using AdminPortal.Web.Security;
using AdminPortal.Web.Shell;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace AdminPortal.Web.Features.Members;

/// <summary>One member, also after they have left.</summary>
public sealed partial class MemberDetailPage
{
    private const int HistoryStep = 15;

    /// <summary>Below this part of a minute's calls nothing is read that nobody asked for.</summary>
    private const int Scarce = 5;

    private MemberView? view;
    private DirectoryStatus? status;
    private RemovalDraft? draft;
    private History? history;
    private ImpactReading? reading;
    private IReadOnlyList<string> requesters = [];
    private int most = HistoryStep;
    private bool unknown, busy;
    private Guid? readFor;

    [Parameter] public Guid Id { get; set; }

    [Inject] private MembersService Members { get; set; } = default!;
    [Inject] private MemberHistory Histories { get; set; } = default!;
    [Inject] private RemovalQueries Removals { get; set; } = default!;
    [Inject] private ImpactReadings Impacts { get; set; } = default!;
    [Inject] private People People { get; set; } = default!;
    [Inject] private DirectoryFreshness Freshness { get; set; } = default!;
    [Inject] private IDialogService Dialogs { get; set; } = default!;
    [Inject] private ShellState Shell { get; set; } = default!;
    [Inject] private TimeProvider Clock { get; set; } = default!;

    /// <summary>Why no removal of this person can be requested by this reader now: first the person, then the right and the list's age.</summary>
    private string? WhyNot => draft is null ? null : (draft.Ineligible is [var only, ..] ? only.Words : null) ?? draft.Problem?.Words;

    protected override IReadOnlyList<string> Topics => [Topic.Removals, Topic.Invitations, Topic.Changes];

    protected override void OnInitialized()
    {
        if (RendererInfo.IsInteractive) Follow(Freshness.Subscribe(() => InvokeAsync(FreshenAsync)));
    }

    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        if (readFor is { } other && other != Id) (view, reading, readFor, most) = (null, null, null, HistoryStep);
        var now = await Freshness.CurrentAsync(cancellationToken);
        var found = await Members.FindAsync(Id, cancellationToken);
        if (found is not null)
        {
            var asked = await Removals.DraftAsync([Id], Me, cancellationToken);
            if (asked.Problem?.Code == "role") requesters = await People.NamesWithRolesAsync(Permissions.RolesFor(Permission.RequestRemoval), cancellationToken);
            (draft, history) = (asked, await Histories.ReadAsync(found.Member, most, cancellationToken));
        }
        (status, view, unknown) = (now, found, found is null);
        if (found is { Member.LeftAt: null } && readFor is null)
        {
            readFor = Id;
            if (!IsScarce(now)) _ = ReadImpactAsync(found.Member, anew: false);
        }
    }

    private bool IsScarce(DirectoryStatus now) => now.Budget is { } budget && budget.LeftAt(Clock.GetUtcNow()) * Scarce < budget.PerMinute;

    /// <summary>Only a sync that has ended, or a connection that works again, changes anything here; not each of its pages.</summary>
    private async Task FreshenAsync()
    {
        try
        {
            var now = await Freshness.CurrentAsync(Gone);
            if (status is null || (now.LastEnd, now.Connection) != (status.LastEnd, status.Connection)) await ReloadAsync();
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

    private Task ReadAgainAsync() => view is null ? Task.CompletedTask : ReadImpactAsync(view.Member, anew: true);

    /// <summary>Once the page stands: it is there to be read while Calendly is asked.</summary>
    private async Task ReadImpactAsync(Member member, bool anew)
    {
        if (busy) return;
        busy = true;
        StateHasChanged();
        try
        {
            var read = await Impacts.ReadAsync(member, anew, Gone);
            if (member.Id == Id) reading = read;
        }
        catch (OperationCanceledException) when (Gone.IsCancellationRequested)
        {
            return;
        }
        catch (Exception exception) when (DatabaseAway.Caused(exception))
        {
            // The frame says so; the reading can be asked for again.
        }
        catch (Exception exception)
        {
            await DispatchExceptionAsync(exception);
        }
        busy = false;
        StateHasChanged();
    }

    private async Task ShowMoreAsync()
    {
        most += HistoryStep;
        await ReloadAsync();
    }

    private async Task RequestRemovalAsync()
    {
        await Dialogs.AskAsync([Id]);
        await ReloadAsync();
    }
}
