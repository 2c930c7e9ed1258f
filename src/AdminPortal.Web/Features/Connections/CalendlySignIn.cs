using AdminPortal.Calendly;
using Microsoft.Extensions.Options;

namespace AdminPortal.Web.Features.Connections;

/// <summary>The portal as an OAuth client of Calendly. Its calls are never repeated by themselves: codes and refresh tokens work once.</summary>
public sealed partial class CalendlySignIn(
    IHttpClientFactory clients, IHttpMessageHandlerFactory handlers, IOptions<CalendlyOptions> calendly, IOptions<PortalOptions> portal, TimeProvider clock, ILogger<CalendlySignIn> logger)
{
    public const string HttpClientName = "calendly-oauth";
    public const string CallbackPath = "/connections/callback";
    private static readonly TimeSpan RevokeTimeout = TimeSpan.FromSeconds(10);

    private string RedirectUri => portal.Value.PublicUrl.TrimEnd('/') + CallbackPath;

    public Uri AuthorizeUri(string state, Pkce pkce, string? loginHint) => OAuth().AuthorizeUri(RedirectUri, state, pkce, Scopes.Needed, loginHint);

    public Task<TokenGrant> ExchangeAsync(string code, string verifier, CancellationToken cancellationToken) =>
        OAuth().ExchangeAsync(code, RedirectUri, verifier, cancellationToken);

    public Task<TokenGrant> RefreshAsync(string refreshToken, CancellationToken cancellationToken) => OAuth().RefreshAsync(refreshToken, cancellationToken);

    /// <summary>Ends a token at Calendly as well as that can be done.</summary>
    /// <returns>False when Calendly did not confirm it; the token may then live on until it is revoked there.</returns>
    public async Task<bool> TryRevokeAsync(string token, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(RevokeTimeout);
        try
        {
            await OAuth().RevokeAsync(token, timeout.Token);
            return true;
        }
        catch (Exception exception) when (exception is CalendlyOAuthException or OperationCanceledException)
        {
            Log.NotRevoked(logger, (exception as CalendlyOAuthException)?.Failure.ToString() ?? "no answer in time");
            return false;
        }
    }

    /// <summary>Calendly with a token that has not been stored yet.</summary>
    /// <param name="user">Whose it is, if that is known before Calendly has said so.</param>
    public CalendlyClient With(string accessToken, string? user = null)
    {
        var caller = user is null ? null : new BudgetCaller(null, user, Lane.People);
        var handler = new BudgetCallerHandler(caller) { InnerHandler = handlers.CreateHandler(CalendlyAccess.HttpClientName) };
        var http = new HttpClient(handler, disposeHandler: false) { BaseAddress = calendly.Value.ApiAddress(), Timeout = Timeout.InfiniteTimeSpan };
        return new CalendlyClient(http, _ => ValueTask.FromResult(accessToken), clock);
    }

    private CalendlyOAuth OAuth()
    {
        var http = clients.CreateClient(HttpClientName);
        http.BaseAddress = calendly.Value.AuthAddress();
        return new CalendlyOAuth(http, new OAuthClient(calendly.Value.ClientId, calendly.Value.ClientSecret), clock);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "A token could not be revoked at Calendly ({Reason})")]
        public static partial void NotRevoked(ILogger logger, string reason);
    }
}
