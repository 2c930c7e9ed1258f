using System.Collections.Concurrent;
using AdminPortal.Web.Data;

namespace AdminPortal.Web.Features.Connections;

/// <summary>
/// Valid access tokens of connections. Whoever finds one about to expire joins the one refresh of this instance; instances agree through
/// the row, see <see cref="TokenRefresh"/>. A caller that goes away does not stop a refresh on its way, and a shutdown lets it finish.
/// </summary>
public sealed class ConnectionTokens(TokenProtection protection, RefreshRow row, TokenRefresh refresh, GrantOwners owners, TimeProvider clock) : IHostedService, IDisposable
{
    private static readonly TimeSpan Ahead = TimeSpan.FromMinutes(5);
    private readonly ConcurrentDictionary<(Guid Connection, int Generation), Task> running = new();
    private readonly CancellationTokenSource stopping = new();

    /// <exception cref="ConnectionUnusableException">The connection does not work; the message says why and who can mend it.</exception>
    public async ValueTask<string> AccessAsync(Guid connectionId, CancellationToken cancellationToken, string? actingUser = null)
    {
        var connection = await UsableAsync(connectionId, cancellationToken, actingUser);
        if (IsFresh(connection)) return await OpenAsync(connection, cancellationToken);
        if (await RefreshAsync(connection, cancellationToken) is { } failed)
        {
            // Ahead of its expiry a token is good even when it could not be renewed just now.
            connection = await UsableAsync(connectionId, cancellationToken, actingUser);
            if (connection.AccessExpiresAt <= clock.GetUtcNow()) throw failed;
        }
        else connection = await UsableAsync(connectionId, cancellationToken, actingUser);
        return await OpenAsync(connection, cancellationToken);
    }

    /// <summary>Another token for one that Calendly rejected: the one stored meanwhile, or a newly refreshed one.</summary>
    public async Task<string> ReplaceAsync(Guid connectionId, string rejected, CancellationToken cancellationToken, string? actingUser = null)
    {
        var connection = await UsableAsync(connectionId, cancellationToken, actingUser);
        var current = await OpenAsync(connection, cancellationToken);
        if (current != rejected) return current;
        if (connection.Kind == ConnectionKind.PersonalAccessToken) throw await GiveUpAsync(connectionId, rejected, cancellationToken);
        if (await RefreshAsync(connection, cancellationToken) is { } failed) throw failed;
        return await OpenAsync(await UsableAsync(connectionId, cancellationToken, actingUser), cancellationToken);
    }

    /// <summary>Calendly rejected even the newest token: the grant is dead. Returns what to throw.</summary>
    public async Task<ConnectionUnusableException> GiveUpAsync(Guid connectionId, string rejected, CancellationToken cancellationToken)
    {
        var connection = await UsableAsync(connectionId, cancellationToken);
        if (await OpenAsync(connection, cancellationToken) == rejected)
            await row.BreakAsync(connection.Id, connection.Generation, "Calendly no longer accepts this connection.", cancellationToken);
        return await UnusableAsync(connectionId, cancellationToken)
            ?? new ConnectionUnusableException($"{connection.CalendlyName}’s connection was renewed at this moment. Try again.", isTemporary: true);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Waits for refreshes on their way, whatever others have left of the host's patience: leaving one would cost its owner the connection.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await stopping.CancelAsync();
        // Each has its own time-outs.
        while (running.Values is { Count: > 0 } refreshes) await Task.WhenAll(refreshes).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public void Dispose() => stopping.Dispose();

    private async Task<ConnectionUnusableException?> RefreshAsync(Connection seen, CancellationToken cancellationToken)
    {
        var mine = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var shared = running.GetOrAdd((seen.Id, seen.Generation), mine.Task);
        if (shared == mine.Task) _ = RunAsync(seen, mine);
        try
        {
            await shared.WaitAsync(cancellationToken);
            return null;
        }
        catch (ConnectionUnusableException unusable)
        {
            return unusable;
        }
        catch (Exception exception) when (DatabaseAway.Caused(exception))
        {
            return new ConnectionUnusableException($"{seen.CalendlyName}’s connection could not be renewed: the database did not answer.", isTemporary: true, exception);
        }
    }

    private async Task RunAsync(Connection seen, TaskCompletionSource done)
    {
        try
        {
            await refresh.RunAsync(seen.Id, seen.Generation, stopping.Token);
            running.TryRemove((seen.Id, seen.Generation), out _);
            done.SetResult();
        }
        catch (Exception exception)
        {
            running.TryRemove((seen.Id, seen.Generation), out _);
            done.SetException(exception);
            _ = done.Task.Exception;
        }
    }

    private bool IsFresh(Connection connection)
    {
        if (connection.AccessExpiresAt is not { } expires) return true;
        // A short-lived token is renewed in the last quarter of its life, or it would be renewed all the time.
        var quarter = (expires - (connection.LastRefreshedAt ?? connection.ConnectedAt)) / 4;
        return expires - clock.GetUtcNow() > (quarter < Ahead ? quarter : Ahead);
    }

    private async Task<string> OpenAsync(Connection connection, CancellationToken cancellationToken)
    {
        if (protection.Unprotect(connection.PersonId, connection.OrganizationUri, connection.Kind, TokenField.Access, connection.ProtectedAccessToken) is { } token) return token;
        await row.BreakAsync(connection.Id, connection.Generation, "The stored token cannot be opened.", cancellationToken);
        throw await UnusableAsync(connection.Id, cancellationToken)
            ?? new ConnectionUnusableException($"{connection.CalendlyName}’s connection was renewed at this moment. Try again.", isTemporary: true);
    }

    private async Task<Connection> UsableAsync(Guid connectionId, CancellationToken cancellationToken, string? actingUser = null)
    {
        var connection = await row.ReadAsync(connectionId, cancellationToken);
        if (actingUser is not null && connection.CalendlyUserUri != actingUser)
            throw new ConnectionUnusableException("This connection belongs to another Calendly user than the one that was approved.");
        if (connection.WhyUnusable() is { } words) throw new ConnectionUnusableException(words);
        // Asked each time: whoever was blocked a moment ago acts no more, whether or not anybody has come to end the grant.
        return await owners.WhyNotAsync(connectionId, cancellationToken) is { } orphan ? throw new ConnectionUnusableException(orphan.Words) : connection;
    }

    private async Task<ConnectionUnusableException?> UnusableAsync(Guid connectionId, CancellationToken cancellationToken) =>
        (await row.ReadAsync(connectionId, cancellationToken)).WhyUnusable() is { } words ? new ConnectionUnusableException(words) : null;
}
