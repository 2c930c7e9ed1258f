using System.Net;
using AdminPortal.Simulator;
using AdminPortal.Simulator.Calls;
using AdminPortal.Web.Features.Connections;
using Microsoft.Extensions.Time.Testing;

namespace AdminPortal.Web.Tests.Features.Connections;

/// <summary>The rule by itself, and on simulated days against the simulator's own limiter.</summary>
public sealed class RequestBudgetTests
{
    private static readonly TimeSpan Day = TimeSpan.FromHours(24);
    private static readonly TimeSpan Spacing = TimeSpan.FromSeconds(RequestBudget.SpreadSeconds / 500);
    private static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);

    public static TheoryData<string, int> Servers => new MatrixTheoryData<string, int>(["fixed", "sliding"], [50, 60, 120, 500]);

    [Theory]
    [MemberData(nameof(Servers))]
    public void Budget_of_ones_own_is_used_to_99_percent_for_a_day_without_a_429(string limiter, int perMinute)
    {
        var world = new PacedWorld(limiter, perMinute, seed: 1);
        world.Backlog(callers: 12);

        world.Run(Day);

        Assert.Equal(0, world.Refused);
        Assert.InRange(world.Granted / (perMinute * Day.TotalMinutes), 0.99, 1);
        // What is left at the end of every minute is nearly nothing, and that is no sign of anybody else.
        Assert.Null(world.Row!.OthersAt);
    }

    [Theory]
    [MemberData(nameof(Servers))]
    public void Budget_shared_with_somebody_who_bursts_sees_one_429_for_each_burst(string limiter, int perMinute)
    {
        var world = new PacedWorld(limiter, perMinute, seed: 2);
        world.Backlog(callers: 12);
        world.SomebodyElse(most: perMinute, fewestSeconds: 30, mostSeconds: 600);

        world.Run(Day);

        // Nothing can call back what was sent, or had its slot, before the first 429 of a surprise came back.
        var onTheirWay = (int)((2 * PacedWorld.Network + RequestBudget.BackgroundAhead.TotalSeconds + 2 * PacedWorld.Database) / (RequestBudget.SpreadSeconds / perMinute));
        Assert.All(world.Bursts, burst => Assert.InRange(burst.Refused, 0, burst.Expected ? 1 : 1 + onTheirWay));
        Assert.Contains(world.Bursts, burst => burst is { Expected: true, Refused: 1 });
        Assert.InRange(world.Refused, 1, world.Bursts.Count);
    }

    [Theory]
    [MemberData(nameof(Servers))]
    public void People_wait_no_longer_than_the_look_ahead_and_one_spacing_while_background_reading_is_backlogged(string limiter, int perMinute)
    {
        var world = new PacedWorld(limiter, perMinute, seed: 3);
        world.Backlog(callers: 12);
        world.Clicks(fewestSeconds: 3, mostSeconds: 10);

        world.Run(TimeSpan.FromHours(6));

        var bound = RequestBudget.BackgroundAhead + TimeSpan.FromSeconds(RequestBudget.SpreadSeconds / perMinute + PacedWorld.Database);
        Assert.All(world.Waits, wait => Assert.InRange(wait, TimeSpan.Zero, bound));
        Assert.InRange(world.Waits.Count, 3000, 4000);
        Assert.Equal(0, world.Refused);
    }

    [Theory]
    [InlineData("fixed")]
    [InlineData("sliding")]
    public void Reader_that_awaits_each_answer_uses_99_percent_too_when_they_come_within_the_spacing(string limiter)
    {
        var world = new PacedWorld(limiter, perMinute: 500, seed: 5, network: 0.05);
        world.Backlog(callers: 1);

        world.Run(TimeSpan.FromHours(6));

        Assert.Equal(0, world.Refused);
        Assert.InRange(world.Granted / (500 * 360.0), 0.99, 1);
    }

    [Theory]
    [InlineData(60.0, true)]
    [InlineData(RequestBudget.SpreadSeconds, false)]
    public void Requests_spread_over_exactly_a_minute_are_refused_by_a_sliding_one(double spreadSeconds, bool refused)
    {
        const int PerMinute = 120;
        var clock = new FakeTimeProvider(Noon);
        var server = new RateLimiter(new SimulatorSettings { Limiter = "sliding", RateLimitPerMinute = PerMinute }, clock);
        var random = new Random(4);
        var arrivals = Enumerable.Range(0, 10 * PerMinute).Select(n => n * spreadSeconds / PerMinute + PacedWorld.Network * random.NextDouble()).Order();

        var answers = arrivals.Select(at =>
        {
            clock.SetUtcNow(Noon + TimeSpan.FromSeconds(at));
            return server.Take("user").Granted;
        }).ToList();

        Assert.Equal(refused, answers.Contains(false));
    }

    [Fact]
    public void Answer_counts_within_reason_whatever_its_headers_say()
    {
        static BudgetAnswer Of(HttpStatusCode status, params (string Name, string Value)[] headers)
        {
            using var response = new HttpResponseMessage(status);
            foreach (var (name, value) in headers) response.Headers.TryAddWithoutValidation(name, value);
            return BudgetAnswer.Of(response, Noon);
        }

        static BudgetAnswer Limits(HttpStatusCode status, string limit, string remaining, string reset) =>
            Of(status, ("X-RateLimit-Limit", limit), ("X-RateLimit-Remaining", remaining), ("X-RateLimit-Reset", reset));

        var minute = TimeSpan.FromMinutes(1);
        Assert.Equal(new BudgetAnswer(500, 412, TimeSpan.FromSeconds(34)), Limits(HttpStatusCode.OK, "500", "412", "34"));
        // An epoch instead of seconds, no limit at all, more left than there is.
        Assert.Equal(new BudgetAnswer(500, 412, minute), Limits(HttpStatusCode.OK, "500", "412", "1772452800"));
        Assert.Equal(new BudgetAnswer(1, 0, minute), Limits(HttpStatusCode.OK, "0", "0", "60"));
        Assert.Equal(new BudgetAnswer(1_000_000, 1_000_000, minute), Limits(HttpStatusCode.OK, "2147483647", "2147483647", "60"));
        Assert.Equal(default, Limits(HttpStatusCode.OK, "500", "all", "60"));
        Assert.Equal(default, Limits(HttpStatusCode.Unauthorized, "500", "500", "60"));
        Assert.Equal(new BudgetAnswer(500, 0, TimeSpan.FromSeconds(34), TimeSpan.FromSeconds(34)), Limits(HttpStatusCode.TooManyRequests, "500", "0", "34"));
        Assert.Equal(new BudgetAnswer(Wait: TimeSpan.FromSeconds(7)), Of(HttpStatusCode.TooManyRequests, ("Retry-After", "7")));
        Assert.Equal(new BudgetAnswer(Wait: minute), Of(HttpStatusCode.TooManyRequests));
    }

    [Fact]
    public void First_request_assumes_the_free_plan_and_its_answer_brings_the_next_forward()
    {
        var first = RequestBudget.First("user", Noon);
        Assert.Null(first.Next(Noon, Lane.People).Slot);
        Assert.Equal(Noon + 10 * Spacing, first.NextAt);

        var after = first.Learn(new BudgetAnswer(500, 499, TimeSpan.FromMinutes(1)), Noon, Noon.AddSeconds(0.2));

        Assert.Equal(Noon + Spacing, after.NextAt);
        Assert.Equal(Noon.AddSeconds(0.2), after.Next(Noon.AddSeconds(0.2), Lane.Background).Slot);
        Assert.Equal(499, after.LeftAt(Noon.AddSeconds(60)));
        Assert.Equal(500, after.LeftAt(Noon.AddSeconds(60.2)));
    }

    [Theory]
    [InlineData(Lane.People)]
    [InlineData(Lane.Background)]
    public void One_429_stops_everybody_for_as_long_as_it_asks_and_halves_the_rate_once(Lane lane)
    {
        var busy = Sent(500, 3);
        var refused = new BudgetAnswer(500, 0, TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(40));

        var after = Enumerable.Range(0, 3).Aggregate(busy.Row, (row, n) => row.Learn(refused, busy.Slots[n], Noon.AddSeconds(1)));

        Assert.Equal((Noon.AddSeconds(41), 0.5), (after.NextAt, after.Share));
        Assert.Null(after.Next(Noon.AddSeconds(40.5), lane).Slot);
        var next = after.Next(Noon.AddSeconds(41), lane);
        Assert.Equal(Noon.AddSeconds(41), next.Slot);
        // Another one is of what was sent after it.
        Assert.Equal(0.25 + 0.2 / 60 * 41 / 2, next.After.Learn(refused, next.Slot!.Value, Noon.AddSeconds(42)).Share, 12);
    }

    [Fact]
    public void Rate_comes_back_evenly_after_a_429()
    {
        var slowed = Sent(500, 1) is var (row, slots) ? row.Learn(new BudgetAnswer(500, 0, default, TimeSpan.FromSeconds(1)), slots[0], Noon) : null;

        double Gap(double minutes) => slowed!.Next(Noon.AddMinutes(minutes), Lane.People) is var next ? (next.After.Learn(default, next.Slot!.Value, Noon.AddMinutes(minutes)).NextAt - next.Slot.Value).TotalSeconds : 0;

        Assert.Equal(Spacing.TotalSeconds / 0.75, Gap(1.25), 6);
        Assert.Equal(Spacing.TotalSeconds, Gap(2.5), 6);
        Assert.Equal(Spacing.TotalSeconds, Gap(60), 6);
    }

    [Fact]
    public void Somebody_else_is_seen_by_what_is_missing_and_then_one_answer_is_awaited_before_the_next_request()
    {
        var (row, slots) = Sent(500, 1);
        // Of our own request 499 are left; a few more may be missing before it is certain.
        Assert.Null(row.Learn(new BudgetAnswer(500, 489, TimeSpan.FromSeconds(60)), slots[0], Noon).OthersAt);
        var seen = row.Learn(new BudgetAnswer(500, 480, TimeSpan.FromSeconds(60)), slots[0], Noon);
        Assert.Equal(Noon, seen.OthersAt);

        var sent = seen.Next(Noon.AddSeconds(2), Lane.People);

        Assert.Equal(sent.Slot + RequestBudget.AnswerWithin, sent.After.NextAt);
        Assert.Equal(sent.Slot + Spacing, sent.After.Learn(new BudgetAnswer(500, 479, TimeSpan.FromSeconds(58)), sent.Slot!.Value, Noon.AddSeconds(2.3)).NextAt);
        var later = seen.Next(Noon.AddHours(2), Lane.People);
        Assert.Equal(later.Slot + Spacing, later.After.NextAt);
    }

    [Fact]
    public void Budget_that_somebody_else_used_up_is_waited_for_and_its_last_fifth_is_left_to_people()
    {
        var (row, slots) = Sent(500, 1);

        var low = row.Learn(new BudgetAnswer(500, 99, TimeSpan.FromSeconds(50)), slots[0], Noon);
        var none = row.Learn(new BudgetAnswer(500, 0, TimeSpan.FromSeconds(50)), slots[0], Noon);

        Assert.NotNull(low.Next(Noon.AddSeconds(1), Lane.People).Slot);
        Assert.Equal((null, Noon.AddSeconds(50)), low.Next(Noon.AddSeconds(1), Lane.Background) is var next ? (next.Slot, next.AskAt) : default);
        Assert.NotNull(low.Next(Noon.AddSeconds(50), Lane.Background).Slot);
        Assert.Equal((Noon.AddSeconds(50), 1), (none.NextAt, none.Share));
    }

    /// <summary>So many requests on their way, the last at noon.</summary>
    private static (RequestBudget Row, DateTimeOffset[] Slots) Sent(int perMinute, int requests)
    {
        var gap = TimeSpan.FromSeconds(RequestBudget.SpreadSeconds / perMinute);
        var first = Noon - (requests - 1) * gap;
        var row = RequestBudget.First("user", first.AddHours(-1)).Learn(new BudgetAnswer(perMinute, perMinute - 1, TimeSpan.FromMinutes(1)), first.AddHours(-1), first.AddHours(-1));
        var slots = new DateTimeOffset[requests];
        for (var n = 0; n < requests; n++)
        {
            var (slot, _, after) = row.Next(first + n * gap, Lane.People);
            (row, slots[n]) = (after, slot!.Value);
        }
        return (row, slots);
    }
}
