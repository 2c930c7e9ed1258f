using System.Collections.Concurrent;
using AdminPortal.Web.Data;

namespace AdminPortal.Web.Features.Members;

/// <summary>
/// Exact totals, kept until a member's row is written on whichever instance. The doorbell rings after that is committed, and once more after
/// it was deaf for a while; while it is deaf nothing is kept.
/// </summary>
public sealed class MemberTotals(MembersService members, Doorbell doorbell)
{
    private const int Most = 500;
    private sealed record Kept(long Rings, ConcurrentDictionary<MemberFilter, MemberCounts> Counts);
    private volatile Kept kept = new(-1, new());

    /// <inheritdoc cref="MembersService.CountAsync"/>
    public async Task<MemberCounts> CountAsync(MemberFilter filter, CancellationToken cancellationToken)
    {
        var asked = filter with { Role = null };
        // These two lists are short, and change with more than the members' rows.
        if (asked.Invited || asked.InRemoval || !doorbell.IsConnected) return await members.CountAsync(asked, cancellationToken);
        // Counted now, it is kept with the rings heard until now: a write that it may have missed rings afterwards.
        var (now, rings) = (kept, doorbell.Rings(Topic.Members));
        if (now.Rings != rings || now.Counts.Count >= Most) kept = now = new(rings, new());
        if (now.Counts.TryGetValue(asked, out var counts)) return counts;
        return now.Counts[asked] = await members.CountAsync(asked, cancellationToken);
    }
}
