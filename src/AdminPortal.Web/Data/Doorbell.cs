using System.Collections.Concurrent;
using Npgsql;

namespace AdminPortal.Web.Data;

/// <summary>The topics that the database rings, see Data/Sql/doorbell.sql.</summary>
public static class Topic
{
    public const string Removals = "removals";
    public const string Directory = "directory";
    /// <summary>What changed in the directory, and who did it, as far as that becomes known later.</summary>
    public const string Changes = "changes";
    public const string Invitations = "invitations";
    /// <summary>A member's row was written.</summary>
    public const string Members = "members";
    public const string Connections = "connections";
    /// <summary>Roles, blocks and ended sessions: what decides whether somebody's open pages stay open.</summary>
    public const string People = "people";
    public const string Budget = "budget";
    /// <summary>Rung by the doorbell itself when it loses the database, and when it has it back.</summary>
    public const string Database = "database";
}

/// <summary>
/// Tells pages and workers of this instance that something changed, on whichever instance. It is only a bell: whoever hears it reads the
/// tables. While the connection is down nothing is heard, so every topic is rung once after it is back.
/// </summary>
public sealed partial class Doorbell(IConfiguration configuration, TimeProvider clock, ILogger<Doorbell> logger) : BackgroundService
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(2);
    private static readonly string[] Topics = [Topic.Database, Topic.Removals, Topic.Directory, Topic.Changes, Topic.Invitations, Topic.Members, Topic.Connections, Topic.Budget, Topic.People];
    private readonly Lock gate = new();
    private readonly List<(string Topic, Func<Task> Handler)> subscriptions = [];
    private readonly ConcurrentDictionary<string, long> rings = new();

    /// <summary>False while the database does not answer.</summary>
    public bool IsConnected { get; private set; } = true;

    /// <summary>How often a topic has rung: more often than when something was read means that it may be different by now.</summary>
    public long Rings(string topic) => rings.GetValueOrDefault(topic);

    /// <summary>Calls <paramref name="handler"/> after every ring until the result is disposed. The handler must not throw.</summary>
    public IDisposable Subscribe(string topic, Func<Task> handler) => Subscribe([topic], handler);

    /// <inheritdoc cref="Subscribe(string, Func{Task})"/>
    public IDisposable Subscribe(IReadOnlyList<string> topics, Func<Task> handler)
    {
        (string, Func<Task>)[] mine = [.. topics.Select(topic => (topic, handler))];
        lock (gate) subscriptions.AddRange(mine);
        return new Subscription(() => { lock (gate) subscriptions.RemoveAll(mine.Contains); });
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await ListenAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                // Said once, however long it lasts.
                if (IsConnected)
                {
                    IsConnected = false;
                    Log.ConnectionLost(logger, exception.GetType().Name);
                    Ring(Topic.Database);
                }
                await Task.Delay(RetryAfter, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task ListenAsync(CancellationToken cancellationToken)
    {
        var connectionString = new NpgsqlConnectionStringBuilder(configuration.PortalConnectionString()) { Pooling = false, KeepAlive = 5, CommandTimeout = 5 };
        await using var connection = new NpgsqlConnection(connectionString.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        connection.Notification += (_, ring) => Ring(ring.Payload);
        await using (var listen = new NpgsqlCommand("LISTEN portal", connection)) await listen.ExecuteNonQueryAsync(cancellationToken);
        if (!IsConnected) Log.ConnectionBack(logger);
        IsConnected = true;
        foreach (var topic in Topics) Ring(topic);
        while (true) await connection.WaitAsync(cancellationToken);
    }

    private void Ring(string topic)
    {
        rings.AddOrUpdate(topic, 1, (_, count) => count + 1);
        Func<Task>[] handlers;
        lock (gate) handlers = [.. subscriptions.Where(s => s.Topic == topic).Select(s => s.Handler)];
        foreach (var handler in handlers) _ = Task.Run(handler);
    }

    private sealed class Subscription(Action dispose) : IDisposable
    {
        public void Dispose() => dispose();
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "The doorbell lost its database connection ({Reason}); listening again shortly")]
        public static partial void ConnectionLost(ILogger logger, string reason);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The doorbell has its database connection back")]
        public static partial void ConnectionBack(ILogger logger);
    }
}
