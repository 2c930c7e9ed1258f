using System.Text.RegularExpressions;

namespace AdminPortal.Simulator.Calls;

internal sealed record Fault
{
    public string? Method { get; init; }
    public string? Path { get; init; }
    public int Times { get; init; } = 1;
    public int? Status { get; init; }
    public int? RetryAfterSeconds { get; init; }
    public int DelayMs { get; init; }
    public string? Drop { get; init; }

    /// <summary>Answered instead of what the call answers, as a broken server or something in between would; with a status of success the call takes effect.</summary>
    public string? Body { get; init; }
    public IReadOnlyDictionary<string, string>? Headers { get; init; }

    public IEnumerable<string> Problems()
    {
        if (Times < 1) yield return "times must be at least 1";
        if (Body is null && Status is < 400 or > 599) yield return "status must be between 400 and 599";
        if (Body is not null && Status is not (>= 200 and <= 599)) yield return "a body needs a status between 200 and 599";
        if (Headers is not null && Body is null) yield return "headers need a body";
        if (DelayMs is < 0 or > 600_000) yield return "delayMs must be between 0 and 600000";
        if (RetryAfterSeconds < 0) yield return "retryAfterSeconds must not be negative";
        if (Drop is not (null or "before" or "after")) yield return "drop must be before or after";
        if (Drop is not null && Status is not null) yield return "status and drop exclude each other";
        if (Drop is null && Status is null && DelayMs == 0) yield return "a fault needs status, delayMs or drop";
        if (Pattern() is null) yield return "path is not a regular expression";
    }

    public Regex? Pattern()
    {
        try
        {
            return new Regex(Path ?? "", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}

/// <summary>Faults to come; the first that matches a call is used, and counts down.</summary>
internal sealed class Faults
{
    private readonly Lock _gate = new();
    private readonly List<(Fault Fault, Regex Pattern, int Left)> _armed = [];

    public void Arm(IEnumerable<Fault> faults)
    {
        lock (_gate) _armed.AddRange(faults.Select(fault => (fault, fault.Pattern()!, fault.Times)));
    }

    public void Clear()
    {
        lock (_gate) _armed.Clear();
    }

    public Fault? Take(string method, string path)
    {
        lock (_gate)
        {
            for (var i = 0; i < _armed.Count; i++)
            {
                var (fault, pattern, left) = _armed[i];
                if (fault.Method is { } wanted && !wanted.Equals(method, StringComparison.OrdinalIgnoreCase)) continue;
                if (!pattern.IsMatch(path)) continue;
                if (left == 1) _armed.RemoveAt(i);
                else _armed[i] = (fault, pattern, left - 1);
                return fault;
            }
            return null;
        }
    }
}
