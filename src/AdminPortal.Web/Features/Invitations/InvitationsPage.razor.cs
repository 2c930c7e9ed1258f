using System.Globalization;
using AdminPortal.Web.Data;
using AdminPortal.Web.Security;
using AdminPortal.Web.Shell;
using AdminPortal.Web.Shell.Kit;
using MudBlazor;

namespace AdminPortal.Web.Features.Invitations;

public sealed partial class InvitationsPage
{
    private GridQuery query = new();
    private InvitationPage? page;
    private SendBatch? batch;
    private Refusal? whyNot;
    private Guid? hidden;
    private string? text;

    protected override IReadOnlyList<string> Topics => [Topic.Invitations, Topic.Connections];

    private string Status => InvitationList.StatusOf(query);

    private string Subtitle => page is null
        ? "An invited person is a member only after accepting."
        : $"{Number(page.Counts.GetValueOrDefault(InvitationStatus.Pending))} pending. An invited person is a member only after accepting.";

    private IReadOnlyList<Segment> Tabs =>
        [.. InvitationList.Statuses.Select(status => new Segment(
            Word(status), query.WithStatus(status == InvitationStatus.Pending ? null : status).ToUrl(Urls.Invitations), status == Status, page?.Counts.GetValueOrDefault(status)))];

    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        query = GridQuery.Parse(Navigation.Uri);
        whyNot = await Invitations.WhyNotAsync(Me, cancellationToken);
        batch = await List.LatestBatchAsync(Me, cancellationToken);
        page = await List.PageAsync(query, cancellationToken);
    }

    private void Search() => Navigation.NavigateTo(query.WithSearch(text ?? query.Q).ToUrl(Urls.Invitations));

    private async Task InviteAsync()
    {
        var dialog = await Dialogs.ShowAsync<InviteDialog>();
        if ((await dialog.Result) is { Canceled: false }) await ReloadAsync();
    }

    private async Task RevokeAsync(InvitationRow row)
    {
        var dialog = await Dialogs.ShowAsync<RevokeDialog>(null, new DialogParameters<RevokeDialog> { { d => d.Row, row } });
        if ((await dialog.Result) is not { Canceled: false, Data: RevokeResult }) return;
        Snackbar.Add($"Invitation of {row.Email} revoked.", Severity.Success);
        await ReloadAsync();
    }

    private static string Word(string status) => ChipKinds.All[$"invitation.{status}"].Word;

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
