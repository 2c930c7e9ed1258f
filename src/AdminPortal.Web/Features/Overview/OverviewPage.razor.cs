using AdminPortal.Web.Data;
using AdminPortal.Web.Security;
using Microsoft.AspNetCore.Components;
using Npgsql;

namespace AdminPortal.Web.Features.Overview;

public sealed partial class OverviewPage
{
    /// <summary>A sync rings with every page it reads; the overview follows, but not more often than this.</summary>
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(500);
    private static readonly string[] Topics = [Topic.Removals, Topic.Directory, Topic.Invitations, Topic.Connections];
    private readonly CancellationTokenSource _gone = new();
    private readonly List<IDisposable> _bells = [];
    private IReadOnlyList<string> _roles = [];
    private string _person = "";
    private Actor? _actor;
    private int _rings;

    [Inject] private OverviewQueries Queries { get; set; } = default!;

    [Inject] private CurrentActor Current { get; set; } = default!;

    [Inject] private Doorbell Bell { get; set; } = default!;

    [Inject] private TimeProvider Clock { get; set; } = default!;

    /// <summary>Read once for the first rendering and for the circuit that takes over from it.</summary>
    [PersistentState] public OverviewPicture? Picture { get; set; }

    protected override async Task OnInitializedAsync()
    {
        _actor = await Current.GetAsync();
        (_person, _roles) = (_actor.Name, await Current.RolesAsync());
        // Before reading: a ring in between is not lost.
        if (RendererInfo.IsInteractive) _bells.AddRange(Topics.Select(topic => Bell.Subscribe(topic, OnRingAsync)));
        Picture ??= await Queries.ReadAsync(_actor, _gone.Token);
    }

    /// <summary>However often it rings, one reading runs at a time, and one more follows if it rang meanwhile.</summary>
    private async Task OnRingAsync()
    {
        if (Interlocked.Increment(ref _rings) > 1) return;
        try
        {
            int heard;
            do
            {
                heard = Volatile.Read(ref _rings);
                var picture = await Queries.ReadAsync(_actor!, _gone.Token);
                await InvokeAsync(() =>
                {
                    Picture = picture;
                    StateHasChanged();
                });
                await Task.Delay(Breath, Clock, _gone.Token);
            }
            while (Interlocked.CompareExchange(ref _rings, 0, heard) != heard);
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException or NpgsqlException)
        {
            // Left, or the database is away: every topic rings once when it is back.
            Volatile.Write(ref _rings, 0);
        }
    }

    public void Dispose()
    {
        foreach (var bell in _bells) bell.Dispose();
        _gone.Cancel();
        _gone.Dispose();
    }
}
