using System.Net;
using System.Net.Http.Headers;
using Polly.Timeout;

namespace AdminPortal.Web.Features.Connections;

/// <summary>
/// Innermost of the shared handlers: every attempt, repeated or not, waits for its own turn and keeps what its answer says. What would have to
/// wait too long is not sent; it gets the 429 that Calendly would give.
/// </summary>
internal sealed class BudgetHandler(RequestPacer pacer, TimeProvider clock) : DelegatingHandler
{
    public static readonly HttpRequestOptionsKey<BudgetCaller> Caller = new("adminportal.budget-caller");
    /// <summary>The caller's token as it is now; throws when the connection may no longer be used.</summary>
    public static readonly HttpRequestOptionsKey<Func<CancellationToken, ValueTask<string>>> Token = new("adminportal.token");
    private static readonly HttpRequestOptionsKey<bool> Sent = new("adminportal.sent");
    /// <summary>Whoever waited no longer than this was asked for a moment ago; everybody else is asked for again.</summary>
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        // Whose token it is, is not known before its first answer.
        if (!request.Options.TryGetValue(Caller, out var caller)) return await base.SendAsync(request, cancellationToken);
        var since = clock.GetTimestamp();
        var turn = await pacer.TakeAsync(caller, cancellationToken);
        if (turn.Slot is null)
        {
            var wait = TimeSpan.FromSeconds(Math.Ceiling(turn.Wait.TotalSeconds));
            return new HttpResponseMessage(HttpStatusCode.TooManyRequests) { RequestMessage = request, Headers = { RetryAfter = new RetryConditionHeaderValue(wait) } };
        }
        // The token was handed out before the wait, or before an attempt that failed: whoever was blocked since then sends nothing.
        var isOld = clock.GetElapsedTime(since) > Moment || request.Options.TryGetValue(Sent, out _);
        if (isOld && request.Options.TryGetValue(Token, out var token)) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await token(cancellationToken));
        request.Options.Set(Sent, true);
        var response = await base.SendAsync(request, cancellationToken);
        await pacer.LearnAsync(caller, turn, BudgetAnswer.Of(response, clock.GetUtcNow()));
        return response;
    }
}

/// <summary>Outermost: says on whose budget a client's requests go, and with whose token after a wait.</summary>
internal sealed class BudgetCallerHandler(BudgetCaller? caller, Func<CancellationToken, ValueTask<string>>? token = null) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (caller is not null) request.Options.Set(BudgetHandler.Caller, caller);
        if (token is not null) request.Options.Set(BudgetHandler.Token, token);
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
