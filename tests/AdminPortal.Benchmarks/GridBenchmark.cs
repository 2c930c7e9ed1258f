using System.Diagnostics;
using AdminPortal.Web.Features.Members;
using AdminPortal.Web.Shell;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Benchmarks;

/// <summary>Pages of the grid beside their floor: as many members by primary key, through the same context and connection pool.</summary>
public static class GridBenchmark
{
    private const int Rows = 100;
    private const int WarmUp = 30;
    private const int Times = 300;

    // About three times what was measured, and well below what the same query costs when it misses its index.
    private const double PageBound = 3;
    private const double WideSearchBound = 10;
    private const double CountBound = 15;

    private sealed record Case(string What, double Bound, Func<CancellationToken, Task<int>> ReadAsync, int Expected)
    {
        public Timings Timings { get; } = new();
    }

    public static async Task RunAsync(BenchmarkPortal portal, Report report, CancellationToken cancellationToken)
    {
        var (members, first) = (portal.Get<MembersService>(), new GridQuery { Rows = Rows });
        Guid[] ids;
        MemberKey middle;
        await using (var db = await portal.ContextAsync(cancellationToken))
        {
            ids = await db.Members.Select(m => m.Id).ToArrayAsync(cancellationToken);
            var half = await db.Members.OrderBy(m => m.Name).ThenBy(m => m.Id).Skip(portal.Members / 2).FirstAsync(cancellationToken);
            middle = new MemberKey(MemberSort.Name, half.Name, "", default, half.Id);
        }
        Random.Shared.Shuffle(ids);
        Case Page(string what, double bound, GridQuery query, int total, int expected = Rows) =>
            new($"grid, {what}", bound, async token => (await members.PageAsync(query, total, token)).Rows.Count, expected);
        Case Numbers(string what, double bound, string? search, int expected) =>
            new($"numbers above the grid, {what}", bound, async token => (await members.CountAsync(new(search), token)).All, expected);
        var brandts = portal.Members / 20;
        // Other people each time, so that the floor is not that of a handful of hot rows.
        var from = 0;
        var floor = new Case($"{Rows} members by primary key", 1, token => ByKeyAsync(portal, ids.AsMemory((from = (from + Rows) % (ids.Length - Rows)), Rows), token), Rows);
        Case[] cases =
        [
            Page("first page", PageBound, first, portal.Members),
            Page("page in the middle", PageBound, first.Next(middle.ToString(), 1), portal.Members),
            Page("last page", PageBound, first.Last(portal.Members), portal.Members),
            Page("first page by role, downwards", PageBound, first with { Sort = "role", Descending = true }, portal.Members),
            Page("search that finds one", PageBound, first with { Q = "brandt.64021" }, 1, expected: 1),
            Page("search that finds 5 %", WideSearchBound, first with { Q = "brandt" }, brandts),
            Page("two letters that 5 % begin with", WideSearchBound, first with { Q = "be" }, brandts),
            Numbers("everybody", CountBound, null, portal.Members),
            Numbers("search that finds 5 %", WideSearchBound, "brandt", brandts),
        ];

        // Side by side, so that whatever else the machine does hits all of them.
        for (var time = -WarmUp; time < Times; time++)
        {
            foreach (var one in cases.Prepend(floor))
            {
                var started = Stopwatch.GetTimestamp();
                var rows = await one.ReadAsync(cancellationToken);
                if (time >= 0) one.Timings.Add(Stopwatch.GetElapsedTime(started));
                if (rows != one.Expected) throw new InvalidOperationException($"{one.What}: {rows} instead of {one.Expected}");
            }
        }
        report.Floor(floor.What, floor.Timings);
        foreach (var one in cases) report.Against(floor.Timings, one.What, one.Timings, one.Bound);
    }

    private static async Task<int> ByKeyAsync(BenchmarkPortal portal, ReadOnlyMemory<Guid> ids, CancellationToken cancellationToken)
    {
        var wanted = ids.ToArray();
        await using var db = await portal.ContextAsync(cancellationToken);
        var rows = await db.Members.AsNoTracking().Where(m => wanted.Contains(m.Id))
            .Select(m => new MemberRow(m.Id, m.UserUri, m.Name, m.Email, m.Role, m.JoinedAt, m.SchedulingUrl, null, false)).ToListAsync(cancellationToken);
        return rows.Count;
    }
}
