using AdminPortal.Web.Security;
using AdminPortal.Web.Shell;
using AdminPortal.Web.Shell.Kit;
using Microsoft.AspNetCore.Components;

namespace AdminPortal.Web.Features.Audit;

public sealed partial class AuditPage
{
    private static readonly TimeSpan TypingPause = TimeSpan.FromMilliseconds(250);
    private CancellationTokenSource? _typing;
    private AuditAddress _address = new(new());
    private AuditList? _list;
    private IReadOnlyList<AuditActor> _actors = [];
    private Refusal? _refusal;
    private Guid? _visit;
    private string? _text;

    [Inject] private AuditQueries Queries { get; set; } = default!;

    [Inject] private AuditService Service { get; set; } = default!;

    [Inject] private NavigationManager Navigation { get; set; } = default!;

    [Inject] private TimeProvider Clock { get; set; } = default!;

    // The address holds more than these; they make the page load again when it changes.
    [SupplyParameterFromQuery] public string? Q { get; set; }

    private IReadOnlyList<Segment> Outcomes =>
    [
        new("All", _address.Ending(null).ToUrl(), _address.Outcome is null),
        .. Enum.GetValues<AuditOutcome>().OrderBy(o => o == AuditOutcome.Intended).Select(o => new Segment(AuditWords.Outcome(o), _address.Ending(o).ToUrl(), _address.Outcome == o)),
    ];

    private string FilterWords => string.Join(", ", new[]
    {
        _address.Grid.Q is { } text ? $"“{text}”" : null,
        _address.Who is { } who ? $"by {_actors.FirstOrDefault(a => a.Key == who)?.Name ?? who}" : null,
        _address.Action is { } action ? $"action {AuditWords.Name(action)}" : null,
        _address.Outcome is { } outcome ? $"result {AuditWords.Outcome(outcome)}" : null,
    }.Where(word => word is not null));

    // Nothing rings for the trail itself: it is read when somebody asks for it.
    protected override IReadOnlyList<string> Topics => [];

    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        if (_refusal is not null) return;
        try
        {
            // What can't be recorded does not happen: first the entry, then the trail.
            _visit ??= await Service.RecordReadAsync(Guid.CreateVersion7(), Me, cancellationToken);
        }
        catch (RefusedException refused)
        {
            _refusal = refused.Refusal;
            return;
        }
        if (_actors.Count == 0) _actors = await Queries.ActorsAsync(cancellationToken);
        var address = AuditAddress.Parse(Navigation.Uri);
        var list = await Queries.ListAsync(address.ToFilter(), cancellationToken);
        // Whatever the address says: a page with nothing newer begins at 1.
        (_list, _address) = (list, list.HasNewer ? address : address with { Grid = address.Grid with { N = 1 } });
        if (_typing is null) _text = address.Grid.Q;
    }

    private async Task TypeAsync(ChangeEventArgs change)
    {
        _text = change.Value as string;
        if (_typing is not null) await _typing.CancelAsync();
        var typing = _typing = CancellationTokenSource.CreateLinkedTokenSource(Gone);
        try
        {
            await Task.Delay(TypingPause, Clock, typing.Token);
            Navigation.NavigateTo(_address.Search(_text).ToUrl(), replace: true);
        }
        catch (OperationCanceledException)
        {
            // Typed on.
        }
        finally
        {
            if (_typing == typing) _typing = null;
            typing.Dispose();
        }
    }

    private void Go(AuditAddress address) => Navigation.NavigateTo(address.ToUrl());

    private void Toggle(long sequence) => _address = _address with { Open = _address.Open == sequence ? null : sequence };
}
