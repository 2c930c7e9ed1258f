using System.Net;
using AdminPortal.Calendly;
using Microsoft.Extensions.Options;

namespace AdminPortal.Web.Features.Connections;

/// <summary>The portal as an OAuth client of Calendly. Its calls are never repeated by themselves: codes and refresh tokens work once.</summary>
public sealed partial class CalendlySignIn(
    IHttpClientFactory clients, IOptions<CalendlyOptions> calendly, IOptions<PortalOptions> portal, TimeProvider clock, ILogger<CalendlySignIn> logger)
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
    public CalendlyClient With(string accessToken)
    {
        var http = clients.CreateClient(CalendlyAccess.HttpClientName);
        http.BaseAddress = calendly.Value.ApiAddress();
        return new CalendlyClient(http, _ => ValueTask.FromResult(accessToken), clock);
    }

    /// <summary>In words, when it is certain that the token endpoint used up nothing; null when it may have.</summary>
    public static string? WhyNothingHappened(Exception exception) => exception switch
    {
        CalendlyOAuthException { Failure: OAuthFailure.RateLimited } => "Calendly asks us to slow down.",
        CalendlyOAuthException { Failure: OAuthFailure.InvalidClient } => "Calendly does not accept this portal’s OAuth app. Whoever runs the portal has to check Calendly:ClientId and Calendly:ClientSecret.",
        // A gateway's 502 and 504 say nothing about what happened behind it.
        CalendlyOAuthException { Status: HttpStatusCode.InternalServerError or HttpStatusCode.ServiceUnavailable } => "Calendly has a problem of its own.",
        CalendlyOAuthException { Failure: OAuthFailure.Unreadable or OAuthFailure.Other, Status: >= HttpStatusCode.BadRequest and < HttpStatusCode.InternalServerError } =>
            "Calendly did not accept the request.",
        CalendlyOAuthException
        {
            Failure: OAuthFailure.Unreachable,
            InnerException: HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError },
        } => "Calendly could not be reached.",
        _ => null,
    };

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
