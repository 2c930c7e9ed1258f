using AdminPortal.Simulator;
using AdminPortal.Testing;
using AdminPortal.Web.Features.Connections;
using AdminPortal.Web.Features.Directory;
using AdminPortal.Web.Security;
using AdminPortal.Web.Shell;
using AdminPortal.Web.Shell.Kit;
using AdminPortal.Web.Tests.Features.Connections;

namespace AdminPortal.Web.Tests.Features.Directory;

/// <summary>The banner above every page: when it stands there, and whom it names.</summary>
public sealed class DirectoryTroubleTests(PostgresFixture postgres)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Trouble_is_there_exactly_while_the_connection_that_reads_the_directory_is_not_in_order()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        var olivias = await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);
        var sams = await world.ConnectAsync(SimulatorDefaults.Sam, Ct);
        Assert.Null(await TroubleAsync(world));
        // Somebody else's does not matter.
        await world.ExecuteAsync($"UPDATE connections SET state = 'needs_reconnect' WHERE id = {sams.Id}", Ct);
        Assert.Null(await TroubleAsync(world));

        async Task Is(TroubleKind kind, FormattableString change, FormattableString back)
        {
            await world.ExecuteAsync(change, Ct);
            Assert.Equal((kind, "Olivia Ortiz"), ((await TroubleAsync(world))?.Kind, (await TroubleAsync(world))?.Owner));
            await world.ExecuteAsync(back, Ct);
            Assert.Null(await TroubleAsync(world));
        }
        await Is(TroubleKind.NeedsReconnect, $"UPDATE connections SET state = 'needs_reconnect' WHERE id = {olivias.Id}", $"UPDATE connections SET state = 'healthy' WHERE id = {olivias.Id}");
        await Is(TroubleKind.Disconnected, $"UPDATE connections SET state = 'disconnected' WHERE id = {olivias.Id}", $"UPDATE connections SET state = 'healthy' WHERE id = {olivias.Id}");
        await Is(TroubleKind.MissingScope, $"UPDATE connections SET scopes = ARRAY['users:read'] WHERE id = {olivias.Id}", $"UPDATE connections SET scopes = ARRAY['organizations:write'] WHERE id = {olivias.Id}");
        // A problem alone does no harm while the access token is good.
        await world.ExecuteAsync($"UPDATE connections SET problem = 'Calendly has a problem of its own.' WHERE id = {olivias.Id}", Ct);
        Assert.Null(await TroubleAsync(world));
        await Is(TroubleKind.NotRenewed, $"UPDATE connections SET access_expires_at = now() - interval '1 second', refresh_not_before = now() + interval '1 hour' WHERE id = {olivias.Id}", $"UPDATE connections SET access_expires_at = now() + interval '1 hour', problem = NULL WHERE id = {olivias.Id}");
        // Their grant is ended soon after; why it is of no use stays the better thing to say.
        await world.BlockAsync(olivias.PersonId, sams.PersonId, Ct);
        await IsAlsoOnceEnded(TroubleKind.OwnerBlocked);
        await world.UnblockAsync(olivias.PersonId, Ct);
        await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);
        Assert.Null(await TroubleAsync(world));
        await world.SignInAsync(SimulatorDefaults.Olivia, Ct, Roles.Viewer);
        await IsAlsoOnceEnded(TroubleKind.OwnerWithoutRole);
        await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);
        Assert.Null(await TroubleAsync(world));
        await world.ExecuteAsync($"UPDATE connections SET calendly_role = 'user' WHERE id = {olivias.Id}", Ct);
        await IsAlsoOnceEnded(TroubleKind.OwnerDemoted);
        await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);
        Assert.Null(await TroubleAsync(world));
        await world.RemoveFromOrganizationAsync(SimulatorDefaults.Olivia, Ct);
        await world.Get<ConnectionTestService>().TestAsync(Guid.CreateVersion7(), olivias.Id, ConnectedWorld.Actor(SimulatorDefaults.Olivia), Ct);
        await IsAlsoOnceEnded(TroubleKind.OwnerLeft);

        async Task IsAlsoOnceEnded(TroubleKind kind)
        {
            Assert.Equal(kind, (await TroubleAsync(world))?.Kind);
            await world.EndedAsync(olivias.Id, Ct);
            Assert.Equal(kind, (await TroubleAsync(world))?.Kind);
        }
    }

    [Fact]
    public async Task Trouble_names_the_Administrators_who_were_seen_and_are_not_blocked()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        var connection = await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);
        await world.ExecuteAsync($"UPDATE connections SET state = 'needs_reconnect' WHERE id = {connection.Id}", Ct);
        Assert.Empty((await TroubleAsync(world))!.Choosers);

        var priya = await world.SignInAsync(SimulatorDefaults.Priya, Ct);
        Assert.Equal(["Priya Nair"], (await TroubleAsync(world))!.Choosers);
        await world.BlockAsync(priya.Id, connection.PersonId, Ct);
        Assert.Empty((await TroubleAsync(world))!.Choosers);
    }

    [Theory]
    [InlineData(TroubleKind.NeedsReconnect, false, "Olivia Ortiz’s Calendly connection, which reads the member list, stopped working. Olivia Ortiz can reconnect it; Priya Nair can choose another.")]
    [InlineData(TroubleKind.NeedsReconnect, true, "Your Calendly connection, which reads the member list, stopped working. You can reconnect it; Priya Nair can choose another.")]
    [InlineData(TroubleKind.Disconnected, false, "Olivia Ortiz’s Calendly connection, which read the member list, was ended. Olivia Ortiz can connect again; Priya Nair can choose another.")]
    [InlineData(TroubleKind.MissingScope, false, "Olivia Ortiz’s Calendly connection may not read the member list: it lacks organizations:read. Olivia Ortiz can reconnect and allow it; Priya Nair can choose another.")]
    [InlineData(TroubleKind.OwnerBlocked, false, "Olivia Ortiz, whose Calendly connection reads the member list, is blocked in this portal. Priya Nair can choose another.")]
    [InlineData(TroubleKind.OwnerWithoutRole, true, "You, whose Calendly connection reads the member list, no longer have a role that may connect. Priya Nair can choose another.")]
    [InlineData(TroubleKind.OwnerDemoted, false, "Olivia Ortiz, whose connection reads the member list, is no longer owner or admin in Calendly. Priya Nair can choose another.")]
    [InlineData(TroubleKind.OwnerLeft, false, "Olivia Ortiz, whose connection read the member list, is no longer a member of the organization in Calendly. Priya Nair can choose another.")]
    public void Words_say_what_is_the_matter_and_who_can_mend_it(TroubleKind kind, bool isOwner, string words) =>
        Assert.Equal(words, new DirectoryTrouble(kind, "Olivia Ortiz", "oid", ["Priya Nair"]).Words(isOwner, isChooser: false));

    [Fact]
    public void Words_say_you_to_an_Administrator() =>
        Assert.EndsWith("Olivia Ortiz can reconnect it; you can choose another.", new DirectoryTrouble(TroubleKind.NeedsReconnect, "Olivia Ortiz", "oid", ["Priya Nair"]).Words(isOwner: false, isChooser: true), StringComparison.Ordinal);

    [Fact]
    public void Words_do_not_invent_an_Administrator() =>
        Assert.EndsWith("Olivia Ortiz can reconnect it; an Administrator can choose another, but none has signed in yet.", new DirectoryTrouble(TroubleKind.NeedsReconnect, "Olivia Ortiz", "oid", []).Words(isOwner: false, isChooser: false), StringComparison.Ordinal);

    [Fact]
    public void Banners_stand_side_by_side_the_worst_first()
    {
        var shell = new ShellState();
        var (pause, trouble) = (new ShellBanner(Tone.Amber, "player-pause", "Paused"), new ShellBanner(Tone.Red, "plug-connected-x", "Trouble"));
        shell.ShowBanner("pause", pause);
        shell.ShowBanner("zone", trouble);
        Assert.Equal([trouble, pause], shell.Banners);
        shell.ShowBanner("zone", null);
        Assert.Equal([pause], shell.Banners);
    }

    private static async Task<DirectoryTrouble?> TroubleAsync(ConnectedWorld world)
    {
        await using var db = await world.DbAsync(Ct);
        return (await world.Get<DirectoryFreshness>().ReadAsync(db, Ct)).Trouble;
    }
}
