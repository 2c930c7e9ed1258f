namespace AdminPortal.Web.Features.Connections;

/// <summary>What somebody who wants a newer pair does next.</summary>
public enum RefreshStep
{
    /// <summary>Nothing: the pair is another one by now, or the connection cannot be used.</summary>
    Done,
    /// <summary>Somebody refreshes; look again shortly.</summary>
    Wait,
    /// <summary>Calendly could not or would not answer a moment ago; nobody asks before the pause is over.</summary>
    Pause,
    Claim,
    /// <summary>Whoever refreshed has gone without a result, so the refresh token may be spent. It is not sent again.</summary>
    GiveUp,
}

/// <summary>
/// The rule by which all instances refresh one connection once: the part of its row that they agree by, on the database's clock.
/// <see cref="RefreshRow"/> says every change again as one conditional UPDATE; null here is no row there.
/// </summary>
/// <param name="Generation">Counts the pairs stored; whoever saw another one reads again.</param>
/// <param name="Fence">Counts the claims; only the latest may record what its exchange came to.</param>
public sealed record RefreshState(int Generation, bool IsHealthy, long Fence, DateTimeOffset? LeaseUntil, DateTimeOffset? NotBefore, string? Problem, int Failures = 0)
{
    /// <summary>Longer than an exchange and the recording of its result may take, see <see cref="TokenRefresh"/>.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(60);
    /// <summary>Calendly creates at most 8 tokens per user and minute; failures leave most of them to what may follow.</summary>
    public static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(20);
    /// <summary>The pause doubles with every failure up to this.</summary>
    public static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(15);
    /// <summary>About a day of failures in a row; then it is shown as broken instead of being tried for ever.</summary>
    public const int MostFailures = 100;

    public RefreshStep Next(int seen, DateTimeOffset now) =>
        Generation != seen || !IsHealthy ? RefreshStep.Done
        : LeaseUntil is { } until ? until > now ? RefreshStep.Wait : RefreshStep.GiveUp
        : NotBefore > now ? RefreshStep.Pause
        : RefreshStep.Claim;

    /// <summary>Committed before anything is sent.</summary>
    public RefreshState? Claim(int seen, DateTimeOffset now) =>
        Next(seen, now) == RefreshStep.Claim ? this with { Fence = Fence + 1, LeaseUntil = now + Lease } : null;

    /// <summary>The new pair, before anybody uses it. Refused to whoever was disconnected, reconnected or given up meanwhile.</summary>
    public RefreshState? Store(int claimed, long fence) =>
        IsHealthy && Generation == claimed && Fence == fence ? this with { Generation = Generation + 1, LeaseUntil = null, NotBefore = null, Problem = null, Failures = 0 } : null;

    /// <summary>It is certain that nothing was spent: the lease goes back, and everybody waits a moment.</summary>
    public RefreshState? Release(int claimed, long fence, string problem, TimeSpan pause, DateTimeOffset now) =>
        IsHealthy && Generation == claimed && Fence == fence
            ? this with { LeaseUntil = null, Problem = problem, NotBefore = now + PauseAfter(Failures, pause), Failures = Failures + 1 }
            : null;

    /// <param name="failures">How many came before.</param>
    /// <param name="asked">What Calendly asks for.</param>
    public static TimeSpan PauseAfter(int failures, TimeSpan asked)
    {
        var ours = ShortestPause * Math.Pow(2, Math.Min(failures, 10));
        return asked > LongestPause ? asked : TimeSpan.FromTicks(Math.Max(asked.Ticks, Math.Min(ours.Ticks, LongestPause.Ticks)));
    }

    /// <summary>Shown until the owner reconnects. Refused when the row has moved on: another instance may have won.</summary>
    public RefreshState? Break(int seen, string problem) =>
        IsHealthy && Generation == seen ? this with { IsHealthy = false, LeaseUntil = null, Problem = problem } : null;

    public RefreshState? GiveUp(int seen, string problem, DateTimeOffset now) =>
        Next(seen, now) == RefreshStep.GiveUp ? Break(seen, problem) : null;
}
