using System.Net;
using System.Net.Http.Headers;
using AdminPortal.Calendly;

namespace AdminPortal.Web.Features.Connections;

/// <summary>
/// Every call on one connection: answers a 401 with one forced refresh. 401 and 429 are sent before anything has happened, but only reads are
/// repeated after a 429, when their turn comes again: a person's click says so instead.
/// </summary>
internal sealed class ConnectionHandler(Guid connectionId, string? actingUser, ConnectionTokens tokens, TimeProvider clock) : DelegatingHandler
{
    private const int ReadAttempts = 3;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var renewed = false;
        for (var attempt = 1; ; attempt++)
        {
            var response = await base.SendAsync(request, cancellationToken);
            if (response.StatusCode == HttpStatusCode.Unauthorized)
            {
                response.Dispose();
                var rejected = request.Headers.Authorization?.Parameter ?? "";
                if (renewed) throw await tokens.GiveUpAsync(connectionId, rejected, cancellationToken);
                renewed = true;
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await tokens.ReplaceAsync(connectionId, rejected, cancellationToken, actingUser));
                continue;
            }
            if (response.StatusCode != HttpStatusCode.TooManyRequests || request.Method != HttpMethod.Get || attempt >= ReadAttempts
                || RetryAfter.Read(response, clock.GetUtcNow()) > RequestPacer.LongestWait) return response;
            response.Dispose();
        }
    }
}
