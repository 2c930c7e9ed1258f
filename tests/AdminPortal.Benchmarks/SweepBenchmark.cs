using System.Diagnostics;
using AdminPortal.Web.Features.Directory;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Benchmarks;

/// <summary>What it costs to make a complete sweep the directory: the first time, and when nothing has changed since.</summary>
public static class SweepBenchmark
{
    private const int Times = 5;
    private const double Bound = 0.5;

    public static async Task RunAsync(BenchmarkPortal portal, Report report, CancellationToken cancellationToken)
    {
        var (first, unchanged) = (new Timings(), new Timings());
        await ApplyAsync(portal, first, joined: portal.Members, cancellationToken);
        for (var time = 0; time < Times; time++) await ApplyAsync(portal, unchanged, joined: 0, cancellationToken);

        await using var db = await portal.ContextAsync(cancellationToken);
        // Everybody was written by one transaction; a row that was rewritten since would carry another's number.
        var writers = await db.Members.Select(m => m.Version).Distinct().CountAsync(cancellationToken);
        if (writers != 1) throw new InvalidOperationException($"Rows of {writers - 1} sweeps that changed nothing were written.");
        report.Floor("sweep applied, everybody is new", first);
        report.Against(first, "sweep applied, nothing has changed", unchanged, Bound);
    }

    private static async Task ApplyAsync(BenchmarkPortal portal, Timings timings, int joined, CancellationToken cancellationToken)
    {
        var claim = await portal.ReadEverybodyAsync(cancellationToken);
        var started = Stopwatch.GetTimestamp();
        await portal.Get<SweepPicture>().CompleteAsync(claim, cancellationToken);
        timings.Add(Stopwatch.GetElapsedTime(started));

        await using var db = await portal.ContextAsync(cancellationToken);
        var sweep = await db.Sweeps.AsNoTracking().SingleAsync(s => s.Id == claim.Id, cancellationToken);
        if (sweep is not { State: SweepState.Complete, Changed: 0 } || sweep.Joined != joined)
            throw new InvalidOperationException($"The sweep ended {sweep.State} with {sweep.Joined} joined and {sweep.Changed} changed.");
        await portal.SettleAsync(cancellationToken);
    }
}
