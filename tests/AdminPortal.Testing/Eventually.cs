namespace AdminPortal.Testing;

/// <summary>Waits for what another process or worker is about to do, by asking until it is so.</summary>
public static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    /// <exception cref="OperationCanceledException">It was not so within a minute and a half.</exception>
    public static async Task TrueAsync(Func<Task<bool>> condition, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (!await condition()) await tick.WaitForNextTickAsync(limit.Token);
    }
}
