using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Removals;
using AdminPortal.Web.Security;
using AdminPortal.Web.Shell;
using AdminPortal.Web.Shell.Kit;
using Microsoft.AspNetCore.Components;
using Npgsql;

namespace AdminPortal.Web.Features.Settings;

public sealed partial class SettingsPage
{
    private readonly CancellationTokenSource _gone = new();
    private IReadOnlyList<SettingSection> _sections = [];
    private Health? _health;
    private RemovalSwitch? _pause;
    private string? _whyNotPause;
    private IDisposable? _bell;

    [Inject] private SettingSections Sections { get; set; } = default!;

    [Inject] private HealthQueries HealthOf { get; set; } = default!;

    [Inject] private RemovalQueries Removals { get; set; } = default!;

    [Inject] private People People { get; set; } = default!;

    [Inject] private CurrentActor Current { get; set; } = default!;

    [Inject] private Doorbell Bell { get; set; } = default!;

    [Inject] private ShellState Shell { get; set; } = default!;

    /// <summary>What to send to whoever helps: the values of this page, as text. It holds no secret because the page has none.</summary>
    private string Diagnostics => string.Join('\n',
    [
        $"{Shell.PortalName} {Shell.Version}, instance {_health!.Instance}, checked {TimeText.Full(_health.CheckedAt, TimeZoneInfo.Utc)}",
        $"Database: {(_health.Database is { } version ? $"PostgreSQL {version}" : "no answer")}",
        $"Last complete sync: {(_health.LastComplete is { } at ? TimeText.Full(at, TimeZoneInfo.Utc) : "none")}",
        $"Certificate: {(_health.Certificate is { ExpiresAt: { } expires } certificate ? $"{certificate.Subject}, expires {TimeText.Full(expires, TimeZoneInfo.Utc)}" : "none that can be read")}",
        .. _sections.SelectMany(section => section.Settings.Select(setting => $"{section.Title} / {setting.Name}: {setting.Value} ({setting.Origin.Words})")),
    ]);

    protected override async Task OnInitializedAsync()
    {
        await LoadAsync();
        if (RendererInfo.IsInteractive) _bell = Bell.Subscribe(Topic.Removals, OnRingAsync);
    }

    private async Task LoadAsync()
    {
        _health = await HealthOf.ReadAsync(_gone.Token);
        _sections = Sections.All(_health.Members);
        // Without the database the values can still be read, and they are what whoever mends it wants to see.
        if (_health.Database is null) return;
        var person = await People.FindAsync(await Current.GetAsync(), _gone.Token);
        _pause = await Removals.SwitchAsync(_gone.Token);
        _whyNotPause = UseCase.WhyNot(person, Permission.PauseRemovals)?.Words;
        if (_whyNotPause is null) return;
        var who = await People.WhoCanAsync(Permission.PauseRemovals, _gone.Token);
        if (who.Count > 0) _whyNotPause += $" Ask {WordList.Or([.. who.Take(3).Select(p => p.Name)])}.";
    }

    private Task OnRingAsync() => InvokeAsync(async () =>
    {
        try
        {
            _pause = await Removals.SwitchAsync(_gone.Token);
            StateHasChanged();
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException or NpgsqlException)
        {
            // Left, or the database is away: the next ring or visit shows it.
        }
    });

    public void Dispose()
    {
        _bell?.Dispose();
        _gone.Cancel();
        _gone.Dispose();
    }
}
