using System.Diagnostics;

namespace AdminPortal.Demo.Processes;

/// <summary>Waits for a child process to answer.</summary>
public static class HttpReadiness
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    public static async Task UntilAsync(Uri address, string what, GuardedProcess process, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(10) };
        for (var waited = Stopwatch.StartNew(); ;)
        {
            try
            {
                using var response = await http.GetAsync(address, cancellationToken);
                if (response.IsSuccessStatusCode) return;
            }
            catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
            {
                // Not listening yet.
            }
            if (process.HasEnded) throw new DemoException($"{what} ended with code {process.ExitCode} before it was ready.");
            if (waited.Elapsed > Patience) throw new DemoException($"{what} did not answer at {address} within {Patience.TotalSeconds:0} seconds.");
            await Task.Delay(50, cancellationToken);
        }
    }
}
