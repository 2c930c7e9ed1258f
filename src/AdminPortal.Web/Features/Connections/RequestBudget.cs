using AdminPortal.Calendly;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AdminPortal.Web.Features.Connections;

/// <summary>People's clicks and approved work come before background reading.</summary>
public enum Lane
{
    People,
    Background,
}

/// <summary>What one answer says about the budget.</summary>
/// <param name="Reset">Time until the window ends, rounded up to a whole second by Calendly.</param>
/// <param name="Wait">How long a 429 asks everybody to wait; null for every other answer.</param>
public readonly record struct BudgetAnswer(int? Limit = null, int? Remaining = null, TimeSpan? Reset = null, TimeSpan? Wait = null)
{
    private const int MostPerMinute = 1_000_000;
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    public static BudgetAnswer Of(HttpResponseMessage response, DateTimeOffset now)
    {
        // Nobody was recognised: whatever a 401 counts, it is not this user's budget.
        if (response.StatusCode == System.Net.HttpStatusCode.Unauthorized) return default;
        TimeSpan? wait = response.StatusCode == System.Net.HttpStatusCode.TooManyRequests ? WholeMicroseconds(RetryAfter.Read(response, now)) : null;
        if (RateLimit.Read(response) is not { } said) return new(Wait: wait);
        var limit = Math.Clamp(said.Limit, 1, MostPerMinute);
        return new(limit, Math.Min(said.Remaining, limit), said.Reset < Window ? WholeMicroseconds(said.Reset) : Window, wait);
    }

    /// <summary>PostgreSQL counts in them.</summary>
    private static TimeSpan WholeMicroseconds(TimeSpan time) => new(time.Ticks / TimeSpan.TicksPerMicrosecond * TimeSpan.TicksPerMicrosecond);
}

/// <summary>
/// The request budget of one Calendly user: when the next request may be sent, and what the answers said. One row, whoever holds a grant of
/// that user, shared by all instances. The two functions are the rule; <see cref="RequestPacer"/> carries it out in one statement each, with
/// these constants, and a test proves that both do the same. Why so: docs/adr/0009-one-row-paces-the-requests-of-a-calendly-user.md.
/// </summary>
public sealed record RequestBudget
{
    /// <summary>What the free plan allows: assumed until the first answer says better.</summary>
    public const int AssumedPerMinute = 50;
    /// <summary>
    /// A minute, and by how much a request may reach Calendly later than another after its slot: 0.3 s on the way, 0.05 s for a late timer or a
    /// slow database. As many requests as the limit, spread over this, are never more than the limit in any 60 s, fixed windows or sliding.
    /// </summary>
    public const double SpreadSeconds = 60.35;
    /// <summary>How far ahead of its time a request is given its slot. People are earlier than background reading, and so always first.</summary>
    public static readonly TimeSpan PeopleAhead = TimeSpan.FromMilliseconds(200);
    public static readonly TimeSpan BackgroundAhead = TimeSpan.FromMilliseconds(100);
    /// <summary>While somebody else spends the same budget, one request waits for the answer to the one before, but no longer than this.</summary>
    public static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(1);
    /// <summary>So long after the last sign of somebody else.</summary>
    public static readonly TimeSpan OthersFor = TimeSpan.FromHours(1);
    /// <summary>An unexpected 429 halves the rate, down to this; it comes back by a fifth of the whole a minute.</summary>
    public const double LeastShare = 1.0 / 16;
    public const double ShareBackPerSecond = 0.2 / 60;
    /// <summary>The part of a budget shared with others that background reading leaves to people: one in so many.</summary>
    public const int KeptForPeople = 5;

    public required string CalendlyUserUri { get; init; }
    public required int PerMinute { get; init; }
    /// <summary>The slot of the last request.</summary>
    public required DateTimeOffset SentAt { get; init; }
    /// <summary>The first moment at which the next may be sent.</summary>
    public required DateTimeOffset NextAt { get; init; }
    /// <summary>The last request has not been answered yet.</summary>
    public required bool Awaiting { get; init; }
    /// <summary>Nothing is sent before.</summary>
    public DateTimeOffset? HeldUntil { get; init; }
    /// <summary>Which part of the limit was used after the last unexpected 429, and when that was.</summary>
    public required double Share { get; init; }
    public DateTimeOffset? SlowedAt { get; init; }
    /// <summary>When somebody else was last seen to spend the same budget.</summary>
    public DateTimeOffset? OthersAt { get; init; }
    /// <summary>What the last answer said, when, and when the window ends by it.</summary>
    public int? Remaining { get; init; }
    public DateTimeOffset? MeasuredAt { get; init; }
    public DateTimeOffset? ResetsAt { get; init; }

    /// <summary>Calls left this minute; null before the first answer. After the window's end nobody has used the new one yet, as far as we know.</summary>
    public int? LeftAt(DateTimeOffset now) => ResetsAt <= now ? PerMinute : Remaining;

    /// <summary>A user's first request.</summary>
    public static RequestBudget First(string calendlyUserUri, DateTimeOffset now) => new()
    {
        CalendlyUserUri = calendlyUserUri,
        PerMinute = AssumedPerMinute,
        SentAt = now,
        NextAt = now + Seconds(SpreadSeconds / AssumedPerMinute),
        Awaiting = true,
        Share = 1,
    };

    public static TimeSpan Ahead(Lane lane) => lane == Lane.People ? PeopleAhead : BackgroundAhead;

    /// <summary>The slot of the next request and the state after it; no slot, and the same state, for who has to ask again at <c>AskAt</c>.</summary>
    public (DateTimeOffset? Slot, DateTimeOffset AskAt, RequestBudget After) Next(DateTimeOffset now, Lane lane)
    {
        var askAt = NextAt - Ahead(lane);
        if (lane == Lane.Background && WithOthers(OthersAt, now) && Remaining * KeptForPeople < PerMinute && ResetsAt > askAt) askAt = ResetsAt.Value;
        if (askAt > now) return (null, askAt, this);
        var slot = NextAt > now ? NextAt : now;
        return (slot, askAt, this with { SentAt = slot, NextAt = slot + Gap(PerMinute, ShareAt(now), WithOthers(OthersAt, now)), Awaiting = true });
    }

    /// <summary>The state after the answer to the request that had this slot.</summary>
    public RequestBudget Learn(BudgetAnswer answer, DateTimeOffset slot, DateTimeOffset now)
    {
        var perMinute = answer.Limit ?? PerMinute;
        var spacing = SpreadSeconds / perMinute;
        // Requests of ours alone, so far apart, leave at least so much for so long; the header rounds up to a whole second.
        var others = answer.Wait is not null || answer.Reset?.TotalSeconds - 1 >= (answer.Remaining + 1) * spacing;
        var othersAt = others ? now : OthersAt;
        var withOthers = WithOthers(othersAt, now);
        // Those that were on their way when the last 429 came say nothing new.
        var slower = answer.Wait is not null && !(SlowedAt >= slot);
        var share = slower ? Math.Max(LeastShare, ShareAt(now) / 2) : Share;
        var held = answer.Wait is { } wait ? now + wait
            // What is left is spoken for by the requests sent since.
            : withOthers && answer.Remaining * spacing <= (SentAt - slot).TotalSeconds ? now + answer.Reset : null;
        var heldUntil = held > HeldUntil || HeldUntil is null ? held : HeldUntil;
        var awaiting = Awaiting && slot != SentAt;
        var nextAt = SentAt + Gap(perMinute, slower ? share : ShareAt(now), withOthers && awaiting);
        return this with
        {
            PerMinute = perMinute,
            NextAt = heldUntil > nextAt ? heldUntil.Value : nextAt,
            Awaiting = awaiting,
            HeldUntil = heldUntil,
            Share = share,
            SlowedAt = slower ? now : SlowedAt,
            OthersAt = othersAt,
            Remaining = answer.Remaining ?? Remaining,
            MeasuredAt = answer.Remaining is null ? MeasuredAt : now,
            ResetsAt = now + answer.Reset ?? ResetsAt,
        };
    }

    private double ShareAt(DateTimeOffset now) =>
        SlowedAt is { } at ? Math.Min(1, Math.Max(Share, Share + ShareBackPerSecond * (now - at).TotalSeconds)) : Share;

    private static bool WithOthers(DateTimeOffset? othersAt, DateTimeOffset now) => othersAt > now - OthersFor;

    private static TimeSpan Gap(int perMinute, double share, bool untilAnswered)
    {
        var spacing = Seconds(SpreadSeconds / (perMinute * share));
        return untilAnswered && AnswerWithin > spacing ? AnswerWithin : spacing;
    }

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromMicroseconds(Math.Round(seconds * 1e6));
}

public sealed class RequestBudgetMapping : IEntityTypeConfiguration<RequestBudget>
{
    public void Configure(EntityTypeBuilder<RequestBudget> budget)
    {
        budget.ToTable("request_budgets", table =>
        {
            table.HasCheckConstraint("ck_request_budgets_per_minute", "per_minute > 0");
            table.HasCheckConstraint("ck_request_budgets_share", "share > 0 AND share <= 1");
        });
        budget.HasKey(b => b.CalendlyUserUri);
    }
}
