using System.Net;
using Microsoft.Extensions.Http.Resilience;
using Polly;
using Polly.Timeout;

namespace AdminPortal.Web.Features.Connections;

public static class ConnectionsFeature
{
    private static readonly TimeSpan AttemptTimeout = TimeSpan.FromSeconds(30);

    public static void AddConnections(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<TokenProtection>();
        services.AddSingleton<CalendlySignIn>();
        services.AddSingleton<TokenRefresh>();
        services.AddSingleton<ConnectionTokens>();
        services.AddHostedService(provider => provider.GetRequiredService<ConnectionTokens>());
        services.AddSingleton<RequestBudget>();
        services.AddSingleton<CalendlyAccess>();
        services.AddSingleton<Consent>();
        services.AddSingleton<AccountCheck>();
        services.AddSingleton<ConnectService>();
        services.AddSingleton<GrantEnd>();
        services.AddSingleton<ScopeLearning>();
        services.AddSingleton<ConnectionTestService>();
        services.AddSingleton<ConnectionService>();
        // It prints the callback's address, and with it the code.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Warning);

        // The factory's own loggers would print addresses with people in them.
        services.AddHttpClient(CalendlyAccess.HttpClientName).RemoveAllLoggers().ConfigurePrimaryHttpMessageHandler(NoRedirects)
            .AddResilienceHandler("reads", pipeline =>
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
                pipeline.AddRetry(retry).AddTimeout(AttemptTimeout);
            });
        services.AddHttpClient(CalendlySignIn.HttpClientName, http => http.Timeout = AttemptTimeout).RemoveAllLoggers().ConfigurePrimaryHttpMessageHandler(NoRedirects);
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
