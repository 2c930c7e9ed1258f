using AdminPortal.Web.Features.Removals;
using CsCheck;

namespace AdminPortal.Web.Tests.Features.Removals;

/// <summary>Random histories on the pure machine: whatever people and workers do, nothing is executed that was not approved.</summary>
public sealed class RemovalMachineTests
{
    private enum Step
    {
        Approve, Reject, LeaveOneOut, Stop, Claim, Delete, FinishRemoved, FinishGone, Fail, Attention, Expire, Wait,
    }

    [Fact]
    public void Machine_random_history_keeps_its_invariants() =>
        Gen.Select(Gen.Int[1, 3], Gen.Int[1, 2], Gen.Select(Gen.Enum<Step>(), Gen.Int[0, 5], Gen.Int[0, 100_000]).Array[0, 40])
            .Sample((people, approvals, history) =>
            {
                var requester = Requests.Human("requester", "https://api.calendly.com/users/R");
                HumanIdentity[] humans = [requester, .. Enumerable.Range(0, 5).Select(n => Requests.Human($"human{n}"))];
                var request = Requests.New(requester, people, approvals);
                var now = Requests.Filed;
                foreach (var (step, pick, seconds) in history)
                {
                    var unsent = request.IsStopped ? request.Items.Where(i => i.DeleteSentAt is null).ToList() : [];
                    Apply(request, step, humans[pick], request.Items[pick % people], ref now, seconds);
                    Check(request, requester);
                    // Once stopped, nothing is sent any more.
                    Assert.All(unsent, item => Assert.Null(item.DeleteSentAt));
                }
            }, iter: 20_000);

    private static void Apply(RemovalRequest request, Step step, HumanIdentity who, RemovalItem item, ref DateTimeOffset now, int seconds)
    {
        switch (step)
        {
            case Step.Approve or Step.Reject or Step.LeaveOneOut:
                var verdict = step == Step.Reject ? Verdict.Reject : Verdict.Approve;
                if (request.WhyNotDecide(who, true, false, now) is null)
                    request.Decide(Requests.Decision(request, who, verdict, now, step == Step.LeaveOneOut ? [item.Id] : []));
                break;
            case Step.Stop when request.WhyNotStop(who, true, false) is null:
                request.Stop(who, "Stopped for a good reason.", now);
                break;
            case Step.Claim when request.MayExecute(now) && item.State is (ItemState.Pending or ItemState.Attention):
                request.BeginExecuting();
                item.Claim(now, now.AddMinutes(1));
                break;
            case Step.Delete when item.State == ItemState.Executing && request.MayExecute(now):
                item.AboutToDelete(now);
                break;
            case Step.FinishRemoved when item.State == ItemState.Executing && item.DeleteSentAt is not null:
                item.Finish(ItemState.Removed, "read back", now, now);
                break;
            case Step.FinishGone when item.State == ItemState.Executing && item.DeleteSentAt is null:
                item.Finish(ItemState.AlreadyGone, "read", now, now);
                break;
            case Step.Fail when item.State == ItemState.Executing:
                item.Finish(ItemState.Failed, "refused", now);
                break;
            case Step.Attention when item.State == ItemState.Executing:
                item.NeedAttention("broken", now);
                break;
            case Step.Expire when request.IsOverdue(now):
                request.Expire(now);
                break;
            case Step.Wait:
                now = now.AddSeconds(seconds);
                break;
        }
        request.CloseIfFinished(now);
    }

    private static void Check(RemovalRequest request, HumanIdentity requester)
    {
        Assert.DoesNotContain(request.Decisions, d => d.Approver.IsSameHumanAs(requester));
        Assert.Equal(request.Decisions.Count, request.Decisions.Select(d => d.ApproverObjectId).Distinct().Count());
        var begun = request.Items.Where(i => i.ClaimedAt is not null).ToList();
        if (begun.Count > 0)
        {
            Assert.True(request.Approvals.Count() >= request.ApprovalsNeeded);
            Assert.All(begun, i => Assert.True(i.ClaimedAt >= request.DueAt && (i.DeleteSentAt is null || i.DeleteSentAt < request.WindowEndsAt)));
        }
        var leftOut = request.Decisions.SelectMany(d => d.LeftOut).ToHashSet();
        Assert.DoesNotContain(request.Items, i => leftOut.Contains(i.Id) && i.ClaimedAt is not null);
        Assert.All(request.Items.Where(i => i.State == ItemState.Removed), i => Assert.True(i.DeleteSentAt is not null && i.ReadBackAt >= i.DeleteSentAt));
        if (!request.State.IsOpen()) Assert.DoesNotContain(request.Items, i => i.State.IsOpen());
    }
}
