using System.Diagnostics;
using System.Globalization;
using AdminPortal.Web.Features.Members;
using AdminPortal.Web.Shell;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Benchmarks;

/// <summary>Pages of the grid beside their floor: as many members by primary key, through the same context and connection pool.</summary>
public static class GridBenchmark
{
    private const int Rows = 100;
    private const int WarmUp = 10;
    private const int Times = 100;

    // About three times what was measured, and well below what the same query costs when it misses its way.
    private const double PageBound = 3;
    private const double SearchBound = 12;

    // What has to be reached on a machine that does nothing else, in milliseconds.
    private const double PageLine = 5;
    private const double SearchLine = 30;

    private static readonly string[] Pages =
    [
        "sort=name", "sort=name&dir=desc", "sort=email", "sort=role", "sort=role&dir=desc", "sort=joined", "sort=joined&dir=desc",
        "role=user", "role=admin&sort=email", "role=user&sort=joined&dir=desc", "since=2025-01-01&sort=joined", "since=2025-01-01", "status=left", "has=invitation", "has=removal",
    ];

    // Everybody; frequent; what goes together with an order; rare; one; nobody; with punctuation; short words; and the known hole.
    private static readonly string[] Searches = [".com", "newco", "liam", "smith", "müller", "zoe", "brandt9", "johnson77@", "xyz", "n.j", "a@n", "o w", "zoe zhao", "a li", "100%"];

    private static readonly string[] Orders = ["sort=name", "sort=email&dir=desc", "sort=role", "sort=joined", "sort=joined&dir=desc", "sort=joined&role=admin"];

    private sealed record Case(string What, double? Bound, double? Line, Func<int, Task<int>> ReadAsync)
    {
        public Timings Timings { get; } = new();
    }

    public static async Task RunAsync(BenchmarkPortal portal, Report report, CancellationToken cancellationToken)
    {
        var filled = Stopwatch.GetTimestamp();
        await portal.FillAsync(cancellationToken);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{portal.Members:N0} members written and mapped in {Stopwatch.GetElapsedTime(filled).TotalSeconds:0} s"));
        var members = portal.Get<MembersService>();
        List<Member> people;
        await using (var db = await portal.ContextAsync(cancellationToken))
            people = await db.Members.FromSql($"SELECT *, xmin FROM members WHERE md5(id::text) < '02' LIMIT 5000").AsNoTracking().ToListAsync(cancellationToken);
        if (people.Count < 2 * Rows) throw new InvalidOperationException("Too few members to choose keys from.");
        Guid[] ids = [.. people.Select(m => m.Id)];
        string Key(GridQuery query, int time)
        {
            var m = people[time % people.Count];
            return MemberKey.Of(MembersService.SortOf(query), new(m.Id, m.UserUri, m.Name, m.Email, m.Role, m.JoinedAt, null, null, false)).ToString();
        }
        Case First(string address, double bound, double line) => Of($"{address}, first", address, bound, line, (query, _) => query);
        Case Deep(string address, double bound, double line) => Of($"{address}, deep", address, bound, line, (query, time) => query.Next(Key(query, time), 1));
        Case Last(string address, double bound, double line) => Of($"{address}, last", address, bound, line, (query, _) => query with { Before = GridQuery.End });
        Case Of(string what, string address, double bound, double line, Func<GridQuery, int, GridQuery> turn)
        {
            var query = GridQuery.Parse($"/members?rows={Rows}&{address}");
            return new(what, bound, line, async time => (await members.PageAsync(turn(query, time), portal.Members, cancellationToken)).Rows.Count);
        }

        // Other people each time, so that the floor is not that of a handful of hot rows.
        var floor = new Case($"{Rows} members by primary key", null, null, time => ByKeyAsync(portal, ids.AsMemory(Rows * time % (ids.Length - Rows), Rows), cancellationToken));
        Case[] pages = [.. Pages.SelectMany(address => new[] { First(address, PageBound, PageLine), Deep(address, PageBound, PageLine), Last(address, PageBound, PageLine) })];
        Case[] searches = [.. Searches.SelectMany(text => Orders.SelectMany(order =>
        {
            var address = $"q={text}&{order}".Replace("%", "%25", StringComparison.Ordinal);
            return new[] { First(address, SearchBound, SearchLine), Deep(address, SearchBound, SearchLine) };
        }))];
        Case[] counts = [.. new string?[] { null, ".com", "newco", "liam", "zoe", "xyz" }.Select(text =>
            new Case($"total, {text ?? "everybody"}", null, null, async _ => (await members.CountAsync(new(text), cancellationToken)).All))];

        await MeasureAsync([floor, .. pages], Times);
        report.Floor(floor.What, floor.Timings);
        foreach (var one in pages) report.Against(floor.Timings, one.What, one.Timings, one.Bound!.Value, one.Line);
        await MeasureAsync([floor, .. searches], Times / 2);
        foreach (var one in searches) report.Against(floor.Timings, one.What, one.Timings, one.Bound!.Value, one.Line);
        await MeasureAsync(counts, 5);
        foreach (var one in counts) report.Floor(one.What, one.Timings);
    }

    // Side by side, so that whatever else the machine does hits all of them.
    private static async Task MeasureAsync(IReadOnlyList<Case> cases, int times)
    {
        for (var time = -Math.Min(WarmUp, times); time < times; time++)
        {
            foreach (var one in cases)
            {
                var started = Stopwatch.GetTimestamp();
                await one.ReadAsync(time + WarmUp);
                if (time >= 0) one.Timings.Add(Stopwatch.GetElapsedTime(started));
            }
        }
    }

    private static async Task<int> ByKeyAsync(BenchmarkPortal portal, ReadOnlyMemory<Guid> ids, CancellationToken cancellationToken)
    {
        var wanted = ids.ToArray();
        await using var db = await portal.ContextAsync(cancellationToken);
        var rows = await db.Members.AsNoTracking().Where(m => wanted.Contains(m.Id))
            .Select(m => new MemberRow(m.Id, m.UserUri, m.Name, m.Email, m.Role, m.JoinedAt, m.SchedulingUrl, null, false)).ToListAsync(cancellationToken);
        return rows.Count == wanted.Length ? rows.Count : throw new InvalidOperationException($"{rows.Count} of {wanted.Length} members.");
    }
}
