using AdminPortal.Calendly;
using Microsoft.Extensions.Options;

namespace AdminPortal.Web.Features.Connections;

/// <summary>
/// Calendly through one person's own connection: whose authority acts is explicit wherever it is used. Calls throw
/// <see cref="ConnectionUnusableException"/> when that connection does not work; nobody else's is ever borrowed.
/// </summary>
public sealed class CalendlyAccess(
    IHttpMessageHandlerFactory handlers, ConnectionTokens tokens, ScopeLearning learning, IOptions<CalendlyOptions> options, TimeProvider clock)
{
    public const string HttpClientName = "calendly";

    /// <param name="actingUser">The Calendly user that was approved: should the connection be another one's by now, nothing is sent.</param>
    public CalendlyClient For(Guid connectionId, Lane lane, string? actingUser = null)
    {
        ValueTask<string> TokenAsync(CancellationToken cancellationToken) => tokens.AccessAsync(connectionId, cancellationToken, actingUser);
        var budget = new BudgetCallerHandler(new BudgetCaller(connectionId, null, lane), TokenAsync) { InnerHandler = handlers.CreateHandler(HttpClientName) };
        var handler = new ConnectionHandler(connectionId, actingUser, tokens, clock) { InnerHandler = budget };
        // The factory owns the inner handlers. Waiting for the budget may take a minute; each attempt has its own time-out further in.
        var http = new HttpClient(new ScopeHandler(connectionId, learning) { InnerHandler = handler }, disposeHandler: false) { BaseAddress = options.Value.ApiAddress(), Timeout = Timeout.InfiniteTimeSpan };
        return new CalendlyClient(http, TokenAsync, clock);
    }
}
