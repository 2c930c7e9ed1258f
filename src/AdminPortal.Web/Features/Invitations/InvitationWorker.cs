using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Connections;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace AdminPortal.Web.Features.Invitations;

/// <summary>
/// Sends what people asked for. Any number of instances share the rows by leases; a claimed row stays claimed while its worker lives, and
/// one whose worker died is taken over by reading what Calendly knows.
/// </summary>
public sealed partial class InvitationWorker(
    IDbContextFactory<PortalDbContext> contexts, InvitationSender sender, Doorbell doorbell, IOptions<WorkerOptions> options, TimeProvider clock, ILogger<InvitationWorker> logger)
    : Worker([Topic.Invitations], doorbell, options, clock, logger)
{
    /// <summary>How many are on their way at once, so that one sender who has to wait does not hold up the others.</summary>
    private const int Hands = 3;
    private readonly IOptions<WorkerOptions> options = options;
    private readonly TimeProvider clock = clock;
    private readonly ILogger logger = logger;

    protected override async Task<bool> WorkAsync(CancellationToken cancellationToken)
    {
        await ParkAsync(cancellationToken);
        var worked = await Task.WhenAll(Enumerable.Range(0, Hands).Select(_ => SendNextAsync(cancellationToken)));
        return worked.Any(sent => sent);
    }

    /// <summary>Takes one address that is due and carries it as far as it goes now.</summary>
    /// <returns>False when nothing is due.</returns>
    private async Task<bool> SendNextAsync(CancellationToken cancellationToken)
    {
        if (await ClaimAsync(cancellationToken) is not { } send) return false;
        using var lost = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var done = new CancellationTokenSource();
        var keeping = KeepAsync(send, lost, done.Token);
        try
        {
            await sender.SendAsync(send, lost.Token);
        }
        catch (OperationCanceledException) when (lost.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            Log.Lost(logger, send.Id);
        }
        finally
        {
            await done.CancelAsync();
            await keeping;
        }
        return true;
    }

    /// <summary>What runs on a connection that does not work waits visibly until its owner has reconnected.</summary>
    private async Task ParkAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await db.Database.ExecuteSqlAsync($"""
            UPDATE invitation_sends SET state = 'attention', result = 'The sender’s Calendly connection does not work. This goes out after reconnecting.'
            FROM connections WHERE connections.id = invitation_sends.connection_id AND connections.state <> 'healthy' AND invitation_sends.state = 'waiting'
            """, cancellationToken);
    }

    private async Task<InvitationSend?> ClaimAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var claimed = await db.InvitationSends.FromSql($"""
            UPDATE invitation_sends SET state = 'sending', lease_until = clock_timestamp() + {options.Value.Lease}, fence = fence + 1
            WHERE id = (
                SELECT s.id FROM invitation_sends s JOIN connections c ON c.id = s.connection_id
                WHERE s.state IN ('waiting', 'sending', 'attention') AND c.state = 'healthy' AND (s.lease_until IS NULL OR s.lease_until < clock_timestamp())
                ORDER BY s.created_at, s.line LIMIT 1 FOR UPDATE OF s SKIP LOCKED)
            RETURNING *, xmin
            """).AsNoTracking().ToListAsync(cancellationToken);
        return claimed.SingleOrDefault();
    }

    /// <summary>Keeps the lease while the work lasts; waiting for the request budget may take longer than any lease.</summary>
    private async Task KeepAsync(InvitationSend send, CancellationTokenSource lost, CancellationToken done)
    {
        using var timer = new PeriodicTimer(options.Value.Lease / 3, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(done))
            {
                await using var db = await contexts.CreateDbContextAsync(done);
                var kept = await db.Database.ExecuteSqlAsync($"""
                    UPDATE invitation_sends SET lease_until = clock_timestamp() + {options.Value.Lease} WHERE id = {send.Id} AND fence = {send.Fence} AND finished_at IS NULL
                    """, done);
                if (kept == 0) await lost.CancelAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // Done.
        }
        catch (Exception exception)
        {
            // Without its lease the work may be somebody else's.
            Log.NotKept(logger, exception);
            await lost.CancelAsync();
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "The lease of an invitation could not be kept")]
        public static partial void NotKept(ILogger logger, Exception exception);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The lease of invitation {Send} was lost; another worker finishes it")]
        public static partial void Lost(ILogger logger, Guid send);
    }
}
