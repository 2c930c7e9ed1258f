using AdminPortal.Testing;
using AdminPortal.Web.Features.Audit;
using AdminPortal.Web.Features.Removals;
using AdminPortal.Web.Security;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Web.Tests.Features.Removals;

public sealed class RemovalServiceTests(PostgresFixture postgres)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task File_and_approve_by_a_second_person_starts_the_hold_and_is_audited()
    {
        await using var world = await RemovalWorld.CreateAsync(postgres, Token);
        var id = await world.FileAsync("Olivia", Token, world.Target(0));
        await world.ApproveAsync(id, "Arjun", Token);

        var request = await world.GetAsync(id, Token);
        Assert.Equal(RequestState.Approved, request.State);
        Assert.Equal(RemovalWorld.Now + world.Policy.Hold, request.DueAt);
        await using var db = await world.Contexts.CreateDbContextAsync(Token);
        Assert.Equal(["removal.requested", "removal.approved"],
            await db.AuditEntries.Where(e => e.ObjectId == id.ToString()).OrderBy(e => e.Sequence).Select(e => e.Action).ToListAsync(Token));
    }

    public static TheoryData<string, string> Refused => new()
    {
        { "Olivia", "role" },
        { "Sam", "own_request" },
        { "Vera", "role" },
        { "Priya", "role" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task Approve_by_somebody_who_must_not_is_refused_audited_and_changes_nothing(string who, string code)
    {
        await using var world = await RemovalWorld.CreateAsync(postgres, Token);
        var id = await world.FileAsync("Sam", Token, world.Target(0));

        var refused = await Assert.ThrowsAsync<RefusedException>(() => world.ApproveAsync(id, who, Token));

        Assert.Equal(code, refused.Refusal.Code);
        Assert.Equal(RequestState.Awaiting, (await world.GetAsync(id, Token)).State);
        await using var db = await world.Contexts.CreateDbContextAsync(Token);
        Assert.Single(await db.AuditEntries.Where(e => e.Outcome == AuditOutcome.Refused && e.ActorName == who).ToListAsync(Token));
        await world.ApproveAsync(id, "Arjun", Token);
        Assert.Equal(RequestState.Approved, (await world.GetAsync(id, Token)).State);
    }

    [Fact]
    public async Task Approve_blocked_meanwhile_is_refused()
    {
        await using var world = await RemovalWorld.CreateAsync(postgres, Token);
        var id = await world.FileAsync("Olivia", Token, world.Target(0));
        await using var db = await world.Contexts.CreateDbContextAsync(Token);
        await db.People.Where(p => p.Name == "Arjun").ExecuteUpdateAsync(p => p.SetProperty(x => x.BlockedAt, RemovalWorld.Now)
            .SetProperty(x => x.BlockedBy, world.People["Priya"].Id).SetProperty(x => x.BlockedByName, "Priya").SetProperty(x => x.BlockedReason, "Left the company on Friday."), Token);
        Assert.Equal("blocked", (await Assert.ThrowsAsync<RefusedException>(() => world.ApproveAsync(id, "Arjun", Token))).Refusal.Code);
    }

    [Fact]
    public async Task Approve_with_roles_confirmed_more_than_an_hour_ago_is_refused()
    {
        await using var world = await RemovalWorld.CreateAsync(postgres, Token);
        var id = await world.FileAsync("Olivia", Token, world.Target(0));
        world.Clock.Advance(TimeSpan.FromMinutes(60) + TimeSpan.FromSeconds(1));
        Assert.Equal("confirm", (await Assert.ThrowsAsync<RefusedException>(() => world.ApproveAsync(id, "Arjun", Token))).Refusal.Code);
        await using var db = await world.Contexts.CreateDbContextAsync(Token);
        var now = world.Clock.GetUtcNow();
        await db.People.Where(p => p.Name == "Arjun").ExecuteUpdateAsync(p => p.SetProperty(x => x.RolesConfirmedAt, now), Token);
        await world.ApproveAsync(id, "Arjun", Token);
    }

    [Theory]
    [InlineData("Priya", "owner")]
    [InlineData("Olivia", "yourself")]
    [InlineData("Target 1", "open")]
    public async Task File_for_somebody_who_cannot_be_removed_is_refused(string target, string code)
    {
        await using var world = await RemovalWorld.CreateAsync(postgres, Token);
        await world.FileAsync("Sam", Token, world.Target(1));
        var member = world.Members.Single(m => m.Name == target);
        var refused = await Assert.ThrowsAsync<RefusedException>(() => world.FileAsync("Olivia", Token, world.Target(0), member));
        Assert.Equal(code, refused.Refusal.Code);
        await world.FileAsync("Olivia", Token, world.Target(0));
    }

    [Fact]
    public async Task File_from_an_old_directory_is_refused()
    {
        await using var world = await RemovalWorld.CreateAsync(postgres, Token);
        world.Clock.Advance(TimeSpan.FromMinutes(56));
        Assert.Equal("directory", (await Assert.ThrowsAsync<RefusedException>(() => world.FileAsync("Olivia", Token, world.Target(0)))).Refusal.Code);
    }

    [Theory]
    [InlineData("Too short", "reason")]
    [InlineData("              ", "reason")]
    [InlineData("A lone surrogate {0} inside", "text")]
    [InlineData("A zero character {1} inside", "text")]
    public async Task File_with_a_bad_reason_is_refused(string reason, string code)
    {
        // Put in here: the test runner replaces both on the way.
        reason = reason.Replace("{0}", "\ud800", StringComparison.Ordinal).Replace("{1}", "\0", StringComparison.Ordinal);
        await using var world = await RemovalWorld.CreateAsync(postgres, Token);
        var refused = await Assert.ThrowsAsync<RefusedException>(() =>
            world.Service.FileAsync(Guid.CreateVersion7(), new Filing([world.Target(0).Id], reason), world.Actor("Olivia"), Token));
        Assert.Equal(code, refused.Refusal.Code);
    }

    [Fact]
    public async Task File_an_admin_or_a_long_list_needs_two_approvals()
    {
        await using var world = await RemovalWorld.CreateAsync(postgres, Token);
        var admin = await world.FileAsync("Olivia", Token, world.Target(39));
        var many = await world.FileAsync("Olivia", Token, [.. Enumerable.Range(0, 26).Select(world.Target)]);
        Assert.Equal(2, (await world.GetAsync(admin, Token)).ApprovalsNeeded);
        Assert.Equal(2, (await world.GetAsync(many, Token)).ApprovalsNeeded);

        await world.ApproveAsync(admin, "Arjun", Token);
        Assert.Equal(RequestState.Awaiting, (await world.GetAsync(admin, Token)).State);
        Assert.Equal("decided_already", (await Assert.ThrowsAsync<RefusedException>(() => world.ApproveAsync(admin, "Arjun", Token))).Refusal.Code);
        await world.ApproveAsync(admin, "Bea", Token);
        Assert.Equal(RequestState.Approved, (await world.GetAsync(admin, Token)).State);
    }

    [Fact]
    public async Task Approve_with_another_fingerprint_is_refused()
    {
        await using var world = await RemovalWorld.CreateAsync(postgres, Token);
        var id = await world.FileAsync("Olivia", Token, world.Target(0));
        foreach (var fingerprint in (string[])[new('0', 64), "", "no hex", new('a', 63)])
        {
            var refused = await Assert.ThrowsAsync<RefusedException>(() =>
                world.Service.ApproveAsync(Guid.CreateVersion7(), id, new DecisionInput(fingerprint, "", [], true), world.Actor("Arjun"), Token));
            Assert.Equal("fingerprint", refused.Refusal.Code);
        }
        await world.ApproveAsync(id, "Arjun", Token);
    }

    [Fact]
    public async Task Approve_with_unknown_impact_needs_the_tick()
    {
        await using var world = await RemovalWorld.CreateAsync(postgres, Token);
        var id = await world.FileAsync("Olivia", Token, world.Target(0));
        var fingerprint = Convert.ToHexStringLower((await world.GetAsync(id, Token)).Fingerprint);
        var refused = await Assert.ThrowsAsync<RefusedException>(() =>
            world.Service.ApproveAsync(Guid.CreateVersion7(), id, new DecisionInput(fingerprint, "", [], false), world.Actor("Arjun"), Token));
        Assert.Equal("impact_unknown", refused.Refusal.Code);
        await world.ApproveAsync(id, "Arjun", Token);
        Assert.True((await world.GetAsync(id, Token)).Decisions[0].WithoutImpact);
    }

    [Fact]
    public async Task Command_repeated_does_nothing_twice_and_returns_the_same()
    {
        await using var world = await RemovalWorld.CreateAsync(postgres, Token);
        var command = Guid.CreateVersion7();
        var filing = new Filing([world.Target(0).Id], "Left the company on Friday.");
        var ids = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => world.Service.FileAsync(command, filing, world.Actor("Olivia"), Token)));
        Assert.Single(ids.Distinct());
        await using var db = await world.Contexts.CreateDbContextAsync(Token);
        Assert.Equal(1, await db.RemovalRequests.CountAsync(Token));
        Assert.Equal(1, await db.AuditEntries.CountAsync(e => e.CommandId == command, Token));
        Assert.Equal("command_reused", (await Assert.ThrowsAsync<RefusedException>(() => world.Service.FileAsync(command, filing, world.Actor("Sam"), Token))).Refusal.Code);
    }

    [Fact]
    public async Task Approve_and_reject_at_once_have_one_outcome_and_the_loser_is_told()
    {
        await using var world = await RemovalWorld.CreateAsync(postgres, Token);
        for (var round = 0; round < 10; round++)
        {
            var id = await world.FileAsync("Olivia", Token, world.Target(round));
            var fingerprint = Convert.ToHexStringLower((await world.GetAsync(id, Token)).Fingerprint);
            var approve = world.Service.ApproveAsync(Guid.CreateVersion7(), id, new DecisionInput(fingerprint, "", [], true), world.Actor("Arjun"), Token);
            var reject = world.Service.RejectAsync(Guid.CreateVersion7(), id, new DecisionInput(fingerprint, "Not the right person.", [], true), world.Actor("Bea"), Token);
            var refusals = new List<RefusedException>();
            foreach (var decision in new[] { approve, reject })
            {
                try
                {
                    await decision;
                }
                catch (RefusedException refused)
                {
                    refusals.Add(refused);
                }
            }
            Assert.Equal("settled", Assert.Single(refusals).Refusal.Code);
            var request = await world.GetAsync(id, Token);
            Assert.Single(request.Decisions);
            Assert.Equal(request.Decisions[0].Verdict == Verdict.Approve ? RequestState.Approved : RequestState.Rejected, request.State);
        }
    }

    [Fact]
    public async Task File_the_same_person_at_once_opens_one_request()
    {
        await using var world = await RemovalWorld.CreateAsync(postgres, Token);
        var tries = new[] { "Olivia", "Sam", "Priya" }.Select(who => Record.ExceptionAsync(() => world.FileAsync(who, Token, world.Target(0))).AsTask()).ToArray();
        var outcomes = await Task.WhenAll(tries);
        Assert.Single(outcomes, exception => exception is null);
        Assert.All(outcomes.Where(exception => exception is not null), exception => Assert.Contains(Assert.IsType<RefusedException>(exception).Refusal.Code, (string[])["open", RemovalRequestMapping.OneOpenItem]));
    }

    [Fact]
    public async Task Claim_waits_for_the_hold_respects_pause_and_hands_each_item_to_one_worker()
    {
        await using var world = await RemovalWorld.CreateAsync(postgres, Token);
        var id = await world.FileAsync("Olivia", Token, [.. Enumerable.Range(0, 5).Select(world.Target)]);
        Assert.Null(await world.Claims.ClaimAsync(Token));
        await world.ApproveAsync(id, "Arjun", Token);
        Assert.Null(await world.Claims.ClaimAsync(Token));
        world.Clock.Advance(world.Policy.Hold);
        await world.Service.PauseAsync(Guid.CreateVersion7(), "Something looks wrong here.", world.Actor("Arjun"), Token);
        Assert.Null(await world.Claims.ClaimAsync(Token));
        await world.Service.ResumeAsync(Guid.CreateVersion7(), world.Actor("Priya"), Token);

        var claims = (await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => world.Claims.ClaimAsync(Token)))).OfType<Claimed>().ToList();
        while (await world.Claims.ClaimAsync(Token) is { } claim) claims.Add(claim);

        Assert.Equal(5, claims.Count);
        Assert.Equal(5, claims.Select(c => c.ItemId).Distinct().Count());
    }

    [Fact]
    public async Task Overdue_requests_expire_and_free_the_person()
    {
        await using var world = await RemovalWorld.CreateAsync(postgres, Token);
        var awaiting = await world.FileAsync("Olivia", Token, world.Target(0));
        var approved = await world.FileAsync("Olivia", Token, world.Target(1));
        await world.ApproveAsync(approved, "Arjun", Token);
        world.Clock.Advance(world.Policy.Hold + world.Policy.Window);
        Assert.True(await world.Claims.EndOverdueAsync(Token));
        Assert.False(await world.Claims.EndOverdueAsync(Token));
        Assert.Equal(RequestState.Expired, (await world.GetAsync(approved, Token)).State);
        world.Clock.Advance(world.Policy.Expiry);
        Assert.True(await world.Claims.EndOverdueAsync(Token));
        Assert.Equal(RequestState.Expired, (await world.GetAsync(awaiting, Token)).State);
    }
}
