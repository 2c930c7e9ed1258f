using AdminPortal.Simulator;
using AdminPortal.Testing;
using AdminPortal.Web.Features.Connections;

namespace AdminPortal.Web.Tests.Features.Connections;

/// <summary>Who sees which connections, and what is offered.</summary>
public sealed class ConnectionsViewTests(PostgresFixture postgres)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Operators_see_their_own_card_and_whoever_looks_after_all_sees_all()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        var olivias = await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);
        var sams = await world.ConnectAsync(SimulatorDefaults.Sam, Ct);
        foreach (var person in (DemoPerson[])[SimulatorDefaults.Priya, SimulatorDefaults.Audrey, SimulatorDefaults.Vera]) await world.SignInAsync(person, Ct);

        // Olivia's reads the directory, so she may hand that over, to somebody whose card she does not see.
        var own = await ViewAsync(world, SimulatorDefaults.Olivia);
        Assert.Equal([olivias.Id], own.Cards.Select(c => c.Id));
        Assert.Equal((true, false, false), (own.Cards[0].IsDirectory, own.SeesAll, own.MayDisconnectOthers));
        Assert.Equal([(olivias.Id, "already_chosen"), (sams.Id, null)], own.Choices.Select(c => (c.Id, c.WhyNot?.Code)));
        Assert.NotNull(own.Cards[0].LastUsedAt);

        var other = await ViewAsync(world, SimulatorDefaults.Sam);
        Assert.Equal([sams.Id], other.Cards.Select(c => c.Id));
        Assert.Empty(other.Choices);

        var administrator = await ViewAsync(world, SimulatorDefaults.Priya);
        Assert.Equal([olivias.Id, sams.Id], administrator.Cards.Select(c => c.Id));
        Assert.Equal((true, true, null, 2), (administrator.SeesAll, administrator.MayDisconnectOthers, administrator.Mine, administrator.Choices.Count));

        var auditor = await ViewAsync(world, SimulatorDefaults.Audrey);
        Assert.Equal((2, true, false, 0), (auditor.Cards.Count, auditor.SeesAll, auditor.MayDisconnectOthers, auditor.Choices.Count));

        var viewer = await ViewAsync(world, SimulatorDefaults.Vera);
        Assert.Equal((0, "role"), (viewer.Cards.Count, viewer.WhyNotConnect?.Code));
    }

    private static Task<ConnectionsView> ViewAsync(ConnectedWorld world, DemoPerson person) => world.Get<ConnectionService>().ViewAsync(ConnectedWorld.Actor(person), Ct);
}
