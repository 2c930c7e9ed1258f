namespace AdminPortal.Simulator.Calls;

internal readonly record struct Allowance(bool Granted, int Limit, int Remaining, int ResetSeconds);

/// <summary>
/// Requests per Calendly user and minute (https://developer.calendly.com/api-docs/edca8074633f8-api-rate-limits).
/// The exact algorithm is not published: fixed 60 s windows from a user's first request, or a sliding minute.
/// </summary>
internal sealed class RateLimiter(SimulatorSettings settings, TimeProvider clock)
{
    private static readonly TimeSpan Minute = TimeSpan.FromSeconds(60);
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Bucket> _buckets = new(StringComparer.Ordinal);

    public Allowance Untouched => new(true, settings.RateLimitPerMinute, settings.RateLimitPerMinute, 60);

    public Allowance Take(string user)
    {
        var limit = settings.RateLimitPerMinute;
        var now = clock.GetUtcNow();
        lock (_gate)
        {
            if (!_buckets.TryGetValue(user, out var bucket)) _buckets.Add(user, bucket = new Bucket { Start = now });
            return settings.Limiter == "sliding" ? Slide(bucket, now, limit) : Count(bucket, now, limit);
        }
    }

    private static Allowance Count(Bucket bucket, DateTimeOffset now, int limit)
    {
        if (now - bucket.Start >= Minute) (bucket.Start, bucket.Used) = (now, 0);
        var granted = bucket.Used < limit;
        if (granted) bucket.Used++;
        return new(granted, limit, limit - bucket.Used, Seconds(bucket.Start + Minute - now));
    }

    private static Allowance Slide(Bucket bucket, DateTimeOffset now, int limit)
    {
        while (bucket.Times.TryPeek(out var oldest) && now - oldest >= Minute) bucket.Times.Dequeue();
        var granted = bucket.Times.Count < limit;
        if (granted) bucket.Times.Enqueue(now);
        return new(granted, limit, limit - bucket.Times.Count, Seconds(bucket.Times.Peek() + Minute - now));
    }

    private static int Seconds(TimeSpan left) => Math.Max(1, (int)Math.Ceiling(left.TotalSeconds));

    private sealed class Bucket
    {
        public DateTimeOffset Start { get; set; }
        public int Used { get; set; }
        public Queue<DateTimeOffset> Times { get; } = new();
    }
}
