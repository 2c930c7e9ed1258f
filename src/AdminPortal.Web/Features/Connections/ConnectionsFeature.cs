using System.Net;
using Microsoft.Extensions.Http.Resilience;
using Polly;
using Polly.Timeout;

namespace AdminPortal.Web.Features.Connections;

public static class ConnectionsFeature
{
    private static readonly TimeSpan AttemptTimeout = TimeSpan.FromSeconds(30);
    private const int LongestGrant = 256 * 1024;

    public static void AddConnections(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<TokenProtection>();
        services.AddSingleton<CalendlySignIn>();
        services.AddSingleton<RefreshRow>();
        services.AddSingleton<TokenRefresh>();
        services.AddSingleton<GrantOwners>();
        services.AddSingleton<EndedGrants>();
        services.AddSingleton<ConnectionTokens>();
        services.AddHostedService(provider => provider.GetRequiredService<ConnectionTokens>());
        services.AddSingleton<OrphanedGrants>();
        services.AddHostedService(provider => provider.GetRequiredService<OrphanedGrants>());
        services.AddSingleton<RequestPacer>();
        services.AddSingleton<CalendlyAccess>();
        services.AddSingleton<Consent>();
        services.AddSingleton<ConsentNotice>();
        services.AddSingleton<AccountCheck>();
        services.AddSingleton<AccountLook>();
        services.AddSingleton<ConnectService>();
        services.AddSingleton<ScopeLearning>();
        services.AddSingleton<ConnectionTestService>();
        services.AddSingleton<ConnectionService>();
        services.AddSingleton<KeyRotation>();

        // The factory's own loggers would print addresses with people in them.
        var calls = services.AddHttpClient(CalendlyAccess.HttpClientName).RemoveAllLoggers().ConfigurePrimaryHttpMessageHandler(NoRedirects);
        calls.AddResilienceHandler("reads", pipeline =>
        {
            var retry = new HttpRetryStrategyOptions
            {
                MaxRetryAttempts = 3,
                Delay = TimeSpan.FromMilliseconds(500),
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                ShouldHandle = attempt => ValueTask.FromResult(IsPassing(attempt.Outcome)),
            };
            // Whether a POST or DELETE without an answer took effect is for the caller to find out.
            retry.DisableForUnsafeHttpMethods();
            pipeline.AddRetry(retry);
        });
        // Each attempt takes a turn of its own, and waiting for it is no part of the attempt.
        calls.AddHttpMessageHandler(provider => new BudgetHandler(provider.GetRequiredService<RequestPacer>(), provider.GetRequiredService<TimeProvider>()));
        calls.AddResilienceHandler("attempt", pipeline => pipeline.AddTimeout(AttemptTimeout));
        services.AddHttpClient(CalendlySignIn.HttpClientName, http => (http.Timeout, http.MaxResponseContentBufferSize) = (AttemptTimeout, LongestGrant))
            .RemoveAllLoggers().ConfigurePrimaryHttpMessageHandler(() =>
            {
                // A connection that the other side has just closed would leave open whether a refresh token was received.
                var handler = NoRedirects();
                handler.PooledConnectionLifetime = TimeSpan.Zero;
                return handler;
            });
        services.Configure<HostOptions>(host => host.ShutdownTimeout = TokenRefresh.Longest);
    }

    private static bool IsPassing(Outcome<HttpResponseMessage> outcome) =>
        outcome.Exception is HttpRequestException or TimeoutRejectedException
        || outcome.Result?.StatusCode is HttpStatusCode.InternalServerError or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;

    private static SocketsHttpHandler NoRedirects() => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        ConnectTimeout = TimeSpan.FromSeconds(10),
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
    };
}
