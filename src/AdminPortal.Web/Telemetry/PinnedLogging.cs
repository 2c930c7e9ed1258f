using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace AdminPortal.Web.Telemetry;

/// <summary>
/// Categories of the framework that print addresses with their query, headers, bodies or hub arguments below Warning: a code,
/// a cookie or a token would stand in the log. They stay at Warning, whatever the configuration says: rules of a configuration are
/// many (default, category, wildcard, provider, reload), so the factory itself keeps these categories from ever hearing of a lower level.
/// </summary>
public static class PinnedLogging
{
    /// <summary>Each with everything below it.</summary>
    public static readonly IReadOnlyList<string> Categories =
    [
        // The query of every request, and so the callback's code and state.
        "Microsoft.AspNetCore.Hosting.Diagnostics",
        // Headers and bodies, should anybody switch it on.
        "Microsoft.AspNetCore.HttpLogging",
        // Redirects with their query (the way to Calendly's consent), connection tokens of circuits, values that could not be bound.
        "Microsoft.AspNetCore.Http",
        // Codes, states and tokens of a sign-in.
        "Microsoft.AspNetCore.Authentication",
        "Microsoft.IdentityModel",
        "Microsoft.Identity",
        // The arguments of every call from a browser, and so whatever somebody types or pastes.
        "Microsoft.AspNetCore.SignalR",
        // The secret of each circuit.
        "Microsoft.AspNetCore.Components.Server",
        // Request lines that cannot be read, and frames.
        "Microsoft.AspNetCore.Server.Kestrel",
        // Addresses and headers of calls to others.
        "System.Net.Http",
    ];

    public static void AddPinnedLogging(this IServiceCollection services) =>
        services.Replace(ServiceDescriptor.Singleton<ILoggerFactory>(provider => new Factory(new LoggerFactory(
            provider.GetServices<ILoggerProvider>(), provider.GetRequiredService<IOptionsMonitor<LoggerFilterOptions>>(),
            provider.GetRequiredService<IOptions<LoggerFactoryOptions>>(), provider.GetService<IExternalScopeProvider>()))));

    public static bool IsPinned(string category) =>
        Categories.Any(pinned => category.StartsWith(pinned, StringComparison.OrdinalIgnoreCase) && (category.Length == pinned.Length || category[pinned.Length] == '.'));

    private sealed class Factory(LoggerFactory inner) : ILoggerFactory
    {
        public ILogger CreateLogger(string categoryName) => IsPinned(categoryName) ? new Pinned(inner.CreateLogger(categoryName)) : inner.CreateLogger(categoryName);

        public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

        public void Dispose() => inner.Dispose();
    }

    private sealed class Pinned(ILogger inner) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => inner.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning && inner.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel >= LogLevel.Warning) inner.Log(logLevel, eventId, state, exception, formatter);
        }
    }
}
