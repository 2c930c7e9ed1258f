using AdminPortal.Web.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace AdminPortal.Web.Features.Directory;

/// <summary>Another worker has taken the sweep over: whoever gets this writes nothing any more.</summary>
public sealed class SweepLostException() : Exception("The sweep's lease was lost to another worker.");

/// <summary>
/// Who works on the running sweep: a lease by the database's clock, so that instances with different clocks agree, and a fence that grows
/// with every claim.
/// </summary>
public sealed class SweepLease(IDbContextFactory<PortalDbContext> contexts, IOptions<WorkerOptions> options)
{
    public TimeSpan Length => options.Value.Lease;

    public async Task<Sweep?> ClaimAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var claimed = await db.Sweeps.FromSql($"""
            UPDATE sweeps SET fence = fence + 1, lease_until = clock_timestamp() + {Length}
            WHERE id = (SELECT id FROM sweeps WHERE state = 'running' AND lease_until <= clock_timestamp()
                        ORDER BY started_at LIMIT 1 FOR UPDATE SKIP LOCKED)
            RETURNING *, xmin
            """).AsNoTracking().ToListAsync(cancellationToken);
        return claimed.SingleOrDefault();
    }

    public async Task ExtendAsync(Sweep claim, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await ExtendAsync(db, claim, cancellationToken);
    }

    /// <summary>The first statement of every write: it locks the sweep's row, so that nobody takes it over before the transaction ends.</summary>
    /// <exception cref="SweepLostException">The sweep belongs to another worker, or has ended.</exception>
    public async Task ExtendAsync(PortalDbContext db, Sweep claim, CancellationToken cancellationToken)
    {
        var mine = await db.Database.ExecuteSqlAsync($"""
            UPDATE sweeps SET lease_until = clock_timestamp() + {Length} WHERE id = {claim.Id} AND fence = {claim.Fence} AND state = 'running'
            """, cancellationToken);
        if (mine == 0) throw new SweepLostException();
    }

    /// <summary>Gives the sweep back at once, for whoever looks next.</summary>
    public async Task ReleaseAsync(Sweep claim, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await db.Database.ExecuteSqlAsync($"UPDATE sweeps SET lease_until = clock_timestamp() WHERE id = {claim.Id} AND fence = {claim.Fence}", cancellationToken);
    }
}
