using AdminPortal.Testing;
using AdminPortal.Web.Features.Directory;
using AdminPortal.Web.Features.Invitations;
using AdminPortal.Web.Features.Members;
using AdminPortal.Web.Shell;

namespace AdminPortal.Web.Tests.Features.Members;

public sealed class MemberHistoryTests(PostgresFixture postgres)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task History_holds_changes_invitations_and_requests_in_one_line_of_time()
    {
        await using var portal = await SeededPortal.StartAsync(postgres);
        var (olivia, sam, priya) = (await portal.PersonAsync("Olivia Ortiz", "Operator"), await portal.PersonAsync("Sam Okafor", "Approver"), await portal.PersonAsync("Priya Nair", "Operator"));
        await portal.ConnectAsync(priya);
        await portal.SweepAsync(await portal.ConnectAsync(olivia), SweepState.Complete);
        var (kim, ada) = (await portal.MemberAsync("Kim Berg"), await portal.MemberAsync("Ada Berg"));
        await portal.InvitationAsync("kim", 400, InvitationStatus.Accepted, priya.PersonId, kim);
        await portal.InvitationAsync("other", 3);
        await portal.ChangeAsync(ChangeKind.RoleChanged, kim, minutesAgo: 60);
        await portal.ChangeAsync(ChangeKind.RoleChanged, ada, minutesAgo: 30);
        var first = await portal.FileAsync(olivia, kim);
        await portal.Get<AdminPortal.Web.Features.Removals.RemovalService>().StopAsync(Guid.CreateVersion7(), first, "Was the wrong person after all.", olivia, Ct);
        portal.Clock.Advance(TimeSpan.FromMinutes(1));
        var second = await portal.FileAsync(olivia, kim);
        await portal.ApproveAsync(second, sam);
        await portal.ExecuteAsync(second);
        await portal.ChangeAsync(ChangeKind.Left, kim, origin: ChangeOrigin.Ours, request: second);

        var history = await portal.Get<MemberHistory>().ReadAsync(kim, 50, Ct);

        Assert.Equal(
            [
                "Left. Removed here: R-1002", "Removal requested by Olivia Ortiz: R-1002",
                "Removal R-1001: cancelled", "Removal requested by Olivia Ortiz: R-1001",
                "Role changed outside this portal", "Accepted the invitation after 1.2 days", "Invited by Priya Nair",
            ],
            history.Lines.Select(line => string.Concat(line.Words.Select(word => word.Text)).Split(". Was")[0]).Select(text => text.StartsWith("Removal R-1001", StringComparison.Ordinal) ? "Removal R-1001: cancelled" : text));
        Assert.Contains(history.Lines[0].Words, word => word.Href == Urls.Removal(second));
        Assert.False(history.HasMore);
        var newest = await portal.Get<MemberHistory>().ReadAsync(kim, 3, Ct);
        Assert.Equal(history.Lines.Take(3).Select(l => l.At), newest.Lines.Select(l => l.At));
        Assert.True(newest.HasMore);
    }

    [Fact]
    public async Task Member_who_was_there_before_the_portal_has_joined_when_Calendly_says()
    {
        await using var portal = await SeededPortal.StartAsync(postgres);
        var kim = await portal.MemberAsync("Kim Berg");

        var line = Assert.Single((await portal.Get<MemberHistory>().ReadAsync(kim, 10, Ct)).Lines);

        Assert.Equal((kim.JoinedAt, "Joined"), (line.At, line.Words.Single().Text));
    }
}
