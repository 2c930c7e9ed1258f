using AdminPortal.Calendly;
using AdminPortal.Web.Data;
using AdminPortal.Web.Security;

namespace AdminPortal.Web.Features.Connections;

/// <summary>
/// One refresh of one connection. A refresh token is used once: https://developer.calendly.com/refresh-token-rotation-guide. So the row says
/// that a refresh is on its way (the claim) before anything is sent; the exchange runs outside any transaction; the new pair is stored with
/// the claim's fence before anybody uses it. <see cref="RefreshState"/> is the rule.
/// </summary>
public sealed partial class TokenRefresh(
    RefreshRow row, CalendlySignIn calendly, TokenProtection protection, EndedGrants grants, TimeProvider clock, ILogger<TokenRefresh> logger)
{
    private static readonly TimeSpan ExchangeTimeout = TimeSpan.FromSeconds(20);
    /// <summary>For how long a database that is away is asked again to record what an exchange came to.</summary>
    private static readonly TimeSpan RecordingTimeout = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan RecordAgain = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// What one refresh takes until nothing of it can be lost: a pair that may not be stored is recorded as one to revoke. The rest is for a
    /// database that hangs when it is asked for newer keys or told to stop.
    /// </summary>
    public static readonly TimeSpan Longest = ExchangeTimeout + (2 * RecordingTimeout) + TimeSpan.FromSeconds(5);

    /// <summary>Comes back when the row holds another generation than <paramref name="seen"/>, or none that can be used.</summary>
    /// <param name="stopping">Nothing is begun any more; what was claimed is carried to its end.</param>
    /// <exception cref="ConnectionUnusableException">It could not be refreshed now; nothing was spent, so it can be later.</exception>
    public async Task RunAsync(Guid connectionId, int seen, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            var (state, now) = await row.StateAsync(connectionId, CancellationToken.None);
            switch (state.Next(seen, now))
            {
                case RefreshStep.Done:
                    return;
                case RefreshStep.Pause:
                    throw new ConnectionUnusableException(state.Problem!, isTemporary: true);
                case RefreshStep.GiveUp:
                    await row.GiveUpAsync(connectionId, seen, CancellationToken.None);
                    break;
                case RefreshStep.Claim when await row.ClaimAsync(connectionId, seen, CancellationToken.None) is { } claimed:
                    await ExchangeAsync(claimed);
                    return;
                default:
                    await Task.Delay(LookAgain, clock, CancellationToken.None);
                    break;
            }
        }
        throw new ConnectionUnusableException("This portal is stopping. Try again in a moment.", isTemporary: true);
    }

    private async Task ExchangeAsync(Connection claimed)
    {
        Task<bool> BreakAsync(string problem) => RecordAsync(ct => row.BreakAsync(claimed.Id, claimed.Generation, problem, ct));
        if (protection.Unprotect(claimed.PersonId, claimed.OrganizationUri, claimed.Kind, TokenField.Refresh, claimed.ProtectedRefreshToken) is not { } token)
        {
            await BreakAsync("The stored token cannot be opened.");
            return;
        }
        TokenGrant grant;
        try
        {
            using var timeout = new CancellationTokenSource(ExchangeTimeout, clock);
            grant = await calendly.RefreshAsync(token, timeout.Token);
        }
        catch (Exception exception)
        {
            var failure = RefreshFailure.Of(exception);
            Log.Failed(logger, claimed.Id, failure.Reason);
            var tooOften = claimed.RefreshFailures + 1 >= RefreshState.MostFailures;
            if (!failure.IsUnspent || tooOften)
            {
                await BreakAsync(tooOften ? $"{failure.Words} It was tried for a day." : failure.Words);
                return;
            }
            await RecordAsync(ct => row.ReleaseAsync(claimed, failure.Words, failure.Pause, ct));
            throw new ConnectionUnusableException(failure.Words, isTemporary: true);
        }
        if ((grant.Owner, grant.Organization) != (claimed.CalendlyUserUri, claimed.OrganizationUri))
        {
            await grants.RevokeAsync(await RecordAsync(ct => grants.EndForeignAsync(claimed, grant, ct)), Actor.Portal);
            return;
        }
        var pair = row.Seal(claimed, grant);
        if (await RecordAsync(ct => row.StoreAsync(claimed, pair, ct))) return;
        // Disconnected, reconnected or given up while Calendly answered: nobody may ever use this pair, and it must not live on.
        await grants.RevokeAsync(await RecordAsync(ct => grants.KeepAsync(claimed.Id, grant, ct)), Actor.Portal);
    }

    /// <summary>What happened at Calendly cannot be asked for again, so a database that is away for a moment must not lose it.</summary>
    private async Task<T> RecordAsync<T>(Func<CancellationToken, Task<T>> record)
    {
        using var timeout = new CancellationTokenSource(RecordingTimeout, clock);
        while (true)
        {
            try
            {
                return await record(timeout.Token);
            }
            catch (Exception exception) when (DatabaseAway.Caused(exception) && !timeout.IsCancellationRequested)
            {
                await Task.Delay(RecordAgain, clock, CancellationToken.None);
            }
            catch (OperationCanceledException exception)
            {
                throw new TimeoutException("The database did not record what a refresh came to.", exception);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Connection {Connection} was not refreshed ({Reason})")]
        public static partial void Failed(ILogger logger, Guid connection, string reason);
    }
}
