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
        Assert.Equal((true, false), (own.Cards[0].IsDirectory, own.MayDisconnectOthers));
        Assert.Equal([(olivias.Id, "already_chosen"), (sams.Id, null)], own.Choices.Select(c => (c.Id, c.WhyNot?.Code)));
        Assert.NotNull(own.Cards[0].LastUsedAt);

        var other = await ViewAsync(world, SimulatorDefaults.Sam);
        Assert.Equal([sams.Id], other.Cards.Select(c => c.Id));
        Assert.Empty(other.Choices);

        var administrator = await ViewAsync(world, SimulatorDefaults.Priya);
        Assert.Equal([olivias.Id, sams.Id], administrator.Cards.Select(c => c.Id));
        Assert.Equal((true, null, 2), (administrator.MayDisconnectOthers, administrator.Mine, administrator.Choices.Count));

        var auditor = await ViewAsync(world, SimulatorDefaults.Audrey);
        Assert.Equal((2, false, 0), (auditor.Cards.Count, auditor.MayDisconnectOthers, auditor.Choices.Count));

        var viewer = await ViewAsync(world, SimulatorDefaults.Vera);
        Assert.Equal((0, "role"), (viewer.Cards.Count, viewer.WhyNotConnect?.Code));
    }

    [Fact]
    public async Task Whatever_lives_has_a_card_and_of_what_has_ended_only_the_latest()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        var olivias = await world.ConsentedAsync(SimulatorDefaults.Olivia, Ct);
        var (living, ended) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        foreach (var (id, state, age) in new[] { (living, "healthy", 2), (ended, "disconnected", 1) })
        {
            await world.ExecuteAsync($"""
                INSERT INTO connections (id, person_id, organization_uri, kind, state, calendly_user_uri, calendly_name, calendly_email, calendly_role, scopes, unknown_scopes, generation, refresh_fence, refresh_failures, connected_at)
                SELECT {id}, person_id, organization_uri || {state}, kind, {state}, calendly_user_uri, calendly_name, calendly_email, calendly_role, scopes, unknown_scopes, 1, 0, 0,
                    connected_at - make_interval(days => {age}) FROM connections WHERE id = {olivias.Id}
                """, Ct);
        }

        var view = await ViewAsync(world, SimulatorDefaults.Olivia);
        Assert.Equal([olivias.Id, living], view.Cards.Select(c => c.Id));
        Assert.Equal(olivias.Id, view.Mine!.Id);

        await world.ExecuteAsync($"UPDATE connections SET state = 'disconnected'", Ct);
        Assert.Equal([olivias.Id], (await ViewAsync(world, SimulatorDefaults.Olivia)).Cards.Select(c => c.Id));
    }

    private static Task<ConnectionsView> ViewAsync(ConnectedWorld world, DemoPerson person) => world.Get<ConnectionService>().ViewAsync(ConnectedWorld.Actor(person), Ct);
}
