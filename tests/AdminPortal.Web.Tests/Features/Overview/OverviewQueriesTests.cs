using AdminPortal.Testing;
using AdminPortal.Web.Features.Connections;
using AdminPortal.Web.Features.Directory;
using AdminPortal.Web.Features.Invitations;
using AdminPortal.Web.Features.Overview;
using AdminPortal.Web.Security;

namespace AdminPortal.Web.Tests.Features.Overview;

public sealed class OverviewQueriesTests(PostgresFixture postgres)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Read_before_the_first_complete_sync_there_is_no_number_at_all()
    {
        await using var portal = await SeededPortal.StartAsync(postgres);
        var olivia = await portal.PersonAsync("olivia", Roles.Operator);
        var vera = await portal.PersonAsync("vera", Roles.Viewer);

        var own = await ReadAsync(portal, olivia);
        Assert.Equal((true, null), (own.FirstRun?.MayConnect, own.FirstRun?.Connection));
        Assert.Equal((false, "olivia"), ((await ReadAsync(portal, vera)).FirstRun?.MayConnect, (await ReadAsync(portal, vera)).FirstRun?.WhoCanConnect.Single()));

        var connection = await portal.ConnectAsync(olivia);
        await portal.MemberAsync("ana");
        await portal.InvitationAsync("ben", daysOld: 40);
        await portal.SweepAsync(connection, SweepState.Partial, "Calendly did not answer.");
        var partial = await ReadAsync(portal, olivia);
        Assert.Equal((ConnectionState.Healthy, "olivia", "Calendly did not answer."), (partial.FirstRun?.Connection, partial.FirstRun?.ConnectedAs, partial.FirstRun?.Problem));
        portal.Clock.Advance(TimeSpan.FromMinutes(1));
        await portal.SweepAsync(connection, SweepState.Running);
        var running = await ReadAsync(portal, olivia);
        Assert.Equal(120, running.FirstRun?.Reading?.People);
        Assert.Null(running.FirstRun?.Problem);
        foreach (var picture in (OverviewPicture[])[own, partial, running])
        {
            Assert.Null(picture.Numbers);
            Assert.Empty(picture.Removals);
            Assert.Empty(picture.Invitations);
            Assert.True(picture.Needs.None);
        }
    }

    [Fact]
    public async Task Read_after_a_complete_sync_numbers_come_from_the_rows()
    {
        await using var portal = await SeededPortal.StartAsync(postgres);
        var (olivia, arjun) = (await portal.PersonAsync("olivia", Roles.Operator), await portal.PersonAsync("arjun", Roles.Approver));
        await portal.SweepAsync(await portal.ConnectAsync(olivia), SweepState.Complete);
        await portal.MemberAsync("owner", "owner");
        foreach (var admin in (string[])["a1", "a2"]) await portal.MemberAsync(admin, "admin");
        var (waiting, held, removed) = (await portal.MemberAsync("waiting"), await portal.MemberAsync("held"), await portal.MemberAsync("removed"));
        await portal.MemberAsync("left", left: true);
        foreach (var (name, age) in (ValueTuple<string, int>[])[("i0", 0), ("i2", 2), ("i3", 3), ("i10", 10), ("i14", 14), ("i29", 29), ("i90", 90)]) await portal.InvitationAsync(name, age);
        await portal.InvitationAsync("accepted", 5, InvitationStatus.Accepted);

        var done = await portal.FileAsync(olivia, removed);
        await portal.ApproveAsync(done, arjun);
        await portal.ExecuteAsync(done);
        await portal.FileAsync(olivia, waiting);
        await portal.ApproveAsync(await portal.FileAsync(olivia, held), arjun);

        var picture = await ReadAsync(portal, olivia);
        Assert.Null(picture.FirstRun);
        Assert.Equal(new Numbers(Members: 6, Owners: 1, Admins: 2, OpenInvitations: 7, RemovedIn30Days: 1, OpenRemovals: 2), picture.Numbers);
        Assert.Equal([new("removal.awaiting", 1), new("removal.approved", 1), new("removal.removed", 1)], picture.Removals);
        Assert.Equal([new AgeCount(0, 2, 2), new(3, 6, 1), new(7, 13, 1), new(14, 29, 2), new(30, null, 1)], picture.Invitations);
        Assert.Equal(3, picture.Needs.AgedInvitations);

        portal.Clock.Advance(TimeSpan.FromDays(31));
        Assert.Equal(0, (await ReadAsync(portal, olivia)).Numbers?.RemovedIn30Days);
    }

    [Fact]
    public async Task Read_needs_are_those_of_the_reader()
    {
        await using var portal = await SeededPortal.StartAsync(postgres);
        var (olivia, arjun, sam, vera) = (await portal.PersonAsync("olivia", Roles.Operator), await portal.PersonAsync("arjun", Roles.Approver),
            await portal.PersonAsync("sam", Roles.Operator, Roles.Approver), await portal.PersonAsync("vera", Roles.Viewer));
        await portal.SweepAsync(await portal.ConnectAsync(olivia), SweepState.Complete);
        await portal.ConnectAsync(sam, ConnectionState.NeedsReconnect);
        await portal.InvitationAsync("old", daysOld: 20);
        var stuck = await portal.FileAsync(olivia, await portal.MemberAsync("stuck"));
        await portal.ApproveAsync(stuck, arjun);
        await portal.ExecuteAsync(stuck, attention: true);
        await portal.FileAsync(olivia, await portal.MemberAsync("ana"));

        var (asOlivia, asArjun, asSam, asVera) = (await ReadAsync(portal, olivia), await ReadAsync(portal, arjun), await ReadAsync(portal, sam), await ReadAsync(portal, vera));
        Assert.Equal((stuck, "Calendly did not answer."), asOlivia.Needs.Attention.Select(a => (a.Id, a.Why)).Single());
        Assert.Null(asOlivia.Needs.Decisions);
        Assert.Equal(1, asOlivia.Needs.AgedInvitations);
        Assert.Equal(1, asArjun.Needs.Decisions?.Count);
        Assert.Empty(asArjun.Needs.Attention);
        Assert.Equal(0, asArjun.Needs.AgedInvitations);
        Assert.Equal(new BrokenConnection("sam", Own: true, Directory: false, "Calendly no longer accepts it."), Assert.Single(asSam.Needs.Broken));
        Assert.True(asVera.Needs.None);
    }

    [Theory]
    [InlineData(Roles.Auditor, true)]
    [InlineData(Roles.Administrator, true)]
    [InlineData(Roles.Operator, false)]
    [InlineData(Roles.Approver, false)]
    [InlineData(Roles.Viewer, false)]
    public async Task Read_activity_is_for_those_who_may_read_the_audit_log(string role, bool shown)
    {
        await using var portal = await SeededPortal.StartAsync(postgres);
        var (olivia, reader) = (await portal.PersonAsync("olivia", Roles.Operator), await portal.PersonAsync("reader", role));
        await portal.SweepAsync(await portal.ConnectAsync(olivia), SweepState.Complete);
        await portal.FileAsync(olivia, await portal.MemberAsync("ana"));
        var activity = (await ReadAsync(portal, reader)).Activity;
        Assert.Equal(shown, activity is not null);
        if (shown) Assert.Equal(("olivia", "requested removal", "R-1001 Remove ana"), activity!.Select(a => (a.Who, a.Did, a.About)).Single());
    }

    private static Task<OverviewPicture> ReadAsync(SeededPortal portal, Actor actor) => portal.Get<OverviewQueries>().ReadAsync(actor, Token);
}
