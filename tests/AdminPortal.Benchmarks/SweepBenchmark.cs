using System.Diagnostics;
using AdminPortal.Web.Features.Directory;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Benchmarks;

/// <summary>What it costs to make a complete sweep the directory: the first time, when nothing has changed since, and when one person in a hundred has.</summary>
public static class SweepBenchmark
{
    private const int Times = 3;
    private const double LogBytesAMember = 1;

    /// <param name="milliseconds">What applying one changed person in a hundred may take.</param>
    public static async Task RunAsync(BenchmarkPortal portal, Report report, double milliseconds, CancellationToken cancellationToken)
    {
        var size = $"{portal.Members:N0} members";
        var (pages, again, first, unchanged, changed, missing) = (new Timings(), new Timings(), new Timings(), new Timings(), new Timings(), new Timings());
        await ApplyAsync(portal, 0, pages, new Timings(), first, cancellationToken);
        var log = 0L;
        for (var time = 0; time < Times; time++) log = Math.Max(log, await ApplyAsync(portal, 0, again, missing, unchanged, cancellationToken));
        await using (var db = await portal.ContextAsync(cancellationToken))
        {
            // Everybody was written by one transaction; a row that was rewritten since would carry another's number.
            var writers = await db.Members.Select(m => m.Version).Distinct().CountAsync(cancellationToken);
            if (writers != 1) throw new InvalidOperationException($"Rows of {writers - 1} sweeps that changed nothing were written.");
        }
        for (var round = 1; round <= Times; round++) await ApplyAsync(portal, round, new Timings(), missing, changed, cancellationToken);

        report.Floor($"page of 100 new people stored, {size}", pages);
        report.Against(pages, $"page of 100 known people compared, {size}", again, 1.5);
        report.Plain($"who is missing, {size}", missing);
        report.Plain($"applied, everybody is new, {size}", first);
        report.Within($"applied, 1 % has changed, {size}", changed, milliseconds);
        report.Plain($"applied, nothing has changed, {size}", unchanged);
        report.Amount("log written then, bytes a member", (double)log / portal.Members, LogBytesAMember);
    }

    /// <returns>How much write-ahead log comparing and applying wrote, in bytes.</returns>
    private static async Task<long> ApplyAsync(BenchmarkPortal portal, int round, Timings pages, Timings missing, Timings applied, CancellationToken cancellationToken)
    {
        var claim = await portal.ReadEverybodyAsync(round, pages, cancellationToken);
        await portal.SettleAsync(cancellationToken);
        var log = await portal.LogAsync(cancellationToken);
        var started = Stopwatch.GetTimestamp();
        if (!await portal.Get<SweepDepartures>().CompareAsync(claim, cancellationToken)) throw new InvalidOperationException("The sweep asks.");
        missing.Add(Stopwatch.GetElapsedTime(started));
        started = Stopwatch.GetTimestamp();
        await portal.Get<SweepPicture>().CompleteAsync(claim, cancellationToken);
        applied.Add(Stopwatch.GetElapsedTime(started));
        log = await portal.LogAsync(cancellationToken) - log;

        await using var db = await portal.ContextAsync(cancellationToken);
        var sweep = await db.Sweeps.AsNoTracking().SingleAsync(s => s.Id == claim.Id, cancellationToken);
        var isFirst = await db.Sweeps.CountAsync(cancellationToken) == 1;
        var (joined, others) = isFirst ? (portal.Members, 0) : round == 0 ? (0, 0) : (portal.Joined(1), portal.Members / 100);
        if (sweep.State != SweepState.Complete || sweep.Joined != joined || sweep.MembershipsRead != portal.Members + portal.Joined(round) || Math.Abs(sweep.Changed - others) > others / 10)
            throw new InvalidOperationException($"The sweep ended {sweep.State} with {sweep.MembershipsRead} people, {sweep.Joined} joined and {sweep.Changed} changed.");
        await portal.SettleAsync(cancellationToken);
        return log;
    }
}
