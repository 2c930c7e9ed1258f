using System.Globalization;
using AdminPortal.Benchmarks;
using AdminPortal.Testing;

// How many members the grid pages through: --members 1000000. The sweeps take their own number.
var members = args is ["--members", var given] ? int.Parse(given, NumberStyles.None, CultureInfo.InvariantCulture) : 100_000;
const int Swept = 100_000;
using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};

await using var postgres = new PostgresFixture();
var missed = false;
await using (var portal = await BenchmarkPortal.StartAsync(postgres, Swept, stop.Token))
{
    var report = new Report(await portal.ServerAsync(stop.Token), Swept);
    await SweepBenchmark.RunAsync(portal, report, stop.Token);
    report.Print(Console.Out);
    missed |= report.Missed;
}
await using (var portal = await BenchmarkPortal.StartAsync(postgres, members, stop.Token))
{
    var report = new Report(await portal.ServerAsync(stop.Token), members);
    await GridBenchmark.RunAsync(portal, report, stop.Token);
    report.Print(Console.Out);
    missed |= report.Missed;
}
return missed ? 1 : 0;
