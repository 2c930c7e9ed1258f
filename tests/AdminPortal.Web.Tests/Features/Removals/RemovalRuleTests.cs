using AdminPortal.Web.Features.Removals;
using AdminPortal.Web.Security;

namespace AdminPortal.Web.Tests.Features.Removals;

public sealed class RemovalRuleTests
{
    private const string CalendlyUser = "https://api.calendly.com/users/R";
    private static readonly HumanIdentity Requester = Requests.Human("requester", CalendlyUser);
    private static readonly HumanIdentity Approver = Requests.Human("approver", "https://api.calendly.com/users/A");
    private static readonly DateTimeOffset Later = Requests.Filed.AddHours(1);

    public static TheoryData<string, string?> Relations => new()
    {
        { "stranger", null },
        { "requester", "own_request" },
        { "requester's second account by Calendly user", "own_request" },
        { "requester's second account by address", "own_request" },
        { "target by Calendly user", "own_removal" },
        { "target by address", "own_removal" },
        { "no approver", "role" },
        { "blocked", "blocked" },
    };

    /// <summary>Who may decide, over every relation to the request; the stranger is the positive control.</summary>
    [Theory]
    [MemberData(nameof(Relations))]
    public void WhyNotDecide_relation_refuses_with_its_code(string relation, string? code)
    {
        var request = Requests.New(Requester);
        var (who, isApprover, isBlocked) = relation switch
        {
            "stranger" => (Approver, true, false),
            "requester" => (Requester, true, false),
            "requester's second account by Calendly user" => (Requests.Human("second", CalendlyUser), true, false),
            "requester's second account by address" => (Requests.Human("second") with { Address = "REQUESTER@example.com" }, true, false),
            "target by Calendly user" => (Requests.Human("target", request.Items[0].UserUri), true, false),
            "target by address" => (Requests.Human("target") with { Address = "Target0@Example.com" }, true, false),
            "no approver" => (Approver, false, false),
            _ => (Approver, true, true),
        };
        Assert.Equal(code, request.WhyNotDecide(who, isApprover, isBlocked, Later)?.Code);
    }

    /// <summary>Every combination of roles: a role grants what the table in the design says and nothing else.</summary>
    [Fact]
    public void Permissions_every_role_combination_adds_up()
    {
        for (var mask = 0; mask < 1 << Roles.All.Count; mask++)
        {
            var roles = Roles.All.Where((_, index) => (mask & (1 << index)) != 0).ToArray();
            Assert.Equal(roles.Contains(Roles.Operator), roles.Grants(Permission.RequestRemoval));
            Assert.Equal(roles.Contains(Roles.Operator), roles.Grants(Permission.Invite));
            Assert.Equal(roles.Contains(Roles.Approver), roles.Grants(Permission.DecideRemoval));
            Assert.Equal(roles.Contains(Roles.Administrator), roles.Grants(Permission.BlockPeople));
            Assert.Equal(roles.Contains(Roles.Auditor) || roles.Contains(Roles.Administrator), roles.Grants(Permission.ReadAudit));
            Assert.Equal(roles.Length > 0, roles.Grants(Permission.Read));
        }
    }

    [Fact]
    public void Decide_last_approval_needed_starts_the_hold()
    {
        var request = Requests.New(Requester, approvals: 2);
        request.Decide(Requests.Decision(request, Approver, Verdict.Approve, Later));
        Assert.Equal(RequestState.Awaiting, request.State);
        Assert.Equal("decided_already", request.WhyNotDecide(Approver, true, false, Later)?.Code);

        request.Decide(Requests.Decision(request, Requests.Human("third"), Verdict.Approve, Later));

        Assert.Equal(RequestState.Approved, request.State);
        Assert.Equal(Later + request.Hold, request.DueAt);
        Assert.Equal(request.DueAt + request.Window, request.WindowEndsAt);
    }

    [Fact]
    public void Decide_not_before_later_than_the_hold_sets_the_due_time()
    {
        var request = Requests.New(Requester, notBefore: Later.AddDays(2));
        request.Decide(Requests.Decision(request, Approver, Verdict.Approve, Later));
        Assert.Equal(Later.AddDays(2), request.DueAt);
    }

    [Fact]
    public void Decide_other_fingerprint_is_refused_and_changes_nothing()
    {
        var request = Requests.New(Requester);
        var other = Requests.New(Requester);
        var decision = Requests.Decision(other, Approver, Verdict.Approve, Later);
        Assert.Equal("fingerprint", Assert.Throws<RefusedException>(() => request.Decide(decision)).Refusal.Code);
        Assert.Equal(RequestState.Awaiting, request.State);
        Assert.Empty(request.Decisions);
    }

    [Fact]
    public void Decide_everybody_left_out_is_a_rejection()
    {
        var request = Requests.New(Requester, people: 2);
        request.Decide(Requests.Decision(request, Approver, Verdict.Approve, Later, [.. request.Items.Select(i => i.Id)]));
        Assert.Equal(RequestState.Rejected, request.State);
        Assert.All(request.Items, item => Assert.Equal(ItemState.LeftOut, item.State));
    }

    [Fact]
    public void Decide_one_left_out_by_the_first_approver_stays_out()
    {
        var request = Requests.New(Requester, people: 2, approvals: 2);
        request.Decide(Requests.Decision(request, Approver, Verdict.Approve, Later, request.Items[0].Id));
        request.Decide(Requests.Decision(request, Requests.Human("third"), Verdict.Approve, Later));
        Assert.Equal([ItemState.LeftOut, ItemState.Pending], request.Items.Select(i => i.State));
        Assert.Equal(RequestState.Approved, request.State);
    }

    [Fact]
    public void Decide_reject_before_the_quorum_ends_the_request()
    {
        var request = Requests.New(Requester, approvals: 2);
        request.Decide(Requests.Decision(request, Approver, Verdict.Approve, Later));
        request.Decide(Requests.Decision(request, Requests.Human("third"), Verdict.Reject, Later));
        Assert.Equal(RequestState.Rejected, request.State);
        Assert.Equal(ItemState.Rejected, request.Items[0].State);
        Assert.Equal("settled", request.WhyNotDecide(Requests.Human("fourth"), true, false, Later)?.Code);
    }

    [Fact]
    public void WhyNotDecide_at_the_moment_of_expiry_refuses()
    {
        var request = Requests.New(Requester);
        Assert.Null(request.WhyNotDecide(Approver, true, false, request.ExpiresAt.AddTicks(-1)));
        Assert.Equal("expired", request.WhyNotDecide(Approver, true, false, request.ExpiresAt)?.Code);
    }

    [Fact]
    public void MayExecute_only_after_the_hold_and_inside_the_window()
    {
        var request = Requests.New(Requester);
        Assert.False(request.MayExecute(Later.AddDays(1)));
        request.Decide(Requests.Decision(request, Approver, Verdict.Approve, Later));
        Assert.False(request.MayExecute(request.DueAt!.Value.AddTicks(-1)));
        Assert.True(request.MayExecute(request.DueAt.Value));
        Assert.True(request.MayExecute(request.WindowEndsAt!.Value.AddTicks(-1)));
        Assert.False(request.MayExecute(request.WindowEndsAt.Value));
    }

    public static TheoryData<string, bool, string?, string?> Stoppers => new()
    {
        { "requester", false, null, null },
        { "approver", true, "not_requester", null },
        { "stranger", false, "not_requester", "role" },
        { "target", true, "not_requester", "own_removal" },
        { "blocked", true, "blocked", "blocked" },
    };

    [Theory]
    [MemberData(nameof(Stoppers))]
    public void WhyNotStop_relation_before_and_after_the_quorum(string relation, bool isApprover, string? before, string? after)
    {
        var request = Requests.New(Requester);
        var who = relation switch
        {
            "requester" => Requester,
            "target" => Requests.Human("target", request.Items[0].UserUri),
            _ => Requests.Human(relation),
        };
        Assert.Equal(before, request.WhyNotStop(who, isApprover, relation == "blocked")?.Code);
        request.Decide(Requests.Decision(request, Approver, Verdict.Approve, Later));
        Assert.Equal(after, request.WhyNotStop(who, isApprover, relation == "blocked")?.Code);
    }

    [Fact]
    public void Stop_while_executing_carries_the_claimed_one_on_and_cancels_the_rest()
    {
        var request = Requests.New(Requester, people: 3);
        request.Decide(Requests.Decision(request, Approver, Verdict.Approve, Later));
        var due = request.DueAt!.Value;
        request.BeginExecuting();
        request.Items[0].Claim(due, due.AddMinutes(1));
        request.Items[0].AboutToDelete(due);

        request.Stop(Requester, "The wrong list was used.", due);

        Assert.Equal([ItemState.Executing, ItemState.Cancelled, ItemState.Cancelled], request.Items.Select(i => i.State));
        Assert.Equal(RequestState.Executing, request.State);
        request.Items[0].Finish(ItemState.Removed, "read back", due, due);
        request.CloseIfFinished(due);
        Assert.Equal(RequestState.Closed, request.State);
    }

    [Fact]
    public void Finish_removed_without_delete_or_read_back_throws()
    {
        var request = Requests.New(Requester);
        request.Decide(Requests.Decision(request, Approver, Verdict.Approve, Later));
        var (item, due) = (request.Items[0], request.DueAt!.Value);
        item.Claim(due, due.AddMinutes(1));
        Assert.Throws<InvalidOperationException>(() => item.Finish(ItemState.Removed, "no DELETE", due, due));
        Assert.Throws<InvalidOperationException>(() => item.Finish(ItemState.AlreadyGone, "no read", due));
        item.AboutToDelete(due);
        Assert.Throws<InvalidOperationException>(() => item.Finish(ItemState.Removed, "no read", due));
        Assert.Throws<InvalidOperationException>(() => item.Finish(ItemState.Removed, "read before", due, due.AddSeconds(-1)));
        item.NeedAttention("unknown", due);
        Assert.Throws<InvalidOperationException>(() => item.Finish(ItemState.Expired, "sent", due));
        item.Claim(due, due.AddMinutes(1));
        item.Finish(ItemState.Removed, "read back", due, due);
        Assert.Equal(ItemState.Removed, item.State);
    }
}
