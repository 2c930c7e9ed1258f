using System.Globalization;

namespace AdminPortal.Web.Features.Removals;

/// <summary>One person to be removed by one request, with the values that were approved.</summary>
public sealed class RemovalItem
{
    public Guid Id { get; init; } = Guid.CreateVersion7();
    public required Guid RequestId { get; init; }
    public RemovalRequest? Request { get; init; }
    public required Guid MemberId { get; init; }
    public required string MembershipUri { get; init; }
    public required string UserUri { get; init; }
    public required string Name { get; init; }
    public required string Email { get; init; }
    public required string Role { get; init; }
    public string? Note { get; init; }

    public ItemState State { get; private set; }
    /// <summary>Why it is in this state, in words.</summary>
    public string? Explanation { get; private set; }
    public DateTimeOffset? LeaseUntil { get; private set; }
    /// <summary>Grows with every claim; a worker that lost its lease writes nothing any more.</summary>
    public long Fence { get; private set; }
    public DateTimeOffset? ClaimedAt { get; private set; }
    /// <summary>Stored before the DELETE is sent: from then on only a read-back can end this item.</summary>
    public DateTimeOffset? DeleteSentAt { get; private set; }
    public DateTimeOffset? ReadBackAt { get; private set; }
    public int Attempts { get; private set; }
    public DateTimeOffset? NextAttemptAt { get; private set; }
    public DateTimeOffset? FinishedAt { get; private set; }

    public DateTimeOffset? ImpactReadAt { get; private set; }
    public string? ImpactProblem { get; private set; }
    public int? UpcomingMeetings { get; private set; }
    public DateTimeOffset? NextMeetingAt { get; private set; }
    public DateTimeOffset? LastMeetingAt { get; private set; }
    public int? HostedAlone { get; private set; }
    public int? EventTypes { get; private set; }
    public int? Webhooks { get; private set; }
    public int? Groups { get; private set; }
    public string? GroupsProblem { get; private set; }
    public uint Version { get; init; }

    /// <param name="now">The portal's time, which the rule compares.</param>
    /// <param name="leaseUntil">The database's time: leases are shared by instances whose clocks may differ.</param>
    public void Claim(DateTimeOffset now, DateTimeOffset leaseUntil)
    {
        if (State != ItemState.Executing) Move(ItemState.Executing, null);
        Fence++;
        Attempts++;
        ClaimedAt = now;
        LeaseUntil = leaseUntil;
        NextAttemptAt = null;
    }

    /// <summary>Stored before the first DELETE is sent.</summary>
    public void AboutToDelete(DateTimeOffset now) => DeleteSentAt ??= now;

    /// <summary>Calendly had no answer or asked to wait: again from the read, not before <paramref name="at"/>.</summary>
    public void TryAgain(DateTimeOffset at, string explanation)
    {
        (LeaseUntil, NextAttemptAt, Explanation) = (null, at, explanation);
    }

    public void NeedAttention(string explanation, DateTimeOffset tryAgainAt)
    {
        Move(ItemState.Attention, explanation);
        (LeaseUntil, NextAttemptAt) = (null, tryAgainAt);
    }

    /// <summary>Ends the item. Removed and already gone need the read that proves it.</summary>
    public void Finish(ItemState outcome, string explanation, DateTimeOffset now, DateTimeOffset? readBackAt = null)
    {
        if (outcome is ItemState.Removed && (DeleteSentAt is null || readBackAt is null || readBackAt < DeleteSentAt))
            throw new InvalidOperationException("Removed is claimed only after a DELETE and a read that found nothing.");
        if (outcome is ItemState.AlreadyGone && (readBackAt is null || readBackAt < DeleteSentAt))
            throw new InvalidOperationException("Already gone is claimed only after a read that found nothing.");
        Move(outcome, explanation);
        (ReadBackAt, FinishedAt, LeaseUntil, NextAttemptAt) = (readBackAt, now, null, null);
    }

    public void FreezeImpact(Impact impact, DateTimeOffset now)
    {
        (ImpactReadAt, ImpactProblem) = (now, impact.Problem);
        (UpcomingMeetings, NextMeetingAt, LastMeetingAt, HostedAlone) = (impact.UpcomingMeetings, impact.NextMeetingAt, impact.LastMeetingAt, impact.HostedAlone);
        (EventTypes, Webhooks, Groups, GroupsProblem) = (impact.EventTypes, impact.Webhooks, impact.Groups, impact.GroupsProblem);
    }

    /// <summary>Claimed, nothing sent, and no worker at it: it waits to be tried again.</summary>
    public bool WaitsUnsent => State == ItemState.Executing && DeleteSentAt is null && LeaseUntil is null;

    public Impact? FrozenImpact => ImpactReadAt is null ? null
        : new Impact(UpcomingMeetings, NextMeetingAt, LastMeetingAt, HostedAlone, EventTypes, Webhooks, Groups, GroupsProblem, ImpactProblem);

    private void Move(ItemState to, string? explanation)
    {
        if (!State.CanMoveTo(to)) throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"A removal item does not go from {State} to {to}."));
        if (DeleteSentAt is not null && to is (ItemState.Cancelled or ItemState.Expired))
            throw new InvalidOperationException("A DELETE was sent: only a read-back ends this item.");
        (State, Explanation) = (to, explanation);
    }
}

/// <summary>What removal would break, as counts; null means not known, never none.</summary>
/// <param name="GroupsProblem">Why the groups are not known. It holds up no decision: no meeting breaks with a group.</param>
/// <param name="Problem">Why some of the rest is not known.</param>
/// <param name="IsPassing">The problem may be gone in a moment, so it is not the reading that is frozen.</param>
public sealed record Impact(
    int? UpcomingMeetings, DateTimeOffset? NextMeetingAt, DateTimeOffset? LastMeetingAt, int? HostedAlone, int? EventTypes, int? Webhooks, int? Groups, string? GroupsProblem,
    string? Problem, bool IsPassing = false)
{
    public bool IsPartlyKnown => Problem is null || (UpcomingMeetings ?? EventTypes ?? Webhooks ?? Groups) is not null;
}
