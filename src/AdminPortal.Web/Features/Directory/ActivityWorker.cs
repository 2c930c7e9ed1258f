using AdminPortal.Web.Data;
using Microsoft.Extensions.Options;

namespace AdminPortal.Web.Features.Directory;

/// <summary>Reads Calendly's activity log when a round is due, and names who made the changes that were found. Any number of instances may do this on one database.</summary>
public sealed partial class ActivityWorker(
    ActivityFeedLease lease, ActivityRound round, ActivityAttribution attribution, Doorbell doorbell, IOptions<WorkerOptions> options, TimeProvider clock, ILogger<ActivityWorker> logger)
    : Worker([Topic.Changes, Topic.Connections], doorbell, options, clock, logger)
{
    /// <returns>Whether a round was due.</returns>
    public async Task<bool> WorkOnceAsync(CancellationToken cancellationToken)
    {
        if (await lease.ClaimAsync(cancellationToken) is not { } claim) return false;
        try
        {
            if (await round.ReadAsync(claim, cancellationToken) && await attribution.ExplainAsync(claim, cancellationToken) is > 0 and var explained) Log.Explained(logger, explained);
        }
        catch (ActivityFeedLostException)
        {
            Log.Lost(logger);
            return true;
        }
        finally
        {
            await lease.ReleaseAsync(claim, CancellationToken.None);
        }
        return true;
    }

    protected override Task<bool> WorkAsync(CancellationToken cancellationToken) => WorkOnceAsync(cancellationToken);

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "The activity log explains {Changes} changes")]
        public static partial void Explained(ILogger logger, int changes);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The activity log was taken over by another worker")]
        public static partial void Lost(ILogger logger);
    }
}
