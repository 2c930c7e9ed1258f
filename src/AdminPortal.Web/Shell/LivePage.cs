using AdminPortal.Web.Data;
using AdminPortal.Web.Security;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;

namespace AdminPortal.Web.Shell;

/// <summary>
/// A page that shows stored things and follows them: it loads once the circuit stands (the prerendered picture is the skeleton, so nothing
/// is read twice), again when its address changes, and again when the doorbell rings. A newer load cancels the older one.
/// </summary>
public abstract class LivePage : ComponentBase, IDisposable
{
    private readonly CancellationTokenSource gone = new();
    private readonly List<IDisposable> subscriptions = [];
    private CancellationTokenSource? loading;
    private bool started;
    private bool loaded;
    private string shown = "";

    [Inject] private Doorbell Doorbell { get; set; } = default!;

    [Inject] private CurrentActor CurrentActor { get; set; } = default!;

    [Inject] private NavigationManager Address { get; set; } = default!;

    /// <summary>Who looks at the page. Set before the first load.</summary>
    protected Actor Me { get; private set; } = Actor.Portal;

    /// <summary>Cancelled when the page is left.</summary>
    protected CancellationToken Gone => gone.Token;

    /// <summary>What it follows, see <see cref="Topic"/>.</summary>
    protected abstract IReadOnlyList<string> Topics { get; }

    /// <summary>Reads what the page shows. Must take the token all the way down.</summary>
    protected abstract Task LoadAsync(CancellationToken cancellationToken);

    /// <summary>Ends the subscription with the page.</summary>
    protected void Follow(IDisposable subscription) => subscriptions.Add(subscription);

    protected override async Task OnParametersSetAsync()
    {
        if (!RendererInfo.IsInteractive) return;
        if (!started)
        {
            started = true;
            Me = await CurrentActor.GetAsync();
            foreach (var topic in Topics) Follow(Doorbell.Subscribe(topic, () => InvokeAsync(ReloadAsync)));
            Address.LocationChanged += OnLocationChanged;
        }
        shown = Address.Uri;
        await ReloadAsync();
    }

    // A page without route parameters is not told when only the query of its address changes.
    private void OnLocationChanged(object? sender, LocationChangedEventArgs e)
    {
        if (e.Location == shown || PathOf(e.Location) != PathOf(shown)) return;
        shown = e.Location;
        _ = InvokeAsync(ReloadAsync);
    }

    private static string PathOf(string address) => new Uri(address).AbsolutePath;

    /// <summary>Loads again and draws; a load that was overtaken or whose page is gone ends silently.</summary>
    protected async Task ReloadAsync()
    {
        if (gone.IsCancellationRequested) return;
        if (!Doorbell.IsConnected)
        {
            // What is on the page stays, selection and all. The frame says why it is not newer, and every topic rings when the database is back.
            if (!loaded) await DispatchExceptionAsync(new TimeoutException("The database cannot be reached."));
            return;
        }
        if (loading is not null) await loading.CancelAsync();
        using var mine = CancellationTokenSource.CreateLinkedTokenSource(gone.Token);
        loading = mine;
        try
        {
            await LoadAsync(mine.Token);
            loaded = true;
            StateHasChanged();
        }
        catch (OperationCanceledException) when (mine.IsCancellationRequested)
        {
            // A newer load is under way, or nobody looks any more.
        }
        catch (Exception exception) when (loaded && !Doorbell.IsConnected && DatabaseAway.Caused(exception))
        {
            // Lost while loading.
        }
        catch (Exception exception)
        {
            await DispatchExceptionAsync(exception);
        }
        finally
        {
            if (loading == mine) loading = null;
        }
    }

    public void Dispose()
    {
        Address.LocationChanged -= OnLocationChanged;
        foreach (var subscription in subscriptions) subscription.Dispose();
        gone.Cancel();
        gone.Dispose();
        GC.SuppressFinalize(this);
    }
}
