using System.Globalization;

namespace AdminPortal.Benchmarks;

/// <summary>How long one thing took, each time that it was done.</summary>
public sealed class Timings
{
    private readonly List<double> _milliseconds = [];

    public int Count => _milliseconds.Count;

    public void Add(TimeSpan took) => _milliseconds.Add(took.TotalMilliseconds);

    /// <summary>The nearest rank: a time that was really measured.</summary>
    public double Percentile(int percent)
    {
        var sorted = _milliseconds.Order().ToList();
        return sorted[Math.Max(0, (int)Math.Ceiling(sorted.Count * percent / 100.0) - 1)];
    }
}

/// <summary>
/// The table. A bound is a ratio of medians within one run, so that it says the same on a slow machine; the times beside it are of this machine.
/// </summary>
public sealed class Report(string server, int members)
{
    private readonly List<string> _rows = [];

    public bool Missed { get; private set; }

    public void Floor(string what, Timings floor) => Row(what, floor, "1.0", "");

    /// <param name="line">Where an idle machine has to stay, in milliseconds at the 99th percentile: printed, not judged, because this one may not be idle.</param>
    public void Against(Timings floor, string what, Timings timings, double bound, double? line = null)
    {
        var ratio = timings.Percentile(50) / floor.Percentile(50);
        var met = ratio <= bound;
        Missed |= !met;
        Row(what, timings, Text(ratio, "0.0#"), $"<= {Text(bound, "0.0#")}{(met ? "" : " MISSED")}{(line is { } most ? $", {Text(most, "0")} ms {(timings.Percentile(99) <= most ? "met" : "not met here")}" : "")}");
    }

    public void Plain(string what, Timings timings) => Row(what, timings, "", "");

    /// <summary>A bound that was asked for in milliseconds, whatever the machine.</summary>
    public void Within(string what, Timings timings, double milliseconds)
    {
        var met = timings.Percentile(50) <= milliseconds;
        Missed |= !met;
        Row(what, timings, "", $"<= {Text(milliseconds, "N0")} ms{(met ? "" : " MISSED")}");
    }

    /// <summary>Something that is counted, not timed.</summary>
    public void Amount(string what, double amount, double bound)
    {
        var met = amount <= bound;
        Missed |= !met;
        _rows.Add($"| {what,-47} | {"",5} | {"",8} | {"",8} | {Text(amount, "0.0##"),5} | <= {Text(bound, "0.0#")}{(met ? "" : " MISSED")} |");
    }

    public void Print(TextWriter output)
    {
        output.WriteLine($"PostgreSQL {server}, {Environment.ProcessorCount} cores, .NET {Environment.Version}, {members.ToString("N0", CultureInfo.InvariantCulture)} members");
        output.WriteLine();
        output.WriteLine("| What                                            | times |   p50 ms |   p99 ms | ratio | bound |");
        output.WriteLine("|-------------------------------------------------|------:|---------:|---------:|------:|-------|");
        foreach (var row in _rows) output.WriteLine(row);
        output.WriteLine();
        output.WriteLine(Missed ? "A bound was missed." : "Every bound was met.");
    }

    private void Row(string what, Timings timings, string ratio, string bound) => _rows.Add(
        $"| {what,-47} | {timings.Count,5} | {Text(timings.Percentile(50), "0.00"),8} | {Text(timings.Percentile(99), "0.00"),8} | {ratio,5} | {bound} |");

    private static string Text(double number, string format) => number.ToString(format, CultureInfo.InvariantCulture);
}
