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

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        // Whose token it is, is not known before its first answer.
        if (!request.Options.TryGetValue(Caller, out var caller)) return await base.SendAsync(request, cancellationToken);
        var turn = await pacer.TakeAsync(caller, cancellationToken);
        if (turn.Slot is null)
        {
            var wait = TimeSpan.FromSeconds(Math.Ceiling(turn.Wait.TotalSeconds));
            return new HttpResponseMessage(HttpStatusCode.TooManyRequests) { RequestMessage = request, Headers = { RetryAfter = new RetryConditionHeaderValue(wait) } };
        }
        var response = await base.SendAsync(request, cancellationToken);
        await pacer.LearnAsync(caller, turn, BudgetAnswer.Of(response, clock.GetUtcNow()));
        return response;
    }
}

/// <summary>Outermost: says on whose budget a client's requests go.</summary>
internal sealed class BudgetCallerHandler(BudgetCaller? caller) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (caller is not null) request.Options.Set(BudgetHandler.Caller, caller);
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
