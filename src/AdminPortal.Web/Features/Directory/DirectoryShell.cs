using AdminPortal.Web.Data;
using AdminPortal.Web.Security;
using AdminPortal.Web.Shell;
using AdminPortal.Web.Shell.Kit;
using MudBlazor;

namespace AdminPortal.Web.Features.Directory;

/// <summary>Keeps the frame's freshness, organization, "Sync now" and the banner about its connection up to date: one per circuit, told by the doorbell and by the clock.</summary>
public sealed class DirectoryShell(
    ShellState shell, DirectoryFreshness freshness, SweepService sweeps, SweepQuestionService questions, CurrentActor current, ISnackbar snackbar, TimeProvider clock)
    : IShellPart, IDisposable
{
    private const string TroubleBanner = "directory";
    private const string QuestionBanner = "directory-question";
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private IDisposable? subscription;
    private ITimer? timer;
    private Guid command = Guid.CreateVersion7();
    private (Guid Check, Guid Keep) answers = (Guid.CreateVersion7(), Guid.CreateVersion7());
    private bool mayAsk;
    private bool mayChoose;
    private string me = "";

    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        var roles = await current.RolesAsync();
        (mayAsk, mayChoose, me) = (roles.Grants(Permission.SyncNow), roles.Grants(Permission.ChooseDirectoryConnection), (await current.GetAsync()).ObjectId);
        shell.SyncNow = SyncNowAsync;
        Show(await freshness.CurrentAsync(cancellationToken));
        subscription ??= freshness.Subscribe(RefreshAsync, alsoBudget: true);
        // "3 min ago" grows old without anything happening.
        timer ??= clock.CreateTimer(_ => _ = RefreshAsync(), null, Minute, Minute);
    }

    private async Task RefreshAsync()
    {
        try
        {
            Show(await freshness.CurrentAsync(CancellationToken.None));
        }
        catch (Exception exception) when (DatabaseAway.Caused(exception))
        {
            // The database is away; the next ring or minute shows what is then.
            return;
        }
        shell.NotifyChanged();
    }

    private void Show(DirectoryStatus status)
    {
        shell.OrganizationName = status.OrganizationName;
        shell.Freshness = DirectoryWords.Line(status, clock.GetUtcNow(), shell.TimeZone);
        var now = clock.GetUtcNow();
        shell.ApiMeter = status.Budget?.LeftAt(now) is { } left ? new(left, status.Budget.PerMinute, status.Budget.ResetsAt > now ? status.Budget.ResetsAt - now : null) : null;
        shell.SyncLabel = status.Running is null ? "Sync now" : "Syncing";
        var why = DirectoryWords.WhyNotSync(status);
        shell.CanSync = mayAsk && why is null;
        // Who may not ask has no button; before the first connection there is nothing to explain.
        shell.WhyNotSync = mayAsk && status.IsPinned ? why : null;
        shell.ShowBanner(TroubleBanner, status.Trouble is not { } trouble ? null
            : new(Tone.Red, "plug-connected-x", trouble.Words(trouble.OwnerObjectId == me, mayChoose), Urls.Connections, "Open Connections"));
        // Only for who can answer; everybody else sees on the members' page that a sync waits.
        shell.ShowBanner(QuestionBanner, !mayAsk || status.Question is not { } question ? null
            : new(Tone.Amber, "users", DirectoryWords.Asks(question), Actions:
            [
                new("Check them one by one", "Asking", () => AnswerAsync(questions.CheckAsync, answers.Check, question.SweepId)),
                new("Keep the last picture", "Keeping", () => AnswerAsync(questions.KeepAsync, answers.Keep, question.SweepId)),
            ]));
    }

    private async Task AnswerAsync(Func<Guid, Guid, Actor, CancellationToken, Task> answerAsync, Guid click, Guid sweep)
    {
        try
        {
            await answerAsync(click, sweep, await current.GetAsync(), CancellationToken.None);
        }
        catch (RefusedException refused)
        {
            snackbar.Add(refused.Message, Severity.Warning);
        }
        answers = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await RefreshAsync();
    }

    private async Task SyncNowAsync()
    {
        try
        {
            await sweeps.RequestSyncAsync(command, await current.GetAsync(), CancellationToken.None);
        }
        catch (RefusedException refused)
        {
            snackbar.Add(refused.Message, Severity.Warning);
        }
        // The click is done with: the next one is another.
        command = Guid.CreateVersion7();
    }

    public void Dispose()
    {
        subscription?.Dispose();
        timer?.Dispose();
    }
}
