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
await using var portal = await BenchmarkPortal.StartAsync(postgres, members, stop.Token);
var report = new Report(await portal.ServerAsync(stop.Token), members);
if (Runs("budget")) await BudgetBenchmark.RunAsync(postgres, report, stop.Token);
if (Runs("sweep"))
{
    await using var small = await BenchmarkPortal.StartAsync(postgres, 10_000, stop.Token);
    await SweepBenchmark.RunAsync(small, report, milliseconds: 60, stop.Token);
}
// The sweeps come first: the first one fills the directory that the grid then pages through.
if (Runs("sweep") || Runs("grid")) await SweepBenchmark.RunAsync(portal, report, milliseconds: 2_500, stop.Token);
if (Runs("grid")) await GridBenchmark.RunAsync(portal, report, stop.Token);
report.Print(Console.Out);
return report.Missed ? 1 : 0;
