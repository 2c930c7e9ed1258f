using System.Net.Http.Json;
using System.Text.Json;
using AdminPortal.Testing;
using AdminPortal.Web.Features.Directory;
using AdminPortal.Web.Features.Invitations;
using AdminPortal.Web.Security;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Web.Tests.Features.Directory;

public sealed class ChangeTests(PostgresFixture postgres)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Sweep_tells_what_was_done_elsewhere_and_the_first_one_tells_nothing()
    {
        await using var world = await DirectoryWorld.StartAsync(postgres, 60, 4, Ct);
        await world.SweepAsync(Ct);
        await using var db = world.Db();
        Assert.Equal(0, await db.Changes.CountAsync(Ct));
        var people = await world.PlainMembersAsync(2, Ct);
        var before = await db.Members.AsNoTracking().SingleAsync(m => m.Uri == people[0].Uri, Ct);
        using var changed = await world.Simulator.Http.PatchAsJsonAsync($"/_sim/members/{people[0].Uuid}", new { role = "auditor", name = "Élodie Marchand", email = "elodie@example.com" }, Ct);
        using var left = await world.Simulator.Http.DeleteAsync($"/_sim/members/{people[1].Uuid}", Ct);
        using var joined = await world.Simulator.Http.PostAsJsonAsync("/_sim/members", new { email = "new@example.com", name = "Nora Lind" }, Ct);

        var sweep = await world.SweepAsync(Ct);
        var again = await world.SweepAsync(Ct);

        var changes = await db.Changes.AsNoTracking().OrderBy(c => c.Kind).ToListAsync(Ct);
        Assert.Equal(
            [
                (ChangeKind.EmailChanged, before.Name, before.Email, "elodie@example.com"), (ChangeKind.Joined, "Nora Lind", null, null),
                (ChangeKind.Left, (await db.Members.SingleAsync(m => m.Uri == people[1].Uri, Ct)).Name, null, null),
                (ChangeKind.Renamed, before.Name, before.Name, "Élodie Marchand"), (ChangeKind.RoleChanged, before.Name, before.Role, "auditor"),
            ],
            changes.Select(c => (c.Kind, c.Subject, c.Before, c.After)));
        Assert.All(changes, c => Assert.Equal((ChangeOrigin.OutOfBand, (Guid?)sweep.Id), (c.Origin, c.SweepId)));
        Assert.All(changes, c => Assert.Equal(7, c.Id.Version));
        Assert.Equal((1, 1, 1), (sweep.Joined, sweep.Left, sweep.Changed));
        Assert.Equal((SweepState.Complete, 0, 0, 0), (again.State, again.Joined, again.Left, again.Changed));
        Assert.Equal((await db.Members.SingleAsync(m => m.Email == "new@example.com", Ct)).JoinedAt, changes.Single(c => c.Kind == ChangeKind.Joined).HappenedAt);
    }

    [Fact]
    public async Task Whoever_joined_by_an_invitation_of_ours_is_ours_and_by_another_is_not()
    {
        await using var world = await DirectoryWorld.StartAsync(postgres, 20, 14, Ct);
        await world.SweepAsync(Ct);
        await using var db = world.Db();
        var olivia = await db.People.Where(p => p.Name == world.Olivia.Name).Select(p => p.Id).SingleAsync(Ct);
        var pending = await db.Invitations.Where(i => i.Status == InvitationStatus.Pending).OrderBy(i => i.Id).Take(3).ToListAsync(Ct);
        pending[0].InvitedBy = olivia;
        await db.SaveChangesAsync(Ct);
        foreach (var (invitation, answer) in pending.Zip(["accept", "accept", "decline"]))
        {
            using var told = await world.Simulator.Http.PostAsJsonAsync($"/_sim/invitations/{invitation.Uri.Split('/')[^1]}/{answer}", new { }, Ct);
            told.EnsureSuccessStatusCode();
        }

        await world.SweepAsync(Ct);

        var changes = await db.Changes.AsNoTracking().ToListAsync(Ct);
        var emails = await db.Members.ToDictionaryAsync(m => m.Id, m => m.Email, Ct);
        Assert.Equal(
            new[]
            {
                (ChangeKind.InvitationAccepted, pending[0].Email, ChangeOrigin.Ours, (Guid?)olivia), (ChangeKind.InvitationAccepted, pending[1].Email, ChangeOrigin.OutOfBand, null),
                (ChangeKind.InvitationDeclined, pending[2].Email, ChangeOrigin.OutOfBand, null),
                (ChangeKind.Joined, pending[0].Email, ChangeOrigin.Ours, olivia), (ChangeKind.Joined, pending[1].Email, ChangeOrigin.OutOfBand, null),
            }.OrderBy(c => $"{c}"),
            changes.Select(c => (c.Kind, c.MemberId is { } member ? emails[member] : c.Subject, c.Origin, c.PersonId)).OrderBy(c => $"{c}"));
    }

    [Fact]
    public async Task Invitation_that_a_sweep_saw_before_its_sender_had_the_answer_is_told_once_and_is_ours()
    {
        await using var world = await DirectoryWorld.StartAsync(postgres, 20, 0, Ct);
        await world.SweepAsync(Ct);
        await using var db = world.Db();
        var connection = await db.Connections.SingleAsync(Ct);
        var send = new InvitationSend { BatchId = Guid.CreateVersion7(), Line = 1, Email = "fresh@example.com", SenderId = connection.PersonId, ConnectionId = connection.Id, CreatedAt = DateTimeOffset.UtcNow };
        db.Add(send);
        await db.SaveChangesAsync(Ct);
        using var grant = await world.Simulator.Http.PostAsJsonAsync("/_sim/tokens", new { user = connection.CalendlyEmail, scope = "users:read organizations:write", kind = "pat" }, Ct);
        var token = (await grant.Content.ReadFromJsonAsync<JsonElement>(Ct)).GetProperty("access_token").GetString();
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{new Uri(connection.OrganizationUri).AbsolutePath}/invitations") { Content = JsonContent.Create(new { email = send.Email }), Headers = { Authorization = new("Bearer", token) } };
        using var answer = await world.Simulator.Http.SendAsync(request, Ct);
        answer.EnsureSuccessStatusCode();

        var sweep = await world.SweepAsync(Ct);
        var seen = await db.Changes.AsNoTracking().SingleAsync(Ct);
        Assert.Equal((ChangeKind.Invited, ChangeOrigin.OutOfBand, (Guid?)sweep.Id), (seen.Kind, seen.Origin, seen.SweepId));
        var read = (await world.Reader.InvitationsAsync(sweep, null, Ct)).Items.Single(i => i.Email == send.Email);
        await world.Get<InvitationLedger>().SentAsync(send, Actor.Portal with { PersonId = send.SenderId }, connection.OrganizationUri, read, null);

        var change = await db.Changes.AsNoTracking().SingleAsync(Ct);
        Assert.Equal((ChangeKind.Invited, ChangeOrigin.Ours, (Guid?)send.SenderId), (change.Kind, change.Origin, change.PersonId));
    }

    /// <summary>A sweep sees the departure between Calendly's effect and the worker that records it.</summary>
    [Theory]
    [InlineData("before the lists were compared", ChangeOrigin.Ours)]
    [InlineData("after the lists were compared", ChangeOrigin.Ours)]
    [InlineData("never", ChangeOrigin.OutOfBand)]
    public async Task Departure_is_told_once_and_is_ours_when_a_removal_was_sent(string sent, ChangeOrigin origin)
    {
        await using var portal = await SeededPortal.StartAsync(postgres);
        var olivia = await portal.PersonAsync("Olivia", Roles.Operator);
        var connection = await portal.ConnectAsync(olivia);
        await portal.SweepAsync(connection, SweepState.Complete);
        var member = await portal.MemberAsync("dario");
        var request = await portal.FileAsync(olivia, member);
        await portal.ApproveAsync(request, await portal.PersonAsync("Arjun", Roles.Approver));
        if (sent.StartsWith("before", StringComparison.Ordinal)) await portal.SendAsync(request);
        var claim = await portal.ClaimSweepAsync(connection);

        Assert.True(await portal.Get<SweepDepartures>().CompareAsync(claim, Ct));
        var suspect = Assert.Single(await portal.Get<SweepDepartures>().SuspectsAsync(claim, Ct));
        Assert.Equal((member.Id, sent.StartsWith("before", StringComparison.Ordinal), false), (suspect.Id, suspect.RemovedByUs, suspect.HasLeft));
        if (sent.StartsWith("after", StringComparison.Ordinal)) await portal.SendAsync(request);
        await portal.Get<SweepDepartures>().LeftAsync(claim, suspect, Ct);
        await using var db = await portal.ContextAsync();
        Assert.False(await SweepDepartures.MemberRemovedAsync(db, member.Uri, portal.Clock.GetUtcNow(), null, new OurRemoval(request, olivia.PersonId!.Value), Ct));

        var change = await db.Changes.SingleAsync(Ct);
        Assert.Equal((ChangeKind.Left, origin, origin == ChangeOrigin.Ours ? request : (Guid?)null, claim.Id), (change.Kind, change.Origin, change.RemovalRequestId, change.SweepId));
    }

    [Theory]
    [InlineData(5, true)]
    [InlineData(6, false)]
    public async Task Removals_of_ours_are_not_among_those_who_are_missing(int others, bool goesOn)
    {
        await using var portal = await SeededPortal.StartAsync(postgres);
        var olivia = await portal.PersonAsync("Olivia", Roles.Operator);
        var connection = await portal.ConnectAsync(olivia);
        await portal.SweepAsync(connection, SweepState.Complete);
        var request = await portal.FileAsync(olivia, await portal.MemberAsync("a"), await portal.MemberAsync("b"), await portal.MemberAsync("c"));
        await portal.ApproveAsync(request, await portal.PersonAsync("Arjun", Roles.Approver));
        await portal.SendAsync(request);
        for (var i = 0; i < others; i++) await portal.MemberAsync($"other{i}");
        var claim = await portal.ClaimSweepAsync(connection);

        Assert.Equal(goesOn, await portal.Get<SweepDepartures>().CompareAsync(claim, Ct));

        await using var db = await portal.ContextAsync();
        var sweep = await db.Sweeps.SingleAsync(s => s.Id == claim.Id, Ct);
        Assert.Equal((others, others + 3, goesOn ? SweepState.Running : SweepState.Asking), (sweep.Missing, sweep.Present, sweep.State));
        Assert.Equal(others + 3, await db.SweepSuspects.CountAsync(Ct));
    }
}
