using System.Collections.Concurrent;
using AdminPortal.Web.Data;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Web.Features.Connections;

/// <summary>On whose budget a request goes: that of the Calendly user of a connection, or of a grant that is not stored yet.</summary>
public sealed record BudgetCaller(Guid? ConnectionId, string? CalendlyUserUri, Lane Lane);

/// <summary>A request's slot, and how long it is until then. Without a slot: how long until it makes sense to ask again.</summary>
public sealed record Turn(string CalendlyUserUri, DateTimeOffset? Slot, TimeSpan Wait);

/// <summary>
/// Gives every request to Calendly its slot, for all instances through the user's row and on the database's clock. Each of the two statements
/// is the function of <see cref="RequestBudget"/> with its name, in SQL.
/// </summary>
public sealed partial class RequestPacer(IDbContextFactory<PortalDbContext> contexts, TimeProvider clock, ILogger<RequestPacer> logger)
{
    /// <summary>Nobody waits longer than this for a turn: that Calendly asks for more is an answer in itself.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(2);
    /// <summary>An answer may bring the next slot forward, so whoever waits looks again.</summary>
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(200);
    /// <summary>From here on it is a wait that no answer makes shorter.</summary>
    private static readonly TimeSpan LongWait = TimeSpan.FromSeconds(2);
    /// <summary>The caller's answer is there; its book-keeping holds it up no longer than this.</summary>
    private static readonly TimeSpan StorePatience = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan NoteUseEvery = TimeSpan.FromMinutes(1);
    private readonly ConcurrentDictionary<BudgetCaller, SemaphoreSlim> queues = new();

    private sealed record Asked(string CalendlyUserUri, DateTimeOffset? Slot, TimeSpan? Wait);

    /// <summary>Comes back when the request may be sent; without a slot, and at once, when that would take longer than <see cref="LongestWait"/>.</summary>
    public async Task<Turn> TakeAsync(BudgetCaller caller, CancellationToken cancellationToken)
    {
        var turn = await QueueAsync(caller, cancellationToken);
        if (turn.Slot is not null && turn.Wait > TimeSpan.Zero) await SleepAsync(turn.Wait, cancellationToken);
        return turn;
    }

    /// <summary>Keeps what the answer said. It may be late or fail without the caller noticing: the answer itself is worth more.</summary>
    public async Task LearnAsync(BudgetCaller caller, Turn turn, BudgetAnswer answer)
    {
        try
        {
            await StoreAsync(caller, turn, answer).WaitAsync(StorePatience, clock);
        }
        catch (TimeoutException)
        {
            // It goes on, and says so itself if it fails.
        }
    }

    /// <param name="at">The time to go by; null for the database's clock.</param>
    public async Task<Turn> NextAsync(BudgetCaller caller, DateTimeOffset? at, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        // "due" is when this lane may ask: so long ahead of the next slot, and for background reading not before a window shared with others ends.
        var rows = await db.Database.SqlQuery<Asked>($"""
            WITH asked AS (
                SELECT coalesce({caller.CalendlyUserUri}, (SELECT calendly_user_uri FROM connections WHERE id = {caller.ConnectionId})) AS who,
                    coalesce({at}::timestamptz, clock_timestamp()) AS now
            ), given AS (
                INSERT INTO request_budgets AS b (calendly_user_uri, per_minute, sent_at, next_at, awaiting, share)
                SELECT who, {RequestBudget.AssumedPerMinute}, now, now + make_interval(secs => {RequestBudget.SpreadSeconds / RequestBudget.AssumedPerMinute}), true, 1
                FROM asked WHERE who IS NOT NULL
                ON CONFLICT (calendly_user_uri) DO UPDATE SET
                    awaiting = true,
                    sent_at = greatest(b.next_at, excluded.sent_at),
                    next_at = greatest(b.next_at, excluded.sent_at) + greatest(
                        make_interval(secs => {RequestBudget.SpreadSeconds} / (b.per_minute
                            * least(1, greatest(b.share, b.share + {RequestBudget.ShareBackPerSecond} * extract(epoch FROM excluded.sent_at - b.slowed_at)::float8)))),
                        CASE WHEN b.others_at > excluded.sent_at - {RequestBudget.OthersFor} THEN {RequestBudget.AnswerWithin} END)
                WHERE greatest(b.next_at - {RequestBudget.Ahead(caller.Lane)}, CASE WHEN {caller.Lane == Lane.Background}
                    AND b.others_at > excluded.sent_at - {RequestBudget.OthersFor} AND b.remaining * {RequestBudget.KeptForPeople} < b.per_minute THEN b.resets_at END) <= excluded.sent_at
                RETURNING b.calendly_user_uri, b.sent_at
            )
            SELECT calendly_user_uri, sent_at AS slot, sent_at - clock_timestamp() AS wait FROM given
            UNION ALL
            SELECT who, NULL, greatest(b.next_at - {RequestBudget.Ahead(caller.Lane)}, CASE WHEN {caller.Lane == Lane.Background}
                    AND b.others_at > now - {RequestBudget.OthersFor} AND b.remaining * {RequestBudget.KeptForPeople} < b.per_minute THEN b.resets_at END) - now
            FROM asked LEFT JOIN request_budgets b ON b.calendly_user_uri = who
            WHERE who IS NOT NULL AND NOT EXISTS (SELECT FROM given)
            """).ToListAsync(cancellationToken);
        if (rows.SingleOrDefault() is not { } row) throw new ConnectionUnusableException("There is no such connection.");
        // Without a wait it is the very first request, and somebody else's at this moment.
        return new Turn(row.CalendlyUserUri, row.Slot, row.Wait ?? TimeSpan.Zero);
    }

    /// <param name="at">The time to go by; null for the database's clock.</param>
    public async Task LearnAsync(BudgetCaller caller, Turn turn, BudgetAnswer answer, DateTimeOffset? at, CancellationToken cancellationToken)
    {
        var used = clock.GetUtcNow();
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await db.Database.ExecuteSqlAsync($"""
            WITH used AS (
                UPDATE connections SET last_used_at = {used} WHERE id = {caller.ConnectionId} AND (last_used_at IS NULL OR last_used_at < {used - NoteUseEvery})
            )
            UPDATE request_budgets b
            SET (per_minute, next_at, awaiting, held_until, share, slowed_at, others_at, remaining, measured_at, resets_at) = (
                SELECT limited.per_minute,
                    greatest(b.sent_at + greatest(make_interval(secs => {RequestBudget.SpreadSeconds} / (limited.per_minute * pace.now)),
                        CASE WHEN seen.with_others AND b.awaiting AND b.sent_at <> said.slot THEN {RequestBudget.AnswerWithin} END), held.until),
                    b.awaiting AND b.sent_at <> said.slot, held.until,
                    CASE WHEN slower.yes THEN pace.now ELSE b.share END, CASE WHEN slower.yes THEN said.at ELSE b.slowed_at END, others.at,
                    coalesce(said.remaining, b.remaining),
                    CASE WHEN said.remaining IS NULL THEN b.measured_at ELSE said.at END,
                    coalesce(said.at + make_interval(secs => said.reset), b.resets_at)
                FROM (SELECT coalesce({at}::timestamptz, clock_timestamp()) AS at, {turn.Slot}::timestamptz AS slot, {answer.Limit}::int AS per_minute,
                        {answer.Remaining}::int AS remaining, {answer.Reset?.TotalSeconds}::float8 AS reset, {answer.Wait}::interval AS wait) said,
                    LATERAL (SELECT coalesce(said.per_minute, b.per_minute) AS per_minute) limited,
                    LATERAL (SELECT {RequestBudget.SpreadSeconds} / limited.per_minute AS secs) spacing,
                    LATERAL (SELECT CASE WHEN said.wait IS NOT NULL OR said.reset - 1 >= (said.remaining + 1) * spacing.secs THEN said.at ELSE b.others_at END AS at) others,
                    LATERAL (SELECT coalesce(others.at > said.at - {RequestBudget.OthersFor}, false) AS with_others) seen,
                    LATERAL (SELECT said.wait IS NOT NULL AND (b.slowed_at < said.slot) IS NOT false AS yes) slower,
                    LATERAL (SELECT least(1, greatest(b.share, b.share + {RequestBudget.ShareBackPerSecond} * extract(epoch FROM said.at - b.slowed_at)::float8)) AS before) share,
                    LATERAL (SELECT CASE WHEN slower.yes THEN greatest({RequestBudget.LeastShare}, share.before / 2) ELSE share.before END AS now) pace,
                    LATERAL (SELECT greatest(b.held_until, said.at + CASE WHEN said.wait IS NOT NULL THEN said.wait
                        WHEN seen.with_others AND said.remaining * spacing.secs <= extract(epoch FROM b.sent_at - said.slot)::float8
                            THEN make_interval(secs => said.reset) END) AS until) held)
            WHERE b.calendly_user_uri = {turn.CalendlyUserUri}
            """, cancellationToken);
    }

    private async Task<Turn> QueueAsync(BudgetCaller caller, CancellationToken cancellationToken)
    {
        // One of this instance at a time talks to the row; the others stand behind it.
        var queue = queues.GetOrAdd(caller, _ => new SemaphoreSlim(1, 1));
        await queue.WaitAsync(cancellationToken);
        try
        {
            while (true)
            {
                var turn = await NextAsync(caller, null, cancellationToken);
                if (turn.Slot is not null || turn.Wait > LongestWait) return turn;
                await SleepAsync(turn.Wait > LookAgain && turn.Wait < LongWait ? LookAgain : turn.Wait, cancellationToken);
            }
        }
        finally
        {
            queue.Release();
        }
    }

    private async Task StoreAsync(BudgetCaller caller, Turn turn, BudgetAnswer answer)
    {
        try
        {
            await LearnAsync(caller, turn, answer, null, CancellationToken.None);
        }
        catch (Exception exception)
        {
            Log.NotStored(logger, exception.GetType().Name);
        }
    }

    /// <summary>Never shorter than asked: a timer drops fractions of a millisecond, and may come one too early.</summary>
    private Task SleepAsync(TimeSpan time, CancellationToken cancellationToken) =>
        Task.Delay(TimeSpan.FromMilliseconds(Math.Max(0, Math.Ceiling(time.TotalMilliseconds)) + 1), clock, cancellationToken);

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "What Calendly said about its request budget could not be stored ({Reason})")]
        public static partial void NotStored(ILogger logger, string reason);
    }
}
