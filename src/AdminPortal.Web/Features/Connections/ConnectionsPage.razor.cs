using AdminPortal.Web.Data;
using AdminPortal.Web.Shell;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace AdminPortal.Web.Features.Connections;

public sealed partial class ConnectionsPage
{
    private ConnectionsView? view;
    private Revocation? revocation;

    protected override IReadOnlyList<string> Topics => [Topic.Connections, Topic.Directory];

    [SupplyParameterFromQuery(Name = "problem")]
    private string? ProblemCode { get; set; }

    [SupplyParameterFromQuery(Name = "connected")]
    private string? ConnectedNow { get; set; }

    private string? Problem => ConnectProblem.Words(ProblemCode);

    private bool IsNew => ConnectedNow is not null && Problem is null;

    private string Subtitle => view?.Organization is { } organization
        ? $"The portal manages {organization}, and acts there only through these people’s own connections. Nobody can see the tokens."
        : "The portal acts in Calendly only through people’s own connections. Nobody can see the tokens.";

    protected override async Task LoadAsync(CancellationToken cancellationToken) => view = await Connections.ViewAsync(Me, cancellationToken);

    private async Task DisconnectAsync(ConnectionCard card)
    {
        var dialog = await Dialogs.ShowAsync<DisconnectDialog>(null, new DialogParameters<DisconnectDialog> { { d => d.Card, card } });
        if ((await dialog.Result) is not { Canceled: false, Data: Revocation ended }) return;
        revocation = ended;
        await ReloadAsync();
    }

    private static string Words(Revocation ended) => ended switch
    {
        Revocation.Confirmed => "Disconnected. Calendly has revoked the tokens, and they are removed here.",
        Revocation.NotConfirmed => "Disconnected: the tokens are removed here. Calendly did not confirm that it revoked them; the owner can end the grant in Calendly under Integrations.",
        _ => "Disconnected. There was nothing left to revoke.",
    };

    private string Message(ConnectionCard card) =>
        $"Hello {card.Person}, your Calendly connection in the admin portal stopped working, and only you can reconnect it: {Navigation.ToAbsoluteUri(Urls.Connections)}";
}
