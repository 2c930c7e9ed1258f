using System.Collections.Concurrent;
using AdminPortal.Testing;
using AdminPortal.Web.Data;
using AdminPortal.Web.Telemetry;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AdminPortal.Web.Tests.Telemetry;

public sealed class PinnedLoggingTests(PostgresFixture postgres)
{
    private static readonly LogLevel[] Below = [LogLevel.Trace, LogLevel.Debug, LogLevel.Information];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>What prints addresses with queries, headers, hub arguments or secrets below Warning, as seen with everything at Trace. Whoever takes one away does it here too.</summary>
    [Fact]
    public void Categories_are_those_that_print_more_than_a_log_may_hold() => Assert.Equal(
        [
            "Microsoft.AspNetCore.Authentication", "Microsoft.AspNetCore.Components.Server", "Microsoft.AspNetCore.Hosting.Diagnostics", "Microsoft.AspNetCore.Http",
            "Microsoft.AspNetCore.HttpLogging", "Microsoft.AspNetCore.Server.Kestrel", "Microsoft.AspNetCore.SignalR", "Microsoft.Identity", "Microsoft.IdentityModel", "System.Net.Http",
        ],
        PinnedLogging.Categories.Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("Microsoft.AspNetCore.Hosting.Diagnostics", true)]
    [InlineData("Microsoft.AspNetCore.HttpLogging.HttpLoggingMiddleware", true)]
    [InlineData("Microsoft.AspNetCore.Http.Connections.Internal.HttpConnectionDispatcher", true)]
    [InlineData("Microsoft.AspNetCore.Authentication.OpenIdConnect.OpenIdConnectHandler", true)]
    [InlineData("Microsoft.AspNetCore.SignalR.Internal.DefaultHubDispatcher", true)]
    [InlineData("Microsoft.AspNetCore.Components.Server.Circuits.RemoteJSRuntime", true)]
    [InlineData("System.Net.Http.HttpClient.calendly-oauth.LogicalHandler", true)]
    [InlineData("microsoft.aspnetcore.hosting.diagnostics", true)]
    [InlineData("Microsoft.AspNetCore.Hosting.DiagnosticsOfSomebodyElse", false)]
    [InlineData("Microsoft.Hosting.Lifetime", false)]
    [InlineData("AdminPortal.Web.Data.Doorbell", false)]
    public void IsPinned_takes_a_category_with_everything_below_it(string category, bool pinned) => Assert.Equal(pinned, PinnedLogging.IsPinned(category));

    public static TheoryData<string, string> Attempts => new()
    {
        { "for all", "Logging:LogLevel:Default" },
        { "for the category", "Logging:LogLevel:{0}" },
        { "for something below it", "Logging:LogLevel:{0}.Below" },
        { "by a wildcard", "Logging:LogLevel:*" },
        { "by a wildcard in the middle", "Logging:LogLevel:Micro*{1}" },
        { "for all of one provider", "Logging:Recorder:LogLevel:Default" },
        { "for the category of one provider", "Logging:Recorder:LogLevel:{0}" },
        { "for something below it of one provider", "Logging:Recorder:LogLevel:{0}.Below" },
    };

    [Theory]
    [MemberData(nameof(Attempts))]
    public async Task Configuration_cannot_lower_a_pinned_category(string attempt, string setting)
    {
        var settings = PinnedLogging.Categories.Select(category => string.Format(null, setting, category, category[^4..])).Distinct().ToDictionary(key => key, _ => "Trace");
        settings["Logging:Recorder:LogLevel:AdminPortal"] = settings["Logging:Recorder:LogLevel:Microsoft.AspNetCore.Routing"] = "Trace";
        await using var database = await postgres.CloneAsync(Ct);
        var (portal, _) = await World.BuildAsync(database, new Uri("http://localhost:1"), settings, Ct);
        await using var app = portal;
        var heard = Listen(app.Services.GetRequiredService<ILoggerFactory>());

        Assert.Equal(PinnedLogging.Categories.Order(StringComparer.Ordinal), heard.Where(h => h.Level == LogLevel.Warning && h.Category[^6..] != ".Below").Select(h => h.Category).Intersect(PinnedLogging.Categories).Order(StringComparer.Ordinal));
        Assert.True(heard.All(h => !PinnedLogging.IsPinned(h.Category) || h.Level >= LogLevel.Warning), $"{attempt}: {string.Join(", ", heard)}");
        // What is not pinned follows the configuration.
        Assert.Equal([.. Below, LogLevel.Warning], heard.Where(h => h.Category == "AdminPortal.Web.Something").Select(h => h.Level));
        Assert.Equal([.. Below, LogLevel.Warning], heard.Where(h => h.Category == "Microsoft.AspNetCore.Routing.Matching").Select(h => h.Level));
    }

    [Fact]
    public async Task Configuration_that_is_reloaded_cannot_lower_a_pinned_category_either()
    {
        await using var database = await postgres.CloneAsync(Ct);
        var (portal, _) = await World.BuildAsync(database, new Uri("http://localhost:1"), new Dictionary<string, string> { ["Logging:Recorder:LogLevel:Default"] = "Warning" }, Ct);
        await using var app = portal;
        var factory = app.Services.GetRequiredService<ILoggerFactory>();
        Assert.DoesNotContain(Listen(factory), h => h.Level < LogLevel.Warning);

        app.Configuration["Logging:Recorder:LogLevel:Default"] = "Trace";
        ((Microsoft.Extensions.Configuration.IConfigurationRoot)app.Configuration).Reload();
        var heard = Listen(factory);

        Assert.Contains(heard, h => h is { Category: "AdminPortal.Web.Something", Level: LogLevel.Trace });
        Assert.DoesNotContain(heard, h => PinnedLogging.IsPinned(h.Category) && h.Level < LogLevel.Warning);
    }

    /// <summary>Then the values of parameters, protected tokens among them, would stand in the log of every command.</summary>
    [Fact]
    public async Task Values_of_sql_parameters_are_not_logged_and_no_setting_changes_that()
    {
        await using var database = await postgres.CloneAsync(Ct);
        var (portal, _) = await World.BuildAsync(database, new Uri("http://localhost:1"), new Dictionary<string, string> { ["Logging:Recorder:LogLevel:Default"] = "Trace" }, Ct);
        await using var app = portal;
        var recorder = new Recorder();
        app.Services.GetRequiredService<ILoggerFactory>().AddProvider(recorder);
        await using var db = await app.Services.GetRequiredService<IDbContextFactory<PortalDbContext>>().CreateDbContextAsync(Ct);
        var planted = $"planted-{Guid.CreateVersion7():N}";

        Assert.False(await db.People.AnyAsync(p => p.Name == planted, Ct));

        Assert.False(db.GetService<IDbContextOptions>().FindExtension<CoreOptionsExtension>()!.IsSensitiveDataLoggingEnabled);
        Assert.Contains(recorder.Entries, e => e.Category == "Microsoft.EntityFrameworkCore.Database.Command" && e.Text.Contains("FROM people", StringComparison.Ordinal));
        Assert.DoesNotContain(recorder.Entries, e => e.Text.Contains(planted, StringComparison.Ordinal));
    }

    private static IReadOnlyList<Entry> Listen(ILoggerFactory factory)
    {
        var recorder = new Recorder();
        factory.AddProvider(recorder);
        foreach (var category in PinnedLogging.Categories.SelectMany(category => (string[])[category, category + ".Below"]).Append("AdminPortal.Web.Something").Append("Microsoft.AspNetCore.Routing.Matching"))
        {
            var logger = factory.CreateLogger(category);
            // Some callers ask first, others do not.
            foreach (var level in (LogLevel[])[.. Below, LogLevel.Warning])
            {
                if (PinnedLogging.IsPinned(category)) Assert.Equal(level >= LogLevel.Warning, logger.IsEnabled(level));
                logger.Log(level, 0, "said", null, (state, _) => state);
            }
        }
        return [.. recorder.Entries];
    }

    private sealed record Entry(string Category, LogLevel Level, string Text);

    [ProviderAlias("Recorder")]
    private sealed class Recorder : ILoggerProvider
    {
        public ConcurrentQueue<Entry> Entries { get; } = new();

        public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

        public void Dispose()
        {
        }

        private sealed class Logger(Recorder recorder, string category) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => true;

            public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
                recorder.Entries.Enqueue(new(category, logLevel, formatter(state, exception)));
        }
    }
}
