using AdminPortal.Web.Data;
using Microsoft.Extensions.Options;

namespace AdminPortal.Web.Features.Directory;

/// <summary>Starts sweeps that are due and carries out the one that runs. Any number of instances may do this on one database.</summary>
public sealed partial class SweepWorker(
    SweepService sweeps, SweepLease lease, SweepRun run, Doorbell doorbell, IOptions<WorkerOptions> options, TimeProvider clock, ILogger<SweepWorker> logger)
    : Worker([Topic.Directory, Topic.Connections], doorbell, options, clock, logger)
{
    /// <summary>One look: starts what is due, then carries out what it can claim.</summary>
    /// <returns>Whether there was a sweep to carry out.</returns>
    public async Task<bool> WorkOnceAsync(CancellationToken cancellationToken)
    {
        await sweeps.StartDueAsync(cancellationToken);
        if (await lease.ClaimAsync(cancellationToken) is not { } claim) return false;
        Log.Claimed(logger, claim.Id, claim.Fence, claim.PagesRead);
        try
        {
            await run.ToEndAsync(claim, cancellationToken);
            Log.Ended(logger, claim.Id);
        }
        catch (SweepLostException)
        {
            Log.Lost(logger, claim.Id);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Stopping: another instance, or this one after its restart, need not wait for the lease to run out.
            await lease.ReleaseAsync(claim, CancellationToken.None);
            throw;
        }
        return true;
    }

    protected override Task<bool> WorkAsync(CancellationToken cancellationToken) => WorkOnceAsync(cancellationToken);

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "Sweep {Sweep} claimed with fence {Fence} after {Pages} pages")]
        public static partial void Claimed(ILogger logger, Guid sweep, long fence, int pages);

        [LoggerMessage(Level = LogLevel.Information, Message = "Sweep {Sweep} has ended, or asks a person")]
        public static partial void Ended(ILogger logger, Guid sweep);

        [LoggerMessage(Level = LogLevel.Warning, Message = "Sweep {Sweep} was taken over by another worker")]
        public static partial void Lost(ILogger logger, Guid sweep);
    }
}
