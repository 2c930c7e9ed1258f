using AdminPortal.Web.Data;
using Microsoft.Extensions.Options;

namespace AdminPortal.Web.Features.Removals;

/// <summary>Carries out what was approved. Any number of these may run; each piece of work is a row with a lease.</summary>
public sealed class RemovalWorker(
    RemovalClaims claims, RemovalExecutor executor, ImpactReader impact, Doorbell doorbell, IOptions<WorkerOptions> options, TimeProvider clock, ILogger<RemovalWorker> logger)
    : Worker(Topic.Removals, doorbell, options, clock, logger)
{
    protected override async Task<bool> WorkAsync(CancellationToken cancellationToken)
    {
        if (await claims.EndOverdueAsync(cancellationToken)) return true;
        if (await claims.ClaimAsync(cancellationToken) is { } claim)
        {
            await executor.ExecuteAsync(claim, cancellationToken);
            return true;
        }
        return await impact.FreezeNextAsync(cancellationToken);
    }
}
