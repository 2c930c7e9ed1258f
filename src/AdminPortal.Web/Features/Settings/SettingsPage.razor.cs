using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Removals;
using AdminPortal.Web.Security;
using AdminPortal.Web.Shell;
using AdminPortal.Web.Shell.Kit;
using Microsoft.AspNetCore.Components;

namespace AdminPortal.Web.Features.Settings;

public sealed partial class SettingsPage
{
    private IReadOnlyList<SettingSection> _sections = [];
    private Health? _health;
    private RemovalSwitch? _pause;
    private IReadOnlyList<PersonRow>? _blocked;
    private string? _whyNotPause;
    private string? _whyNotBlock;

    [Inject] private SettingSections Sections { get; set; } = default!;

    [Inject] private HealthQueries HealthOf { get; set; } = default!;

    [Inject] private RemovalQueries Removals { get; set; } = default!;

    [Inject] private People People { get; set; } = default!;

    [Inject] private PeopleService PeopleService { get; set; } = default!;

    [Inject] private TimeProvider Clock { get; set; } = default!;

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

    protected override IReadOnlyList<string> Topics => [Topic.Removals, Topic.People];

    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        _health = await HealthOf.ReadAsync(cancellationToken);
        _sections = Sections.All(_health.Members);
        // Without the database the values can still be read, and they are what whoever mends it wants to see.
        if (_health.Database is null) return;
        _pause = await Removals.SwitchAsync(cancellationToken);
        _blocked = await PeopleService.BlockedAsync(Me, cancellationToken);
        var me = await People.FindAsync(Me, cancellationToken);
        _whyNotPause = await WhyNotAsync(me, Permission.PauseRemovals, cancellationToken);
        _whyNotBlock = await WhyNotAsync(me, Permission.BlockPeople, cancellationToken);
    }

    private async Task<string?> WhyNotAsync(Person? me, Permission needs, CancellationToken cancellationToken)
    {
        if (UseCase.WhyNot(me, needs, Clock.GetUtcNow()) is not { } refusal) return null;
        var who = await People.NamesWithRolesAsync(Permissions.RolesFor(needs), cancellationToken);
        return who.Count == 0 ? refusal.Words : $"{refusal.Words} Ask {WordList.Or([.. who.Take(3)])}.";
    }
}
