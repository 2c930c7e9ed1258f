using AdminPortal.Testing;
using AdminPortal.Web.Features.Audit;
using AdminPortal.Web.Security;
using AdminPortal.Web.Tests.Features;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Web.Tests.Security;

/// <summary>Blocking people, and what a session means to whoever acts, on PostgreSQL as the app role.</summary>
public sealed class PeopleServiceTests(PostgresFixture postgres)
{
    private const string Reason = "Left the company on Friday.";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Block_says_who_why_and_since_when_ends_the_sessions_and_is_lifted_again()
    {
        await using var portal = await SeededPortal.StartAsync(postgres);
        var (priya, olivia, audrey, vera) = (await portal.PersonAsync("priya", Roles.Administrator), await portal.PersonAsync("olivia", Roles.Operator), await portal.PersonAsync("audrey", Roles.Auditor), await portal.PersonAsync("vera", Roles.Viewer));
        var service = portal.Get<PeopleService>();
        var (open, other) = (await SessionAsync(portal, olivia), await SessionAsync(portal, vera));
        Assert.Empty((await service.BlockedAsync(priya, Ct))!);

        await service.BlockAsync(Guid.CreateVersion7(), olivia.PersonId!.Value, $"  {Reason} ", priya, Ct);

        var row = Assert.Single((await service.BlockedAsync(audrey, Ct))!);
        Assert.Equal(("olivia", "priya", Reason, portal.Clock.GetUtcNow()), (row.Name, row.BlockedByName, row.BlockedReason, row.BlockedAt));
        Assert.Null(await service.BlockedAsync(vera, Ct));
        Assert.Equal([true, false], await EndedAsync(portal, open, other));
        Assert.Equal("blocked", await CodeAsync(() => ActAsync(portal, olivia)));
        Assert.Equal("blocked_already", await CodeAsync(() => service.BlockAsync(Guid.CreateVersion7(), olivia.PersonId.Value, Reason, priya, Ct)));

        await service.UnblockAsync(Guid.CreateVersion7(), olivia.PersonId.Value, priya, Ct);
        await ActAsync(portal, olivia);
        Assert.Empty((await service.BlockedAsync(priya, Ct))!);
        Assert.Equal("not_blocked", await CodeAsync(() => service.UnblockAsync(Guid.CreateVersion7(), olivia.PersonId.Value, priya, Ct)));
        // What was open stays ended.
        Assert.Equal([true, false], await EndedAsync(portal, open, other));
        await using var db = await portal.ContextAsync();
        var trail = await db.AuditEntries.Where(e => e.Outcome == AuditOutcome.Done && e.ObjectLabel == "olivia").OrderBy(e => e.Sequence).ToListAsync(Ct);
        Assert.Equal(["person.blocked", "person.unblocked"], trail.Select(e => e.Action));
        Assert.All(trail, entry => Assert.Contains(Reason, entry.Details, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("role")]
    [InlineData("yourself")]
    [InlineData("reason")]
    [InlineData("text")]
    [InlineData("unknown_person")]
    public async Task Block_that_is_not_allowed_changes_nothing(string code)
    {
        await using var portal = await SeededPortal.StartAsync(postgres);
        var (priya, olivia) = (await portal.PersonAsync("priya", Roles.Administrator), await portal.PersonAsync("olivia", Roles.Operator, Roles.Approver, Roles.Auditor, Roles.Viewer));
        var (actor, target, reason) = code switch
        {
            "role" => (olivia, priya.PersonId!.Value, Reason),
            "yourself" => (priya, priya.PersonId!.Value, Reason),
            "reason" => (priya, olivia.PersonId!.Value, "too short"),
            "text" => (priya, olivia.PersonId!.Value, "Left the company\0 on Friday."),
            _ => (priya, Guid.CreateVersion7(), Reason),
        };

        Assert.Equal(code, await CodeAsync(() => portal.Get<PeopleService>().BlockAsync(Guid.CreateVersion7(), target, reason, actor, Ct)));

        await using var db = await portal.ContextAsync();
        Assert.False(await db.People.AnyAsync(p => p.BlockedAt != null, Ct));
        Assert.Equal(AuditOutcome.Refused, (await db.AuditEntries.SingleAsync(e => e.Action == "person.blocked", Ct)).Outcome);
    }

    [Fact]
    public async Task Block_clicked_twice_is_one_block()
    {
        await using var portal = await SeededPortal.StartAsync(postgres);
        var (priya, olivia, command) = (await portal.PersonAsync("priya", Roles.Administrator), await portal.PersonAsync("olivia", Roles.Operator), Guid.CreateVersion7());
        var blocked = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => portal.Get<PeopleService>().BlockAsync(command, olivia.PersonId!.Value, Reason, priya, Ct)));
        Assert.Equal([olivia.PersonId!.Value], blocked.Distinct());
        await using var db = await portal.ContextAsync();
        Assert.Single(await db.AuditEntries.Where(e => e.Action == "person.blocked" && e.Outcome == AuditOutcome.Done).ToListAsync(Ct));
    }

    [Fact]
    public async Task Two_administrators_who_block_each_other_at_once_leave_one_of_them()
    {
        await using var portal = await SeededPortal.StartAsync(postgres);
        for (var round = 0; round < 20; round++)
        {
            var (one, two) = (await portal.PersonAsync($"one{round}", Roles.Administrator), await portal.PersonAsync($"two{round}", Roles.Administrator));
            async Task<string?> Block(Actor by, Actor whom)
            {
                try
                {
                    await portal.Get<PeopleService>().BlockAsync(Guid.CreateVersion7(), whom.PersonId!.Value, Reason, by, Ct);
                    return null;
                }
                catch (RefusedException refused)
                {
                    return refused.Refusal.Code;
                }
            }
            var codes = await Task.WhenAll(Block(one, two), Block(two, one));
            // The other one is told the truth, also when the database had to break up a deadlock.
            Assert.Equal([null, "blocked"], codes.Order());
            await using var db = await portal.ContextAsync();
            Assert.Equal(1, await db.People.CountAsync(p => p.BlockedAt != null && (p.Id == one.PersonId || p.Id == two.PersonId), Ct));
        }
    }

    [Fact]
    public async Task Block_waits_for_what_the_person_is_doing_at_that_moment()
    {
        await using var portal = await SeededPortal.StartAsync(postgres);
        var (priya, olivia) = (await portal.PersonAsync("priya", Roles.Administrator), await portal.PersonAsync("olivia", Roles.Operator));
        var (inside, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        var doing = portal.Get<UseCase>().RunAsync(Command.New("sweep.requested", Permission.Invite), olivia, async (_, _) =>
        {
            inside.SetResult();
            await goOn.Task;
            return new Done(new AuditObject("sweep", "1", "one"), Guid.CreateVersion7());
        }, Ct);
        await inside.Task;
        var block = portal.Get<PeopleService>().BlockAsync(Guid.CreateVersion7(), olivia.PersonId!.Value, Reason, priya, Ct);
        await WaitingAsync(portal);
        Assert.False(block.IsCompleted);
        goOn.SetResult();
        await doing;
        await block;
        await using var after = await portal.ContextAsync();
        Assert.Equal(["sweep.requested", "person.blocked"], (await after.AuditEntries.OrderBy(e => e.Sequence).ToListAsync(Ct)).Select(e => e.Action));
    }

    [Fact]
    public async Task Act_that_meets_a_block_on_its_way_waits_for_it_and_is_refused()
    {
        await using var portal = await SeededPortal.StartAsync(postgres);
        var (priya, olivia) = (await portal.PersonAsync("priya", Roles.Administrator), await portal.PersonAsync("olivia", Roles.Operator));
        await using var db = await portal.ContextAsync();
        await using var transaction = await db.Database.BeginTransactionAsync(Ct);
        await db.Database.ExecuteSqlAsync($"UPDATE people SET blocked_at = now(), blocked_by = {priya.PersonId}, blocked_by_name = 'priya', blocked_reason = {Reason} WHERE id = {olivia.PersonId}", Ct);

        var acting = CodeAsync(() => ActAsync(portal, olivia));
        await WaitingAsync(portal);
        Assert.False(acting.IsCompleted);
        await transaction.CommitAsync(Ct);

        Assert.Equal("blocked", await acting);
    }

    [Fact]
    public async Task Page_acts_only_while_its_own_session_is_open_and_confirmed()
    {
        await using var portal = await SeededPortal.StartAsync(postgres);
        var (olivia, vera) = (await portal.PersonAsync("olivia", Roles.Operator), await portal.PersonAsync("vera", Roles.Viewer));
        var now = portal.Clock.GetUtcNow();
        var page = olivia with { Session = new(await SessionAsync(portal, olivia), now, now) };
        await ActAsync(portal, page);

        Assert.Equal("session_ended", await CodeAsync(() => ActAsync(portal, olivia with { Session = new(Guid.CreateVersion7(), now, now) })));
        var foreign = await SessionAsync(portal, vera);
        Assert.Equal("session_ended", await CodeAsync(() => ActAsync(portal, olivia with { Session = new(foreign, now, now) })));
        // Another browser of the same person was confirmed since; this page was not.
        portal.Clock.Advance(SessionTicket.ConfirmedFor / 2);
        await portal.Get<Sessions>().SeenAsync(page.Session!.Id, Ct);
        portal.Clock.Advance(SessionTicket.ConfirmedFor / 2);
        await using (var db = await portal.ContextAsync()) await db.People.ExecuteUpdateAsync(p => p.SetProperty(x => x.RolesConfirmedAt, portal.Clock.GetUtcNow()), Ct);
        await ActAsync(portal, page);
        portal.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("confirm", await CodeAsync(() => ActAsync(portal, page)));
        await ActAsync(portal, page with { Session = page.Session! with { ConfirmedAt = portal.Clock.GetUtcNow() } });

        await portal.Get<PeopleService>().SignOutEverywhereAsync(olivia, Ct);
        Assert.Equal("session_ended", await CodeAsync(() => ActAsync(portal, page with { Session = page.Session! with { ConfirmedAt = portal.Clock.GetUtcNow() } })));
        Assert.Equal([false], await EndedAsync(portal, foreign));
    }

    [Fact]
    public async Task Page_that_nobody_was_at_for_an_hour_acts_no_more_and_no_later_sign_revives_it()
    {
        await using var portal = await SeededPortal.StartAsync(postgres);
        var (olivia, sessions) = (await portal.PersonAsync("olivia", Roles.Operator), portal.Get<Sessions>());
        var (first, second) = (await SessionAsync(portal, olivia), await SessionAsync(portal, olivia));
        async Task<Actor> OnAsync(Guid session)
        {
            var now = portal.Clock.GetUtcNow();
            await using var db = await portal.ContextAsync();
            await db.People.ExecuteUpdateAsync(p => p.SetProperty(x => x.RolesConfirmedAt, now), Ct);
            return olivia with { Session = new(session, now, now) };
        }
        portal.Clock.Advance(TimeSpan.FromMinutes(59));
        await sessions.SeenAsync(first, Ct);
        portal.Clock.Advance(TimeSpan.FromMinutes(1));

        var refused = await Assert.ThrowsAsync<RefusedException>(async () => await ActAsync(portal, await OnAsync(second)));
        Assert.Equal(("session_idle", "You were signed out after 60 min without anybody at the page. Reload it to sign in again; nothing was changed."), (refused.Refusal.Code, refused.Refusal.Words));
        Assert.Equal("session_idle", (await portal.Get<UseCase>().WhyNotAsync(Permission.Invite, await OnAsync(second), Ct))?.Code);
        await ActAsync(portal, await OnAsync(first));
        await sessions.SeenAsync(second, Ct);
        var standings = await sessions.StandingsAsync([first, second], Ct);
        Assert.Equal((false, true), (standings[first].Idle, standings[second].Idle));
        Assert.Equal("session_idle", await CodeAsync(async () => await ActAsync(portal, await OnAsync(second))));

        // The end of the day is asked as well, not only shown.
        portal.Clock.Advance(TimeSpan.FromMinutes(30));
        await sessions.SeenAsync(first, Ct);
        var late = (await OnAsync(first)) with { Session = new(first, portal.Clock.GetUtcNow() - TimeSpan.FromHours(8), portal.Clock.GetUtcNow()) };
        Assert.Equal("session_ended", await CodeAsync(() => ActAsync(portal, late)));
    }

    [Fact]
    public async Task Find_takes_text_as_text_leaves_out_oneself_and_the_blocked_and_is_bounded()
    {
        await using var portal = await SeededPortal.StartAsync(postgres);
        var priya = await portal.PersonAsync("priya", Roles.Administrator);
        for (var n = 0; n < PeopleService.MostFound + 2; n++) await portal.PersonAsync($"odd_{n:00}", Roles.Viewer);
        var (oddly, service) = (await portal.PersonAsync("oddly", Roles.Viewer), portal.Get<PeopleService>());

        Assert.Equal(PeopleService.MostFound, (await service.FindAsync("odd", priya, Ct)).Count);
        Assert.Equal(["oddly"], (await service.FindAsync(" ODDLY@example.COM", priya, Ct)).Select(p => p.Name));
        Assert.Equal(["odd_00"], (await service.FindAsync("d_00", priya, Ct)).Select(p => p.Name));
        Assert.Empty(await service.FindAsync("%", priya, Ct));
        Assert.Empty(await service.FindAsync(@"\", priya, Ct));
        Assert.Empty(await service.FindAsync("priya", priya, Ct));
        foreach (var reader in new[] { await portal.PersonAsync("olivia", Roles.Operator), await portal.PersonAsync("audrey", Roles.Auditor) })
            Assert.Empty(await service.FindAsync("oddly", reader, Ct));
        await service.BlockAsync(Guid.CreateVersion7(), oddly.PersonId!.Value, Reason, priya, Ct);
        Assert.Empty(await service.FindAsync("oddly", priya, Ct));
    }

    [Theory]
    [InlineData("UPDATE people SET blocked_at = now()")]
    [InlineData("UPDATE people SET blocked_at = now(), blocked_by = id, blocked_by_name = name, blocked_reason = 'myself'")]
    public async Task Block_without_who_and_why_or_by_oneself_is_refused_by_the_database(string sql)
    {
        await using var portal = await SeededPortal.StartAsync(postgres);
        await portal.PersonAsync("olivia", Roles.Operator);
        await using var db = await portal.ContextAsync();
        var refused = await Assert.ThrowsAsync<Npgsql.PostgresException>(() => db.Database.ExecuteSqlRawAsync(sql, Ct));
        Assert.Equal("ck_people_blocked", refused.ConstraintName);
    }

    private static Task<Guid> ActAsync(SeededPortal portal, Actor actor) => portal.Get<UseCase>().RunAsync(Command.New("sweep.requested", Permission.Invite), actor,
        (_, _) => Task.FromResult(new Done(new AuditObject("sweep", "1", "one"), Guid.CreateVersion7())), Ct);

    /// <summary>Until somebody stands in the queue for a row.</summary>
    private static Task WaitingAsync(SeededPortal portal) => Eventually.TrueAsync(async () =>
    {
        await using var db = await portal.ContextAsync();
        return (await db.Database.SqlQuery<int>($"SELECT count(*)::int AS \"Value\" FROM pg_locks WHERE NOT granted").ToListAsync(Ct))[0] > 0;
    }, Ct);

    private static async Task<string> CodeAsync(Func<Task> act) => (await Assert.ThrowsAsync<RefusedException>(act)).Refusal.Code;

    private static async Task<Guid> SessionAsync(SeededPortal portal, Actor actor)
    {
        await using var db = await portal.ContextAsync();
        var session = new Session { PersonId = actor.PersonId!.Value, StartedAt = portal.Clock.GetUtcNow(), SeenAt = portal.Clock.GetUtcNow() };
        db.Sessions.Add(session);
        await db.SaveChangesAsync(Ct);
        return session.Id;
    }

    private static async Task<IEnumerable<bool>> EndedAsync(SeededPortal portal, params Guid[] sessions)
    {
        var standings = await portal.Get<Sessions>().StandingsAsync(sessions, Ct);
        return sessions.Select(session => standings[session].Ended);
    }
}
