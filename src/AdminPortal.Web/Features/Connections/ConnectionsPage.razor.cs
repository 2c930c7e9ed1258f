using AdminPortal.Web.Data;
using AdminPortal.Web.Security;
using AdminPortal.Web.Shell;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace AdminPortal.Web.Features.Connections;

public sealed partial class ConnectionsPage
{
    private ConnectionsView? view;
    private const int MostOffered = 5;
    private static readonly TimeSpan New = TimeSpan.FromMinutes(2);
    private readonly Dictionary<Guid, ConnectionTest> tests = [];
    private readonly Dictionary<Guid, Guid> choosing = [];
    private Revocation? revocation;
    private StoredConnection? stored;
    private string? refusal;
    private string? problem;
    private bool isNew;
    private bool leftToken;

    protected override IReadOnlyList<string> Topics => [Topic.Connections, Topic.Directory, Topic.People];

    [SupplyParameterFromQuery(Name = "problem")]
    private string? ProblemCode { get; set; }

    [SupplyParameterFromQuery(Name = "connected")]
    private string? ConnectedNow { get; set; }

    [SupplyParameterFromQuery(Name = "seal")]
    private string? ProblemSeal { get; set; }

    [SupplyParameterFromQuery(Name = Urls.LeftToken)]
    private string? LeftTokenSeal { get; set; }

    private bool IsNew => stored is not null || isNew;

    /// <summary>A personal access token lives on that the portal no longer uses.</summary>
    private bool LeftToken => stored?.LeftToken ?? leftToken;

    private string Subtitle => view?.Organization is { } organization
        ? $"The portal manages {organization}, and acts there only through these people’s own connections. Nobody can see the tokens."
        : "The portal acts in Calendly only through people’s own connections. Nobody can see the tokens.";

    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        view = await Connections.ViewAsync(Me, cancellationToken);
        // What an address says is no fact: anybody can write one.
        problem = Notice.IsTrue(ProblemCode, ProblemSeal, Me) ? ConnectProblem.Words(ProblemCode) : null;
        isNew = ConnectedNow is not null && problem is null && (isNew || Clock.GetUtcNow() - view.Mine?.ConnectedAt < New);
        leftToken = isNew && (leftToken || Notice.IsTrue(Urls.LeftToken, LeftTokenSeal, Me));
    }

    private async Task UseTokenAsync()
    {
        var dialog = await Dialogs.ShowAsync<TokenDialog>("Use a personal access token");
        if ((await dialog.Result) is not { Canceled: false, Data: StoredConnection connected }) return;
        (stored, revocation, refusal) = (connected, null, null);
        await ReloadAsync();
    }

    private Task TestAsync(ConnectionCard card) => TryAsync(async () => tests[card.Id] = await Tests.TestAsync(Guid.CreateVersion7(), card.Id, Me, Gone));

    private Task ChooseAsync(Guid connection) => TryAsync(async () =>
    {
        // Chosen again after no answer came, it is the same click.
        if (!choosing.TryGetValue(connection, out var command)) choosing[connection] = command = Guid.CreateVersion7();
        await SyncChoices.ChooseAsync(command, connection, Me, CancellationToken.None);
        choosing.Remove(connection);
    });

    private async Task TryAsync(Func<Task> act)
    {
        refusal = null;
        try
        {
            await act();
        }
        catch (RefusedException refused)
        {
            refusal = refused.Refusal.Words;
        }
        await ReloadAsync();
    }

    private async Task DisconnectAsync(ConnectionCard card)
    {
        var dialog = await Dialogs.ShowAsync<DisconnectDialog>(null, new DialogParameters<DisconnectDialog> { { d => d.Card, card } });
        if ((await dialog.Result) is not { Canceled: false, Data: Revocation ended }) return;
        (revocation, stored, refusal) = (ended, null, null);
        await ReloadAsync();
    }

    private static string Words(Revocation ended) => ended switch
    {
        Revocation.Confirmed => "Disconnected. Calendly has revoked the tokens, and they are removed here.",
        Revocation.NotConfirmed => "Disconnected: the tokens are removed here. Calendly did not confirm that it revoked them; the owner can end the grant in Calendly under Integrations.",
        Revocation.Incomplete => "Disconnected: the tokens are removed here. One of them could not be opened, so the grant may live on in Calendly; its owner can end it there under Integrations.",
        Revocation.Owners => "Disconnected: the personal access token is removed here. Only its owner can revoke it in Calendly, under Integrations & apps, API & webhooks; until then it works on there.",
        _ => "Disconnected. There was nothing left to revoke.",
    };

    private string Message(ConnectionCard card) =>
        $"Hello {card.Person}, your Calendly connection in the admin portal stopped working, and only you can reconnect it: {Navigation.ToAbsoluteUri(Urls.Connections)}";
}
