using System.Security.Claims;
using AdminPortal.Web.Security;
using AdminPortal.Web.Shell.Frame;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Routing;
using MudBlazor;

namespace AdminPortal.Web.Shell;

/// <summary>The frame around every page of a signed-in person.</summary>
public sealed partial class MainLayout
{
    private static readonly TimeSpan TryAgainAfter = TimeSpan.FromSeconds(5);
    private readonly CancellationTokenSource _gone = new();
    private MudThemeProvider? _provider;
    private PageBoundary? _boundary;
    private string _choice = ThemeChoice.System;
    private bool _dark;
    private bool _databaseAway;
    private bool _stands;
    private IDisposable? _bell;
    private string _person = "";
    private string _shownPath = "";
    private IReadOnlyList<string> _roles = [];

    [Inject] private Data.Doorbell Doorbell { get; set; } = default!;

    [Inject] private TimeProvider Clock { get; set; } = default!;

    [Inject] private ShellState Shell { get; set; } = default!;

    [Inject] private IEnumerable<IShellPart> Parts { get; set; } = default!;

    [Inject] private NavigationManager Navigation { get; set; } = default!;

    [Inject] private PortalScript Script { get; set; } = default!;

    [Inject] private OpenSession Session { get; set; } = default!;

    [CascadingParameter] private ThemeChoice? Theme { get; set; }

    [CascadingParameter] private Task<AuthenticationState>? Authentication { get; set; }

    private string Path => new Uri(Navigation.Uri).AbsolutePath;

    protected override async Task OnInitializedAsync()
    {
        (_choice, _dark) = (Theme?.Choice ?? ThemeChoice.System, Theme?.Dark ?? false);
        if (Authentication is not null)
        {
            var user = (await Authentication).User;
            _person = user.FindFirstValue("name") ?? user.Identity?.Name ?? "";
            _roles = [.. Roles.All.Where(user.IsInRole)];
        }

        _shownPath = Path;
        Shell.Changed += OnChanged;
        Session.Changed += OnChanged;
        Navigation.LocationChanged += OnLocationChanged;
        _bell = Doorbell.Subscribe(Data.Topic.Database, () => InvokeAsync(FollowDatabaseAsync));
        await LoadPartsAsync();
    }

    private async Task LoadPartsAsync()
    {
        _databaseAway = !Doorbell.IsConnected;
        if (_databaseAway) return;
        try
        {
            foreach (var part in Parts) await part.LoadAsync(_gone.Token);
            // The pieces of the frame take no parameters: drawing the layout again does not reach them.
            Shell.NotifyChanged();
        }
        catch (OperationCanceledException) when (_gone.IsCancellationRequested)
        {
            // The page was closed meanwhile.
        }
        catch (Exception exception) when (Data.DatabaseAway.Caused(exception))
        {
            // The frame stands without its figures and says why. The doorbell may not have noticed yet, or was not even disturbed.
            _databaseAway = true;
            _ = TryAgainAsync();
        }
    }

    private async Task TryAgainAsync()
    {
        if (!RendererInfo.IsInteractive) return;
        await Task.Delay(TryAgainAfter, Clock, _gone.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!_gone.IsCancellationRequested && Doorbell.IsConnected) await InvokeAsync(FollowDatabaseAsync);
    }

    /// <summary>The doorbell says when the database is lost and when it is back; then the frame and the page load again by themselves.</summary>
    private async Task FollowDatabaseAsync()
    {
        await LoadPartsAsync();
        if (!_databaseAway) _boundary?.Recover();
        StateHasChanged();
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!firstRender) return;
        await Session.FollowAsync();
        _stands = true;
        StateHasChanged();
        if (_provider is null) return;
        await _provider.WatchSystemDarkModeAsync(OnSystemThemeAsync);
        if (_choice == ThemeChoice.System) await OnSystemThemeAsync(await _provider.GetSystemDarkModeAsync());
    }

    private async Task SetThemeAsync(string choice)
    {
        _choice = choice;
        _dark = choice == ThemeChoice.System ? _provider is not null && await _provider.GetSystemDarkModeAsync() : choice == ThemeChoice.DarkTheme;
        await Script.SetThemeAsync(choice);
    }

    private Task OnSystemThemeAsync(bool dark) => InvokeAsync(() =>
    {
        if (_choice != ThemeChoice.System || _dark == dark) return;
        _dark = dark;
        StateHasChanged();
    });

    private void OnChanged() => _ = InvokeAsync(StateHasChanged);

    private void OnLocationChanged(object? sender, LocationChangedEventArgs e) => _ = InvokeAsync(() =>
    {
        if (Path != _shownPath && Session.ShouldReload) Navigation.Refresh(forceReload: true);
        _shownPath = Path;
        _boundary?.Recover();
        StateHasChanged();
    });

    public void Dispose()
    {
        _bell?.Dispose();
        Shell.Changed -= OnChanged;
        Session.Changed -= OnChanged;
        Navigation.LocationChanged -= OnLocationChanged;
        _gone.Cancel();
        _gone.Dispose();
    }
}
