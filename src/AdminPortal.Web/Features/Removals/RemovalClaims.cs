using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Audit;
using AdminPortal.Web.Security;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace AdminPortal.Web.Features.Removals;

/// <summary>One item that this worker may carry out until its lease ends, and the fence that proves it.</summary>
public sealed record Claimed(Guid RequestId, Guid ItemId, long Fence);

/// <summary>Hands out due items, one at a time and each to one worker; lets what is overdue expire.</summary>
public sealed class RemovalClaims(
    IDbContextFactory<PortalDbContext> contexts, AuditTrail audit, IOptions<RemovalPolicy> policy, IOptions<WorkerOptions> workers, TimeProvider clock)
{
    /// <summary>Any number; all instances take the same one, so that together they never exceed a brake.</summary>
    private const long BrakeLock = 0x52_65_6d_6f_76_61_6c;

    public async Task<Claimed?> ClaimAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var now = clock.GetUtcNow();
        var databaseNow = (await db.Database.SqlQuery<DateTimeOffset>($"SELECT clock_timestamp() AS \"Value\"").ToListAsync(cancellationToken))[0];
        await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock({BrakeLock})", cancellationToken);
        var paused = await db.RemovalSwitches.AnyAsync(s => s.PausedAt != null, cancellationToken);
        var mayBegin = !paused && await BrakeAsync(db, now, cancellationToken) is null;

        // The request is locked, then the item: stops and decisions take the same order.
        var next = await db.Database.SqlQuery<Candidate>($"""
            SELECT r.id AS request_id, (
                SELECT i.id FROM removal_items i WHERE i.request_id = r.id AND (i.next_attempt_at IS NULL OR i.next_attempt_at <= {now})
                  AND (i.state = 'executing' AND (i.lease_until IS NULL OR i.lease_until < {databaseNow}) AND (i.delete_sent_at IS NOT NULL OR NOT {paused})
                       OR i.state = 'attention' AND i.delete_sent_at IS NOT NULL
                       OR {mayBegin} AND i.state IN ('pending', 'attention') AND r.due_at <= {now} AND r.window_ends_at > {now})
                ORDER BY i.state = 'executing' DESC, i.id LIMIT 1) AS item_id
            FROM removal_requests r
            WHERE r.state IN ('approved', 'executing') AND EXISTS (
                SELECT FROM removal_items i WHERE i.request_id = r.id AND (i.next_attempt_at IS NULL OR i.next_attempt_at <= {now})
                  AND (i.state = 'executing' AND (i.lease_until IS NULL OR i.lease_until < {databaseNow}) AND (i.delete_sent_at IS NOT NULL OR NOT {paused})
                       OR i.state = 'attention' AND i.delete_sent_at IS NOT NULL
                       OR {mayBegin} AND i.state IN ('pending', 'attention') AND r.due_at <= {now} AND r.window_ends_at > {now}))
            ORDER BY r.due_at LIMIT 1 FOR UPDATE OF r SKIP LOCKED
            """).ToListAsync(cancellationToken);
        if (next is not [{ ItemId: { } itemId, RequestId: var requestId }]) return null;

        var request = await RemovalService.LockAsync(db, requestId, cancellationToken);
        var item = request.Items.Single(i => i.Id == itemId);
        request.BeginExecuting();
        item.Claim(now, databaseNow + workers.Value.Lease);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new Claimed(request.Id, item.Id, item.Fence);
    }

    /// <summary>Why no removal is begun now, in words; null when none of the brakes binds.</summary>
    public async Task<string?> BrakeAsync(PortalDbContext db, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (hourAgo, dayAgo) = (now.AddHours(-1), now.AddDays(-1));
        var begun = await db.RemovalItems.Where(i => i.DeleteSentAt > dayAgo || i.State == ItemState.Executing)
            .GroupBy(_ => 1).Select(g => new { Day = g.Count(), Hour = g.Count(i => i.DeleteSentAt > hourAgo || i.State == ItemState.Executing) }).SingleOrDefaultAsync(cancellationToken);
        if (begun is null) return null;
        if (begun.Hour >= policy.Value.HourlyBrake) return $"{begun.Hour} removals in the last hour: the hourly brake of {policy.Value.HourlyBrake} binds.";
        var limit = policy.Value.DailyBrake(await db.Members.CountAsync(m => m.LeftAt == null, cancellationToken));
        return begun.Day >= limit ? $"{begun.Day} removals in 24 hours: the daily brake of {limit} binds." : null;
    }

    /// <summary>Ends one request whose clock has run out or whose policy is gone; false when there was none.</summary>
    public async Task<bool> EndOverdueAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var (now, hash) = (clock.GetUtcNow(), policy.Value.Hash());
        var overdue = await db.RemovalRequests.Where(r =>
                (r.State == RequestState.Awaiting && (r.ExpiresAt <= now || r.PolicyHash != hash))
                || (r.State == RequestState.Approved && r.WindowEndsAt <= now)
                || (r.State == RequestState.Executing && r.WindowEndsAt <= now && r.Items.Any(i => i.DeleteSentAt == null
                    && (i.State == ItemState.Pending || i.State == ItemState.Attention || (i.State == ItemState.Executing && i.LeaseUntil == null)))))
            .OrderBy(r => r.Id).Select(r => r.Id).FirstOrDefaultAsync(cancellationToken);
        if (overdue == Guid.Empty) return false;
        var request = await RemovalService.LockAsync(db, overdue, cancellationToken);
        // Locked now: somebody may have been faster.
        if (request.IsOverdue(now))
        {
            request.LetGoOfUnsent(now);
            await db.SaveChangesAsync(cancellationToken);
            request.Expire(now);
        }
        else if (request.State == RequestState.Awaiting && !request.PolicyHash.AsSpan().SequenceEqual(hash)) request.BecomeStale("the approval policy has changed since it was filed.", now);
        else return true;
        audit.Add(db, Actor.Portal, request.State == RequestState.Stale ? "removal.stale" : "removal.expired",
            new AuditObject("removal", request.Id.ToString(), $"{request.Label} {RemovalQueries.Title(request)}"), AuditOutcome.Done, new { request.State, request.EndedReason });
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    private sealed record Candidate(Guid RequestId, Guid? ItemId);
}
