using Microsoft.Extensions.Options;

namespace AdminPortal.Web.Data;

/// <summary>
/// The loop that every worker shares: work while there is some, then wait for the doorbell or the poll interval. A failing round is logged
/// and tried again later; the database being away for a while is no reason to stop the portal.
/// </summary>
public abstract partial class Worker(IReadOnlyList<string> topics, Doorbell doorbell, IOptions<WorkerOptions> options, TimeProvider clock, ILogger logger) : BackgroundService
{
    /// <summary>Does one piece of work; false when there was none.</summary>
    protected abstract Task<bool> WorkAsync(CancellationToken cancellationToken);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var rung = new SemaphoreSlim(0, 1);
        using var subscription = doorbell.Subscribe(topics, () =>
        {
            try
            {
                rung.Release();
            }
            catch (SemaphoreFullException)
            {
                // It rang twice before anybody looked: once is enough.
            }
            return Task.CompletedTask;
        });
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                while (await WorkAsync(stoppingToken)) stoppingToken.ThrowIfCancellationRequested();
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception) when (DatabaseAway.Caused(exception) && !doorbell.IsConnected)
            {
                // The doorbell has said so, and rings when it is back.
            }
            catch (Exception exception)
            {
                Log.RoundFailed(logger, GetType().Name, exception);
            }
            using var waiting = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
            await Task.WhenAny(rung.WaitAsync(waiting.Token), Task.Delay(options.Value.Poll, clock, waiting.Token));
            await waiting.CancelAsync();
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "{Worker}: a round failed; it is tried again")]
        public static partial void RoundFailed(ILogger logger, string worker, Exception exception);
    }
}
