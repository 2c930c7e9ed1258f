using AdminPortal.Benchmarks;
using AdminPortal.Testing;

const int Members = 100_000;
using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};

await using var postgres = new PostgresFixture();
await using var portal = await BenchmarkPortal.StartAsync(postgres, Members, stop.Token);
var report = new Report(await portal.ServerAsync(stop.Token), Members);
// The turning of pages in a browser has a world of its own: "page-turn" measures nothing else.
if (args is not ["page-turn"])
{
    // The sweeps come first: the first one fills the directory that the grid then pages through.
    await SweepBenchmark.RunAsync(portal, report, stop.Token);
    await GridBenchmark.RunAsync(portal, report, stop.Token);
}
await PageTurnBenchmark.RunAsync(postgres, report, stop.Token);
report.Print(Console.Out);
return report.Missed ? 1 : 0;
