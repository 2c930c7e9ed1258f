using AdminPortal.Calendly;
using AdminPortal.Web.Data;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace AdminPortal.Web.Features.Connections;

/// <summary>
/// Calendly's request budget of one connection, shared by all instances through its row and learned from the X-RateLimit headers. Like a
/// lease it lives on the database's clock, so that instances agree.
/// </summary>
public sealed partial class RequestBudget(IDbContextFactory<PortalDbContext> contexts, TimeProvider clock, ILogger<RequestBudget> logger)
{
    /// <summary>The part of the budget that background reading leaves to people.</summary>
    private const double KeptForPeople = 0.2;
    /// <summary>Two answers whose windows end this close together are of the same window.</summary>
    private const int SameWindowSeconds = 5;

    private sealed record Left(int? BudgetLimit, int? BudgetRemaining, double? SecondsLeft);

    /// <summary>Waits for the next window when this lane may not use what is left of the present one.</summary>
    public async Task WaitAsync(Guid connectionId, Lane lane, CancellationToken cancellationToken)
    {
        while (WaitFor(await ReadAsync(connectionId, cancellationToken), lane) is { } wait) await Task.Delay(wait, clock, cancellationToken);
    }

    private static TimeSpan? WaitFor(Left? left, Lane lane)
    {
        if (left is not { BudgetLimit: { } limit, BudgetRemaining: { } remaining, SecondsLeft: > 0 }) return null;
        var enough = lane == Lane.People ? remaining > 0 : remaining >= limit * KeptForPeople;
        return enough ? null : TimeSpan.FromSeconds(left.SecondsLeft.Value);
    }

    private async Task<Left?> ReadAsync(Guid connectionId, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var rows = await db.Database.SqlQuery<Left>($"""
            SELECT budget_limit, budget_remaining, extract(epoch FROM budget_resets_at - clock_timestamp())::float8 AS seconds_left
            FROM connections WHERE id = {connectionId}
            """).ToListAsync(cancellationToken);
        return rows.SingleOrDefault();
    }

    /// <summary>Stores what an answer said. Answers overtake each other: within one window the smallest remainder is the latest.</summary>
    public async Task RecordAsync(Guid connectionId, RateLimit? answer, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        try
        {
            await using var db = await contexts.CreateDbContextAsync(cancellationToken);
            if (answer is null)
            {
                await db.Database.ExecuteSqlAsync($"UPDATE connections SET last_used_at = {now} WHERE id = {connectionId}", cancellationToken);
                return;
            }
            var seconds = answer.Reset.TotalSeconds;
            await db.Database.ExecuteSqlAsync($"""
                UPDATE connections SET last_used_at = {now}, budget_limit = {answer.Limit},
                    budget_remaining = CASE WHEN abs(extract(epoch FROM budget_resets_at - clock_timestamp()) - {seconds}) <= {SameWindowSeconds}
                        THEN least(budget_remaining, {answer.Remaining}) ELSE {answer.Remaining} END,
                    budget_resets_at = clock_timestamp() + make_interval(secs => {seconds})
                WHERE id = {connectionId}
                """, cancellationToken);
        }
        catch (NpgsqlException exception)
        {
            // The answer itself is worth more than its book-keeping.
            Log.NotRecorded(logger, connectionId, exception.SqlState);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "The request budget of connection {Connection} could not be stored ({SqlState})")]
        public static partial void NotRecorded(ILogger logger, Guid connection, string? sqlState);
    }
}
