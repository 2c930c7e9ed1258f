using AdminPortal.Web.Data;
using AdminPortal.Web.Security;
using AdminPortal.Web.Shell;
using AdminPortal.Web.Shell.Kit;

namespace AdminPortal.Web.Features.Removals;

/// <summary>Keeps the number of decisions that wait for this person, and the banner while removals are paused, up to date in the frame.</summary>
public sealed partial class RemovalShell(ShellState shell, RemovalQueries removals, CurrentActor current, Doorbell doorbell, ILogger<RemovalShell> logger) : IShellPart, IDisposable
{
    private const string PauseBanner = "pause";
    private readonly CancellationTokenSource gone = new();
    private IDisposable? subscription;

    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        await ShowAsync(cancellationToken);
        subscription ??= doorbell.Subscribe(Topic.Removals, RefreshAsync);
    }

    private async Task ShowAsync(CancellationToken cancellationToken)
    {
        // Who never decides is not asked about every request.
        shell.DecisionsWaiting = (await current.RolesAsync()).Grants(Permission.DecideRemoval) ? await removals.CountForAsync(await current.GetAsync(), cancellationToken) : 0;
        var pause = await removals.SwitchAsync(cancellationToken);
        shell.ShowBanner(PauseBanner, pause.PausedAt is null ? null
            : new(Tone.Amber, "player-pause", $"{pause.PausedByName} paused all removals: {pause.Reason}", Urls.Settings, "Open Settings"));
    }

    private async Task RefreshAsync()
    {
        try
        {
            await ShowAsync(gone.Token);
            shell.NotifyChanged();
        }
        catch (OperationCanceledException) when (gone.IsCancellationRequested)
        {
            // The page was closed meanwhile.
        }
        catch (Exception exception)
        {
            // The database is away; it rings when it is back.
            Log.NotRead(logger, exception.GetType().Name);
        }
    }

    public void Dispose()
    {
        subscription?.Dispose();
        gone.Cancel();
        gone.Dispose();
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Debug, Message = "The frame's removal figures could not be read ({Reason})")]
        public static partial void NotRead(ILogger logger, string reason);
    }
}
