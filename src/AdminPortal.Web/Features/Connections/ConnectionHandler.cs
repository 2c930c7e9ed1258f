using System.Net;
using System.Net.Http.Headers;
using AdminPortal.Calendly;
using Polly.Timeout;

namespace AdminPortal.Web.Features.Connections;

/// <summary>
/// Every call on one connection: waits for its request budget, records what Calendly says about it, and answers a 401 with one forced
/// refresh. 401 and 429 are sent before anything has happened, but only reads are repeated after a 429: a person's click says so instead.
/// </summary>
internal sealed class ConnectionHandler(Guid connectionId, Lane lane, string? actingUser, ConnectionTokens tokens, RequestBudget budget, TimeProvider clock) : DelegatingHandler
{
    private const int ReadAttempts = 3;
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(2);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var renewed = false;
        for (var attempt = 1; ; attempt++)
        {
            await budget.WaitAsync(connectionId, lane, cancellationToken);
            var response = await SendOnceAsync(request, cancellationToken);
            await budget.RecordAsync(connectionId, RateLimit.Read(response), CancellationToken.None);
            if (response.StatusCode == HttpStatusCode.Unauthorized)
            {
                response.Dispose();
                var rejected = request.Headers.Authorization?.Parameter ?? "";
                if (renewed) throw await tokens.GiveUpAsync(connectionId, rejected, cancellationToken);
                renewed = true;
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await tokens.ReplaceAsync(connectionId, rejected, cancellationToken, actingUser));
                continue;
            }
            if (response.StatusCode != HttpStatusCode.TooManyRequests || request.Method != HttpMethod.Get || attempt >= ReadAttempts) return response;
            var wait = RetryAfter.Read(response, clock.GetUtcNow());
            if (wait > LongestWait) return response;
            response.Dispose();
            await Task.Delay(wait, clock, cancellationToken);
        }
    }

    private async Task<HttpResponseMessage> SendOnceAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return await base.SendAsync(request, cancellationToken);
        }
        catch (TimeoutRejectedException exception)
        {
            // As HttpClient itself would say it; the client knows nothing of Polly.
            throw new TaskCanceledException("Calendly did not answer in time.", new TimeoutException(exception.Message, exception));
        }
    }
}
