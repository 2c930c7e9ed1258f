namespace AdminPortal.Simulator.Calls;

/// <summary>One call received. Status is null while the call is held, 0 when its connection was cut.</summary>
internal sealed class LedgerEntry
{
    public required long Seq { get; init; }
    public required DateTimeOffset At { get; init; }
    public required string Method { get; init; }
    public required string Path { get; init; }
    public required string Query { get; init; }
    public int? Status { get; set; }
    public string? User { get; set; }
    public bool Applied { get; set; }
}

/// <summary>What the simulated Calendly received, in order of arrival. Sequence numbers go on across resets.</summary>
internal sealed class Ledger(TimeProvider clock)
{
    private const int Kept = 500_000;
    private readonly Lock _gate = new();
    private readonly List<LedgerEntry> _entries = [];
    private long _last;

    public LedgerEntry Begin(string method, string path, string query, string? user)
    {
        lock (_gate)
        {
            if (_entries.Count >= Kept) _entries.RemoveRange(0, Kept / 10);
            var entry = new LedgerEntry { Seq = ++_last, At = clock.GetUtcNow(), Method = method, Path = path, Query = query, User = user };
            _entries.Add(entry);
            return entry;
        }
    }

    public IReadOnlyList<LedgerEntry> Read(long after, string? method, string? path)
    {
        lock (_gate)
        {
            return [.. _entries.Where(entry => entry.Seq > after
                && (string.IsNullOrEmpty(method) || entry.Method.Equals(method, StringComparison.OrdinalIgnoreCase))
                && (string.IsNullOrEmpty(path) || entry.Path.StartsWith(path, StringComparison.Ordinal)))];
        }
    }

    public void Clear()
    {
        lock (_gate) _entries.Clear();
    }
}
