using System.Globalization;
using System.Security.Cryptography;
using AdminPortal.Web.Security;

namespace AdminPortal.Web.Features.Removals;

/// <summary>
/// The state machine of a removal. Everything that is approved is fixed at filing and covered by <see cref="Fingerprint"/>; the rules take
/// the time as a parameter. The page asks the rule, <see cref="RemovalService"/> enforces it, and the database refuses what contradicts it.
/// </summary>
public sealed class RemovalRequest
{
    public Guid Id { get; private init; } = Guid.CreateVersion7();
    /// <summary>The short number that people say: R-2291.</summary>
    public required int Number { get; init; }
    public required string OrganizationUri { get; init; }
    public required string OrganizationName { get; init; }

    public required Guid RequesterId { get; init; }
    public required string RequesterObjectId { get; init; }
    public required string RequesterTenantId { get; init; }
    public required string RequesterName { get; init; }
    public required string RequesterAddress { get; init; }
    public required string[] RequesterCalendlyUsers { get; init; }
    /// <summary>Whose Calendly authority acts; never anybody else's.</summary>
    public required Guid ConnectionId { get; init; }
    public required string ActingCalendlyUser { get; init; }

    public required string Reason { get; init; }
    public string? Ticket { get; init; }
    public DateTimeOffset? NotBefore { get; init; }
    public required int ApprovalsNeeded { get; init; }
    public required byte[] PolicyHash { get; init; }
    public required TimeSpan Hold { get; init; }
    public required TimeSpan Window { get; init; }
    public required DateTimeOffset FiledAt { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }
    public byte[] Canonical { get; private set; } = [];
    public byte[] Fingerprint { get; private set; } = [];

    public RequestState State { get; private set; }
    public DateTimeOffset? QuorumAt { get; private set; }
    public DateTimeOffset? DueAt { get; private set; }
    public DateTimeOffset? WindowEndsAt { get; private set; }
    public DateTimeOffset? EndedAt { get; private set; }
    /// <summary>Who ended it and why, where a person or a clock did: reject, cancel, stop, expiry, another policy.</summary>
    public Guid? EndedBy { get; private set; }
    public string? EndedByName { get; private set; }
    public string? EndedReason { get; private set; }
    public uint Version { get; init; }

    public List<RemovalItem> Items { get; init; } = [];
    public List<RemovalDecision> Decisions { get; init; } = [];

    public string Label => string.Create(CultureInfo.InvariantCulture, $"R-{Number}");
    public HumanIdentity Requester => new(RequesterId, RequesterObjectId, RequesterTenantId, RequesterName, RequesterAddress, RequesterCalendlyUsers);

    /// <summary>Computes the canonical bytes and the fingerprint of what is now complete. Called once, at filing.</summary>
    public void Seal()
    {
        if (Canonical.Length > 0) throw new InvalidOperationException("A request is sealed once.");
        Canonical = RemovalFingerprint.Canonical(this);
        Fingerprint = SHA256.HashData(Canonical);
    }

    public IEnumerable<RemovalDecision> Approvals => Decisions.Where(d => d.Verdict == Verdict.Approve);
    public int ApprovalsMissing => Math.Max(0, ApprovalsNeeded - Approvals.Count());

    /// <summary>The rule that the page shows and the service enforces: null when this person may decide now.</summary>
    public Refusal? WhyNotDecide(HumanIdentity who, bool isApprover, bool isBlocked, DateTimeOffset now)
    {
        if (State != RequestState.Awaiting) return WhySettled();
        if (isBlocked) return new("blocked", "You are blocked in this portal. An Administrator can lift that.");
        if (!isApprover) return new("role", "Deciding on removals needs the role Approver.");
        if (Requester.IsSameHumanAs(who)) return new("own_request", "You made this request, so another person must decide.");
        if (Items.Any(item => who.Is(item.UserUri, item.Email))) return new("own_removal", "This request is about you, so another person must decide.");
        if (Decisions.Exists(d => d.Approver.IsSameHumanAs(who)))
            return new("decided_already", "You have approved this request already; it needs one more person.");
        if (now >= ExpiresAt) return new("expired", "This request has expired. Ask for a new one.");
        return null;
    }

    /// <summary>Who was first, or what ended the request.</summary>
    private Refusal WhySettled()
    {
        var first = Decisions.OrderByDescending(d => d.DecidedAt).FirstOrDefault();
        var words = State switch
        {
            RequestState.Approved or RequestState.Executing or RequestState.Closed => $"{first?.ApproverName ?? "Somebody"} approved this request already.",
            RequestState.Rejected => $"{EndedByName ?? first?.ApproverName ?? "Somebody"} rejected this request.",
            RequestState.Cancelled => $"{EndedByName ?? "Somebody"} stopped this request.",
            RequestState.Stale => "This request is stale: " + (EndedReason ?? "something it covers has changed."),
            _ => "This request has expired. Ask for a new one.",
        };
        return new("settled", words);
    }

    /// <summary>Records a decision that <see cref="WhyNotDecide"/> allowed; the last approval needed starts the hold.</summary>
    public void Decide(RemovalDecision decision)
    {
        RequireFingerprint(decision);
        // Stored before this is called, so it may be in the list already.
        if (!Decisions.Contains(decision)) Decisions.Add(decision);
        var now = decision.DecidedAt;
        if (decision.Verdict == Verdict.Reject)
        {
            End(RequestState.Rejected, ItemState.Rejected, decision.ApproverId, decision.ApproverName, decision.Comment, now);
            return;
        }
        foreach (var item in Items.Where(item => decision.LeftOut.Contains(item.Id) && item.State == ItemState.Pending))
            item.Finish(ItemState.LeftOut, $"Left out by {decision.ApproverName}", now);
        if (Items.TrueForAll(item => item.State == ItemState.LeftOut))
        {
            End(RequestState.Rejected, ItemState.Rejected, decision.ApproverId, decision.ApproverName, "Everybody was left out.", now);
            return;
        }
        if (ApprovalsMissing > 0) return;
        Move(RequestState.Approved);
        QuorumAt = now;
        var holdEnds = now + Hold;
        DueAt = NotBefore > holdEnds ? NotBefore : holdEnds;
        WindowEndsAt = DueAt + Window;
    }

    /// <summary>A decision counts only for what was on the screen.</summary>
    public void RequireFingerprint(RemovalDecision decision)
    {
        if (!CryptographicOperations.FixedTimeEquals(decision.Fingerprint, Fingerprint))
            throw new RefusedException("fingerprint", "What you saw is not what is stored. Reload the page and look again; nothing was decided.");
    }

    /// <summary>Cancel before the quorum: the requester. Stop after it, until the last DELETE is sent: the requester or any approver not among the people removed.</summary>
    public Refusal? WhyNotStop(HumanIdentity who, bool isApprover, bool isBlocked)
    {
        if (isBlocked) return new("blocked", "You are blocked in this portal. An Administrator can lift that.");
        var own = Requester.IsSameHumanAs(who);
        if (State == RequestState.Awaiting)
            return own ? null : new("not_requester", $"Only {RequesterName} can cancel this request before it is approved. An approver can reject it.");
        if (State is not (RequestState.Approved or RequestState.Executing) || IsStopped || !Items.Exists(item => item.State.IsOpen() && item.DeleteSentAt is null))
            return new("settled", "There is nothing left to stop.");
        if (own) return null;
        if (!isApprover) return new("role", $"Only {RequesterName} or an Approver can stop this removal.");
        return Items.Any(item => who.Is(item.UserUri, item.Email)) ? new("own_removal", "This request is about you, so another person must stop it.") : null;
    }

    /// <summary>Somebody, or a clock, has ended this while one item was still being carried out: nothing more is begun.</summary>
    public bool IsStopped => EndedReason is not null;

    /// <summary>What was claimed, has sent nothing and waits to be tried again is given back, so that it ends with the rest.</summary>
    public void LetGoOfUnsent(DateTimeOffset now)
    {
        foreach (var item in Items.Where(item => item.WaitsUnsent)) item.NeedAttention("Given back before anything was sent.", now);
    }

    /// <summary>An item that came back unsent after the request was stopped ends as the others did.</summary>
    public void EndGivenBack(DateTimeOffset now)
    {
        if (!IsStopped) return;
        foreach (var item in Items.Where(item => item.State == ItemState.Attention && item.DeleteSentAt is null))
            item.Finish(EndedBy is null ? ItemState.Expired : ItemState.Cancelled, EndedReason!, now);
    }

    /// <summary>Finished items keep their outcome, one whose DELETE was sent is carried to its outcome, the rest become cancelled.</summary>
    public void Stop(HumanIdentity who, string reason, DateTimeOffset now) => End(RequestState.Cancelled, ItemState.Cancelled, who.PersonId, who.Name, reason, now);

    public bool IsOverdue(DateTimeOffset now) => State == RequestState.Awaiting ? now >= ExpiresAt
        : State is RequestState.Approved or RequestState.Executing && now >= WindowEndsAt;

    public void Expire(DateTimeOffset now) => End(RequestState.Expired, ItemState.Expired, null, null, State == RequestState.Awaiting
        ? "Nobody approved it in time." : "It was not carried out within its window.", now);

    public void BecomeStale(string why, DateTimeOffset now) => End(RequestState.Stale, ItemState.Stale, null, null, why, now);

    /// <summary>Due, inside its window, approved by as many as were needed, and stopped by nobody.</summary>
    public bool MayExecute(DateTimeOffset now) =>
        !IsStopped && State is RequestState.Approved or RequestState.Executing && ApprovalsMissing == 0 && now >= DueAt && now < WindowEndsAt;

    public void BeginExecuting()
    {
        if (State == RequestState.Approved) Move(RequestState.Executing);
    }

    /// <summary>A request is closed when its last item is.</summary>
    public void CloseIfFinished(DateTimeOffset now)
    {
        if (State != RequestState.Executing || Items.Exists(item => item.State.IsOpen())) return;
        Move(RequestState.Closed);
        EndedAt = now;
    }

    private void End(RequestState state, ItemState itemState, Guid? by, string? byName, string why, DateTimeOffset now)
    {
        foreach (var item in Items.Where(item => item.State == ItemState.Pending || (item.State == ItemState.Attention && item.DeleteSentAt is null)))
            item.Finish(itemState, why, now);
        (EndedBy, EndedByName, EndedReason) = (by, byName, why);
        if (State == RequestState.Executing)
        {
            CloseIfFinished(now);
            return;
        }
        Move(state);
        EndedAt = now;
    }

    private void Move(RequestState to)
    {
        if (!State.CanMoveTo(to)) throw new InvalidOperationException($"A removal request does not go from {State} to {to}.");
        State = to;
    }
}
