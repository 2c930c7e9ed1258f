using AdminPortal.Benchmarks;
using AdminPortal.Testing;

// How many members, and which of the parts: "200000 sweep"; everything with a million unless it is said.
var members = args.Select(arg => int.TryParse(arg, out var number) ? number : 0).FirstOrDefault(number => number > 0, 1_000_000);
bool Runs(string part) => args.All(arg => int.TryParse(arg, out _)) || args.Contains(part);
using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};

await using var postgres = new PostgresFixture();
var missed = false;
if (Runs("budget")) await RunAsync(1, (_, report) => BudgetBenchmark.RunAsync(postgres, report, stop.Token));
if (Runs("sweep")) await RunAsync(10_000, (portal, report) => SweepBenchmark.RunAsync(portal, report, milliseconds: 60, stop.Token));
if (Runs("sweep")) await RunAsync(members, (portal, report) => SweepBenchmark.RunAsync(portal, report, milliseconds: 2_500, stop.Token));
if (Runs("grid")) await RunAsync(members, (portal, report) => GridBenchmark.RunAsync(portal, report, stop.Token));
// In a browser, with a world of its own.
if (Runs("page-turn")) await RunAsync(1, (_, report) => PageTurnBenchmark.RunAsync(postgres, report, stop.Token));
return missed ? 1 : 0;

async Task RunAsync(int size, Func<BenchmarkPortal, Report, Task> benchmark)
{
    await using var portal = await BenchmarkPortal.StartAsync(postgres, size, stop.Token);
    var report = new Report(await portal.ServerAsync(stop.Token), size);
    await benchmark(portal, report);
    report.Print(Console.Out);
    missed |= report.Missed;
}
