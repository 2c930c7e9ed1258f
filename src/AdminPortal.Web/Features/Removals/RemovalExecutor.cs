using AdminPortal.Calendly;
using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Audit;
using AdminPortal.Web.Features.Connections;
using AdminPortal.Web.Features.Directory;
using AdminPortal.Web.Security;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace AdminPortal.Web.Features.Removals;

/// <summary>
/// Carries one claimed item to its outcome: authority, read, intent, DELETE, read-back, outcome. No transaction is open while Calendly is
/// asked. Whoever crashes here loses the lease, and the next worker begins with the read again.
/// </summary>
public sealed partial class RemovalExecutor(
    IDbContextFactory<PortalDbContext> contexts, CalendlyAccess calendly, AuditTrail audit,
    IOptions<WorkerOptions> workers, TimeProvider clock, ILogger<RemovalExecutor> logger)
{
    private static readonly TimeSpan AttentionRetry = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PauseRetry = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan MaxBackoff = TimeSpan.FromMinutes(5);

    /// <summary>Works on the item for as long as its lease allows and not longer: whoever takes it over must find nobody still at it.</summary>
    public async Task ExecuteAsync(Claimed claim, CancellationToken cancellationToken)
    {
        using var lease = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        lease.CancelAfter(workers.Value.Lease * 0.9);
        try
        {
            await CarryOutAsync(claim, lease.Token);
        }
        catch (OperationCanceledException) when (lease.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            await WriteAsync(claim, (i, now) => i.TryAgain(now + Backoff(i.Attempts), "Calendly did not answer in time. We do not know yet what happened, and look again."), null, cancellationToken);
        }
    }

    private async Task CarryOutAsync(Claimed claim, CancellationToken cancellationToken)
    {
        var (request, item) = await LoadAsync(claim, cancellationToken);
        if (await WhyNoAuthorityAsync(request, cancellationToken) is { } missing)
        {
            await WriteAsync(claim, (i, now) => i.NeedAttention(missing, now + AttentionRetry), null, cancellationToken);
            return;
        }
        if (item.DeleteSentAt is null && !request.MayExecute(clock.GetUtcNow()))
        {
            await EndOfWindowAsync(claim, item, cancellationToken);
            return;
        }
        var memberships = calendly.For(request.ConnectionId, Lane.People, request.ActingCalendlyUser).Memberships;
        try
        {
            var membership = await ReadAsync(memberships, item.MembershipUri, cancellationToken);
            if (membership is null)
            {
                var (gone, words) = item.DeleteSentAt is null
                    ? (ItemState.AlreadyGone, $"{item.Name} was already gone when we acted. Nothing was sent.")
                    : (ItemState.Removed, $"{item.Name} is removed; Calendly no longer knows the membership.");
                await FinishAsync(claim, gone, words, readBack: true, cancellationToken);
                return;
            }
            if (Difference(item, membership) is { } difference)
            {
                await FinishAsync(claim, ItemState.Stale, difference, readBack: item.DeleteSentAt is not null, cancellationToken);
                return;
            }
            if (!request.MayExecute(clock.GetUtcNow()))
            {
                await EndOfWindowAsync(claim, item, cancellationToken);
                return;
            }
            // Once more, right before: the read may have waited for the request budget.
            if (await WhyNoAuthorityAsync(request, cancellationToken) is { } lost)
            {
                await WriteAsync(claim, (i, now) => i.NeedAttention(lost, now + AttentionRetry), null, cancellationToken);
                return;
            }
            var intent = await AnnounceAsync(claim, cancellationToken);
            if (intent is null) return;
            await DeleteAsync(claim, item, memberships, intent.Value, cancellationToken);
        }
        catch (ConnectionUnusableException exception)
        {
            await WriteAsync(claim, (i, now) => i.NeedAttention($"{request.RequesterName}'s Calendly connection does not work: {exception.Message}", now + AttentionRetry), null, cancellationToken);
        }
        catch (CalendlyException exception)
        {
            await HandleAsync(claim, (await LoadAsync(claim, cancellationToken)).Item, request.RequesterName, exception, cancellationToken);
        }
    }

    private async Task DeleteAsync(Claimed claim, RemovalItem item, Memberships memberships, long intent, CancellationToken cancellationToken)
    {
        var answeredNotFound = false;
        CalendlyException? refusal = null;
        try
        {
            await memberships.RemoveAsync(item.MembershipUri, cancellationToken);
        }
        catch (CalendlyException exception) when (exception.Failure is CalendlyFailure.NotFound)
        {
            answeredNotFound = true;
        }
        catch (CalendlyException exception) when (IsFinalRefusal(exception.Failure))
        {
            refusal = exception;
        }
        var present = await ReadAsync(memberships, item.MembershipUri, cancellationToken) is not null;
        if (present && refusal is not null)
        {
            await FinishAsync(claim, ItemState.Failed, $"Calendly refused the removal of {item.Name}: {refusal.CalendlyMessage}", readBack: true, cancellationToken, intent);
            return;
        }
        if (present)
        {
            await WriteAsync(claim, (i, now) => i.TryAgain(now + Backoff(i.Attempts), "Calendly answered, but still lists the membership. We look again."), null, cancellationToken);
            return;
        }
        // An answer of 404 to the only DELETE ever sent means that somebody else was faster.
        if (answeredNotFound && item.DeleteSentAt is null)
            await FinishAsync(claim, ItemState.AlreadyGone, $"{item.Name} was already gone when we acted.", readBack: true, cancellationToken, intent);
        else
            await FinishAsync(claim, ItemState.Removed, $"{item.Name} is removed; Calendly no longer knows the membership.", readBack: true, cancellationToken, intent);
    }

    private static bool IsFinalRefusal(CalendlyFailure failure) =>
        failure is CalendlyFailure.PermissionDenied or CalendlyFailure.InvalidArgument or CalendlyFailure.Unknown or CalendlyFailure.ScimEnforced;

    private async Task HandleAsync(Claimed claim, RemovalItem item, string requester, CalendlyException exception, CancellationToken cancellationToken)
    {
        var why = CalendlyWords.Why(exception);
        switch (exception.Failure)
        {
            case CalendlyFailure.InsufficientScope:
                await WriteAsync(claim, (i, now) => i.NeedAttention($"Calendly refused the removal: {requester}'s connection lacks {string.Join(", ", exception.RequiredScopes)}. {(item.DeleteSentAt is null ? "Nothing was removed. " : "")}{requester} can reconnect.", now + AttentionRetry), null, cancellationToken);
                break;
            case CalendlyFailure.Unauthenticated:
                await WriteAsync(claim, (i, now) => i.NeedAttention($"{requester}'s Calendly connection stopped working. {requester} can reconnect.", now + AttentionRetry), null, cancellationToken);
                break;
            // A refused read says nothing about a DELETE that was sent before: only a read that is answered ends that.
            case var failure when IsFinalRefusal(failure) && item.DeleteSentAt is not null:
                await WriteAsync(claim, (i, now) => i.NeedAttention($"Calendly does not let {requester} look any more ({exception.CalendlyMessage}). The removal was sent; whether it happened is not known yet.", now + AttentionRetry), null, cancellationToken);
                break;
            case var failure when IsFinalRefusal(failure):
                await FinishAsync(claim, ItemState.Failed, $"Calendly refused the removal of {item.Name}: {exception.CalendlyMessage}", readBack: false, cancellationToken);
                break;
            default:
                // No answer, a fault, or slow down: what happened is unknown until the next read.
                var wait = exception.RetryAfter;
                await WriteAsync(claim, (i, now) => i.TryAgain(now + (wait ?? Backoff(i.Attempts)),
                    $"{char.ToUpperInvariant(why[0])}{why[1..]} when removing {item.Name}. We do not know yet whether the removal happened, and look again."), null, cancellationToken);
                break;
        }
    }

    /// <summary>After the window, or once stopped, nothing is sent any more: what was sent is reconciled, the rest is given back and ends.</summary>
    private Task EndOfWindowAsync(Claimed claim, RemovalItem item, CancellationToken cancellationToken) => item.DeleteSentAt is null
        ? WriteAsync(claim, (i, now) => i.NeedAttention("Not begun: its time has ended.", now), null, cancellationToken)
        : FinishAsync(claim, ItemState.Failed, $"Calendly still lists {item.Name} although the removal was sent, and it may not be sent again: it was stopped, or its time has ended. Nothing was removed.", readBack: true, cancellationToken);

    /// <summary>Stores the intent and its audit entry before the DELETE; null when it must not be sent: paused meanwhile, or the claim was lost.</summary>
    private async Task<long?> AnnounceAsync(Claimed claim, CancellationToken cancellationToken)
    {
        if (await IsPausedAsync(cancellationToken))
        {
            await WriteAsync(claim, (i, now) => i.TryAgain(now + PauseRetry, "Removals are paused."), null, cancellationToken);
            return null;
        }
        AuditEntry? intent = null;
        // Under the request's lock: whoever stops it comes before this or too late.
        await WriteAsync(claim, (i, now) =>
        {
            if (i.Request!.MayExecute(now) || i.DeleteSentAt is not null) i.AboutToDelete(now);
            else i.NeedAttention("Given back before anything was sent.", now);
        }, (db, request, item) => intent = item.DeleteSentAt is null ? null : audit.Add(db, Actor.Portal, "removal.execute", About(request, item), AuditOutcome.Intended,
                new { item.MembershipUri, item.Email, request.ConnectionId, request.ActingCalendlyUser, Fingerprint = Convert.ToHexStringLower(request.Fingerprint), item.Attempts }), cancellationToken);
        return intent?.Sequence;
    }

    private async Task<bool> IsPausedAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.RemovalSwitches.AnyAsync(s => s.PausedAt != null, cancellationToken);
    }

    private Task FinishAsync(Claimed claim, ItemState outcome, string words, bool readBack, CancellationToken cancellationToken, long? intent = null) =>
        WriteAsync(claim, (i, now) => i.Finish(outcome, words, now, readBack ? now : null), (db, request, item) =>
            audit.Add(db, Actor.Portal, "removal.execute", About(request, item), outcome is ItemState.Removed or ItemState.AlreadyGone ? AuditOutcome.Done : AuditOutcome.Failed,
                new { Outcome = outcome, item.MembershipUri, item.Email, item.DeleteSentAt, item.ReadBackAt, Words = words, request.ConnectionId }, intent: intent), cancellationToken);

    /// <summary>One short transaction under the request's lock; writes nothing when the lease went to another worker.</summary>
    private async Task<bool> WriteAsync(
        Claimed claim, Action<RemovalItem, DateTimeOffset> change, Action<PortalDbContext, RemovalRequest, RemovalItem>? record, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var request = await RemovalService.LockAsync(db, claim.RequestId, cancellationToken);
        var item = request.Items.Single(i => i.Id == claim.ItemId);
        if (item.Fence != claim.Fence || item.State != ItemState.Executing)
        {
            Log.LeaseLost(logger, request.Number, item.Fence);
            return false;
        }
        var now = clock.GetUtcNow();
        change(item, now);
        record?.Invoke(db, request, item);
        if (item.State is ItemState.Removed or ItemState.AlreadyGone)
            await SweepDepartures.MemberRemovedAsync(db, item.MembershipUri, now, null, item.State == ItemState.Removed ? new(request.Id, request.RequesterId) : null, cancellationToken);
        // The item first: the database closes a request only when its last item is.
        await db.SaveChangesAsync(cancellationToken);
        if (request.IsStopped)
        {
            // Stopped meanwhile: what comes back unsent is not tried again.
            request.LetGoOfUnsent(now);
            await db.SaveChangesAsync(cancellationToken);
            request.EndGivenBack(now);
            await db.SaveChangesAsync(cancellationToken);
        }
        request.CloseIfFinished(now);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    private async Task<(RemovalRequest Request, RemovalItem Item)> LoadAsync(Claimed claim, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var request = await db.RemovalRequests.AsNoTracking().Include(r => r.Items).Include(r => r.Decisions).AsSplitQuery().SingleAsync(r => r.Id == claim.RequestId, cancellationToken);
        return (request, request.Items.Single(i => i.Id == claim.ItemId));
    }

    /// <summary>Rights are checked again at execution, from the people's rows and the connection as they are now; null when all hold.</summary>
    private async Task<string?> WhyNoAuthorityAsync(RemovalRequest request, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var approverIds = request.Approvals.Select(d => d.ApproverId).ToList();
        var people = await db.People.AsNoTracking().Where(p => p.Id == request.RequesterId || approverIds.Contains(p.Id)).ToListAsync(cancellationToken);
        if (!people.Single(p => p.Id == request.RequesterId).Can(Permission.RequestRemoval)) return $"{request.RequesterName} is blocked or no longer Operator.";
        if (people.FirstOrDefault(p => approverIds.Contains(p.Id) && !p.Can(Permission.DecideRemoval)) is { } approver) return $"{approver.Name}, who approved, is blocked or no longer Approver.";
        var connection = await db.Connections.AsNoTracking().SingleAsync(c => c.Id == request.ConnectionId, cancellationToken);
        if (connection.CalendlyUserUri != request.ActingCalendlyUser) return $"{request.RequesterName}'s connection is another Calendly user than the one that was approved.";
        return connection.State == ConnectionState.Healthy ? null : $"{request.RequesterName}'s Calendly connection does not work. {request.RequesterName} can reconnect.";
    }

    private static async Task<OrganizationMembership?> ReadAsync(Memberships memberships, string uri, CancellationToken cancellationToken)
    {
        try
        {
            return await memberships.GetAsync(uri, cancellationToken);
        }
        catch (CalendlyException exception) when (exception.Failure is CalendlyFailure.NotFound)
        {
            return null;
        }
    }

    private static string? Difference(RemovalItem item, OrganizationMembership now) =>
        now.User.Uri != item.UserUri ? $"The membership belongs to another Calendly user now, so {item.Name} was not removed."
        : now.User.Email != item.Email ? $"{item.Name}'s email changed from {item.Email} to {now.User.Email}, so nothing was removed. Ask for a new request."
        : now.Role != item.Role ? $"{item.Name}'s role changed from {item.Role} to {now.Role}, so nothing was removed. Ask for a new request."
        : null;

    private static TimeSpan Backoff(int attempts) => TimeSpan.FromSeconds(Math.Min(MaxBackoff.TotalSeconds, Math.Pow(2, Math.Min(attempts, 10)) / 2));

    private static AuditObject About(RemovalRequest request, RemovalItem item) => new("removal", request.Id.ToString(), $"{request.Label} {item.Name}");

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "R-{Number}: the lease went to another worker (fence {Fence}); nothing was written")]
        public static partial void LeaseLost(ILogger logger, int number, long fence);
    }
}
