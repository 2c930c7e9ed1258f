using AdminPortal.Web.Security;
using AdminPortal.Web.Shell;
using AdminPortal.Web.Shell.Kit;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;

namespace AdminPortal.Web.Features.Audit;

public sealed partial class AuditPage
{
    private static readonly TimeSpan TypingPause = TimeSpan.FromMilliseconds(250);
    private readonly CancellationTokenSource _gone = new();
    private CancellationTokenSource? _loading;
    private CancellationTokenSource? _typing;
    private AuditAddress _address = new(new());
    private AuditFilter? _shown;
    private AuditList? _list;
    private IReadOnlyList<AuditActor> _actors = [];
    private Refusal? _refusal;
    private string? _text;

    [Inject] private AuditQueries Queries { get; set; } = default!;

    [Inject] private AuditService Service { get; set; } = default!;

    [Inject] private CurrentActor Current { get; set; } = default!;

    [Inject] private NavigationManager Navigation { get; set; } = default!;

    [Inject] private TimeProvider Clock { get; set; } = default!;

    /// <summary>The visit of which the reading is on record; carried over from the first rendering, so that one visit leaves one entry.</summary>
    [PersistentState] public Guid? Visit { get; set; }

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

    protected override async Task OnInitializedAsync()
    {
        Navigation.LocationChanged += OnLocationChanged;
        try
        {
            // What can't be recorded does not happen: first the entry, then the trail.
            Visit ??= await Service.RecordReadAsync(Guid.CreateVersion7(), await Current.GetAsync(), _gone.Token);
        }
        catch (RefusedException refused)
        {
            _refusal = refused.Refusal;
            return;
        }
        _actors = await Queries.ActorsAsync(_gone.Token);
        await ShowAsync();
    }

    private async Task ShowAsync()
    {
        _address = AuditAddress.Parse(Navigation.Uri);
        if (_typing is null) _text = _address.Grid.Q;
        if (_address.ToFilter() is var filter && filter == _shown) return;
        if (_loading is not null) await _loading.CancelAsync();
        _loading?.Dispose();
        _loading = CancellationTokenSource.CreateLinkedTokenSource(_gone.Token);
        try
        {
            _list = await Queries.ListAsync(filter, _loading.Token);
            _shown = filter;
            // Entries have come since the address was made: the first page starts at 1 whatever the address says.
            if (!_list.HasNewer) _address = _address with { Grid = _address.Grid with { N = 1 } };
        }
        catch (OperationCanceledException)
        {
            // Somebody asked for another page, or left.
        }
    }

    private void OnLocationChanged(object? sender, LocationChangedEventArgs e)
    {
        if (new Uri(e.Location).AbsolutePath != Urls.Audit || _refusal is not null) return;
        _ = InvokeAsync(async () =>
        {
            try
            {
                await ShowAsync();
                StateHasChanged();
            }
            catch (Exception exception) when (!_gone.IsCancellationRequested)
            {
                await DispatchExceptionAsync(exception);
            }
        });
    }

    private async Task TypeAsync(ChangeEventArgs change)
    {
        _text = change.Value as string;
        if (_typing is not null) await _typing.CancelAsync();
        var typing = _typing = CancellationTokenSource.CreateLinkedTokenSource(_gone.Token);
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

    public void Dispose()
    {
        Navigation.LocationChanged -= OnLocationChanged;
        _gone.Cancel();
        _loading?.Dispose();
        _gone.Dispose();
    }
}
