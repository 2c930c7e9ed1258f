using AdminPortal.Web.Data;
using Microsoft.Extensions.Options;

namespace AdminPortal.Web.Features.Removals;

/// <summary>Carries out what was approved. Any number of these may run; each piece of work is a row with a lease.</summary>
public sealed class RemovalWorker(
    RemovalClaims claims, RemovalExecutor executor, Doorbell doorbell, IOptions<WorkerOptions> options, TimeProvider clock, ILogger<RemovalWorker> logger)
    : Worker([Topic.Removals], doorbell, options, clock, logger)
{
    protected override async Task<bool> WorkAsync(CancellationToken cancellationToken)
    {
        if (await claims.ClaimAsync(cancellationToken) is not { } claim) return false;
        await executor.ExecuteAsync(claim, cancellationToken);
        return true;
    }
}

/// <summary>Ends requests whose clock has run out. A loop of its own: one request that cannot be ended holds up no removal.</summary>
public sealed class RemovalClock(RemovalClaims claims, Doorbell doorbell, IOptions<WorkerOptions> options, TimeProvider clock, ILogger<RemovalClock> logger)
    : Worker([Topic.Removals], doorbell, options, clock, logger)
{
    protected override Task<bool> WorkAsync(CancellationToken cancellationToken) => claims.EndOverdueAsync(cancellationToken);
}

/// <summary>Reads the impact of what was requested. A loop of its own: waiting for Calendly's budget here holds up no removal.</summary>
public sealed class ImpactWorker(ImpactReader impact, Doorbell doorbell, IOptions<WorkerOptions> options, TimeProvider clock, ILogger<ImpactWorker> logger)
    : Worker([Topic.Removals], doorbell, options, clock, logger)
{
    protected override Task<bool> WorkAsync(CancellationToken cancellationToken) => impact.FreezeNextAsync(cancellationToken);
}
