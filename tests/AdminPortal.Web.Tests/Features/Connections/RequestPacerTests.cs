using System.Net.Http.Json;
using System.Text.Json;
using AdminPortal.Calendly;
using AdminPortal.Simulator;
using AdminPortal.Testing;
using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Connections;
using AdminPortal.Web.Features.Directory;
using CsCheck;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace AdminPortal.Web.Tests.Features.Connections;

/// <summary>The rule in SQL on real PostgreSQL: the same as the pure one, by itself and with many callers at once.</summary>
public sealed class RequestPacerTests(PostgresFixture postgres)
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private enum Step { People, Background, Answer, Refusal, NoHeaders }

    [Fact]
    public async Task Statements_do_what_the_rule_says_in_every_history()
    {
        await using var database = await postgres.CloneAsync(Ct);
        var contexts = new Contexts(database.AppConnectionString);
        var pacer = new RequestPacer(contexts, TimeProvider.System, NullLogger<RequestPacer>.Instance);
        var user = 0;
        var given = 0;

        // Times from microseconds to hours, so that slots, holds, the recovery and the memory of others all begin and end.
        var microseconds = Gen.OneOf(Gen.Long[0, 400_000], Gen.Long[0, 70_000_000], Gen.Long[0, 5_000_000_000]);
        int[] limits = [1, 7, 50, 60, 120, 500, 1_000_000];
        await Gen.Select(Gen.Enum<Step>(), microseconds, Gen.Int[0, 5], Gen.Int[0, limits.Length - 1], Gen.Int[0, 600], Gen.Int[0, 61]).Array[1, 30].SampleAsync(async history =>
        {
            var name = $"https://api.calendly.com/users/{Interlocked.Increment(ref user)}";
            RequestBudget? row = null;
            var now = Noon;
            var slots = new List<DateTimeOffset>();
            foreach (var (step, later, pick, which, remaining, reset) in history)
            {
                now += TimeSpan.FromMicroseconds(later);
                if (step is Step.People or Step.Background || slots.Count == 0)
                {
                    var lane = step == Step.Background ? Lane.Background : Lane.People;
                    var (slot, askAt, after) = row is null ? (now, now, RequestBudget.First(name, now)) : row.Next(now, lane);
                    row = after;
                    var turn = await pacer.NextAsync(new BudgetCaller(null, name, lane), now, Ct);
                    Assert.Equal((name, slot), (turn.CalendlyUserUri, turn.Slot));
                    if (slot is null) Assert.Equal(askAt - now, turn.Wait);
                    else slots.Add(slot.Value);
                }
                else
                {
                    var slot = slots[^Math.Min(slots.Count, pick + 1)];
                    var seconds = TimeSpan.FromSeconds(reset);
                    var answer = step == Step.NoHeaders ? default : new BudgetAnswer(limits[which], Math.Min(remaining, limits[which]), seconds, step == Step.Refusal ? seconds * 1.5 : null);
                    row = row!.Learn(answer, slot, now);
                    await pacer.LearnAsync(new BudgetCaller(null, name, Lane.People), new Turn(name, slot, default), answer, now, Ct);
                }
                await using var db = contexts.CreateDbContext();
                Assert.Equal(row, await db.RequestBudgets.SingleAsync(b => b.CalendlyUserUri == name, Ct));
            }
            Interlocked.Add(ref given, slots.Count);
        }, iter: 150, threads: 2);

        Assert.InRange(given, 150, 150 * 30);
    }

    [Fact]
    public async Task Slots_of_callers_on_four_instances_are_never_closer_than_their_spacing()
    {
        const int Callers = 40, Each = 5, PerMinute = 6000;
        await using var database = await postgres.CloneAsync(Ct);
        var contexts = new Contexts(database.AppConnectionString);
        var instances = Enumerable.Range(0, 4).Select(_ => new RequestPacer(contexts, TimeProvider.System, NullLogger<RequestPacer>.Instance)).ToArray();
        var generous = new BudgetAnswer(PerMinute, PerMinute - 1, TimeSpan.FromMinutes(1));

        var slots = (await Task.WhenAll(Enumerable.Range(0, Callers).Select(async n =>
        {
            var caller = new BudgetCaller(null, "https://api.calendly.com/users/A", n % 2 == 0 ? Lane.People : Lane.Background);
            var mine = new List<DateTimeOffset>();
            for (var call = 0; call < Each; call++)
            {
                var turn = await instances[n % 4].TakeAsync(caller, Ct);
                await instances[n % 4].LearnAsync(caller, turn, generous);
                mine.Add(turn.Slot!.Value);
            }
            return mine;
        }))).SelectMany(mine => mine).Order().ToList();

        Assert.Equal(Callers * Each, slots.Count);
        // The first answer was still awaited when the second slot was given, or not: its distance is that of the free plan or of the limit.
        var closest = slots.Zip(slots.Skip(1), (before, after) => after - before).Min();
        Assert.Equal(TimeSpan.FromMicroseconds(Math.Round(RequestBudget.SpreadSeconds / PerMinute * 1e6)), closest);
        await using var db = contexts.CreateDbContext();
        Assert.Equal((PerMinute, 1, null), await db.RequestBudgets.Select(b => new { b.PerMinute, b.Share, b.OthersAt }).SingleAsync(Ct) is var row ? (row.PerMinute, row.Share, row.OthersAt) : default);
    }

    [Fact]
    public async Task Answers_that_come_at_the_same_moment_all_count()
    {
        await using var database = await postgres.CloneAsync(Ct);
        var contexts = new Contexts(database.AppConnectionString);
        var pacer = new RequestPacer(contexts, TimeProvider.System, NullLogger<RequestPacer>.Instance);
        var refused = new BudgetAnswer(500, 0, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));

        for (var user = 0; user < 10; user++)
        {
            var caller = new BudgetCaller(null, $"https://api.calendly.com/users/{user}", Lane.People);
            var turn = await pacer.NextAsync(caller, null, Ct);
            // Later than any of the answers, so that each of them is news.
            await Task.WhenAll(Enumerable.Range(1, 4).Select(n => pacer.LearnAsync(caller, turn with { Slot = turn.Slot!.Value.AddHours(n) }, refused, null, Ct)));
        }

        await using var db = contexts.CreateDbContext();
        Assert.All(await db.RequestBudgets.ToListAsync(Ct), budget => Assert.InRange(budget.Share, RequestBudget.LeastShare, RequestBudget.LeastShare * 1.9));
    }

    [Theory]
    [InlineData("fixed")]
    [InlineData("sliding")]
    public async Task Three_instances_share_one_budget_without_a_429(string limiter)
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct, ("Calendly:RequireSameAddress", "false"));
        await world.SimulateAsync("reset", new { limiter, rateLimitPerMinute = 1200 }, Ct);
        // Two people hold grants of one Calendly user.
        var olivia = await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);
        var sam = await world.ConnectAsync(SimulatorDefaults.Sam, SimulatorDefaults.Olivia, Ct);
        var (second, _) = await World.ServeAsync(world.World.Database, world.World.Simulator.Address, null, Ct);
        await using var two = second;
        var (third, _) = await World.ServeAsync(world.World.Database, world.World.Simulator.Address, null, Ct);
        await using var three = third;
        CalendlyAccess[] instances = [world.Get<CalendlyAccess>(), two.Services.GetRequiredService<CalendlyAccess>(), three.Services.GetRequiredService<CalendlyAccess>()];

        var names = await Task.WhenAll(Enumerable.Range(0, 45).Select(async n =>
            (await instances[n % 3].For(n % 2 == 0 ? olivia.Id : sam.Id, n % 5 == 0 ? Lane.People : Lane.Background).Users.MeAsync(Ct)).Name));

        Assert.All(names, name => Assert.Equal("Olivia Ortiz", name));
        // The activity log is refused where the plan has none; that is no matter of the budget.
        Assert.All(await LedgerAsync(world), call => Assert.Equal(call.Path == "/activity_log_entries" ? 403 : 200, call.Status));
        await using var db = await world.DbAsync(Ct);
        var row = await db.RequestBudgets.SingleAsync(Ct);
        Assert.Equal((olivia.CalendlyUserUri, 1200, 1, null), (row.CalendlyUserUri, row.PerMinute, row.Share, row.OthersAt));
    }

    [Fact]
    public async Task One_429_stops_every_instance_until_it_may_be_sent_again()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        var connection = await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);
        var (second, _) = await World.ServeAsync(world.World.Database, world.World.Simulator.Address, null, Ct);
        await using var other = second;
        await world.SimulateAsync("faults", new[] { new { method = "POST", path = "/invitations$", status = 429, retryAfterSeconds = 2 } }, Ct);

        var refused = await Assert.ThrowsAsync<CalendlyException>(() =>
            world.Get<CalendlyAccess>().For(connection.Id, Lane.People).Invitations.CreateAsync(connection.OrganizationUri, "new@example.com", Ct));
        var until = (await BudgetAsync(world)).HeldUntil;
        await Task.WhenAll(
            other.Services.GetRequiredService<CalendlyAccess>().For(connection.Id, Lane.People).Users.MeAsync(Ct),
            world.Get<CalendlyAccess>().For(connection.Id, Lane.Background).Users.MeAsync(Ct));

        Assert.Equal(CalendlyFailure.RateLimited, refused.Failure);
        var calls = await LedgerAsync(world);
        var stop = calls.Single(call => call.Status == 429);
        var after = calls.Where(call => call.At > stop.At && call.Path == "/users/me").ToList();
        Assert.Equal(2, after.Count);
        Assert.All(after, call => Assert.True(call.At >= until, $"{call.At:O} is before {until:O}"));
        Assert.Equal(0.5, (await BudgetAsync(world)).Share);
    }

    [Fact]
    public async Task Wait_that_is_too_long_is_said_at_once_and_nothing_is_sent()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        var connection = await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);
        await world.SimulateAsync("faults", new[] { new { method = "GET", path = "/users/me", status = 429, retryAfterSeconds = 600 } }, Ct);
        Task<User> Read() => world.Get<CalendlyAccess>().For(connection.Id, Lane.People).Users.MeAsync(Ct);

        var first = await Assert.ThrowsAsync<CalendlyException>(Read);
        var sent = (await LedgerAsync(world)).Count(call => call.Path == "/users/me");
        var second = await Assert.ThrowsAsync<CalendlyException>(Read);

        Assert.Equal((CalendlyFailure.RateLimited, CalendlyFailure.RateLimited), (first.Failure, second.Failure));
        Assert.InRange(second.RetryAfter!.Value, RequestPacer.LongestWait, TimeSpan.FromMinutes(10));
        Assert.Equal(sent, (await LedgerAsync(world)).Count(call => call.Path == "/users/me"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Call_that_waits_for_its_turn_is_not_sent_for_somebody_blocked_meanwhile(bool blocked)
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        var connection = await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);
        var priya = await world.SignInAsync(SimulatorDefaults.Priya, Ct);
        await world.SweptAsync(Ct);
        // Nobody else asks for a turn any more.
        await Eventually.TrueAsync(async () => (await LedgerAsync(world)).Any(call => call.Path == "/activity_log_entries"), Ct);
        var sent = (await LedgerAsync(world)).Count(call => call.Path == "/users/me");
        await using var db = await world.DbAsync(Ct);
        await using var turns = await db.Database.BeginTransactionAsync(Ct);
        await db.Database.ExecuteSqlAsync($"SELECT FROM request_budgets FOR UPDATE", Ct);

        // Its token is checked by now, and it stands at the row that gives the turns.
        var call = world.Get<CalendlyAccess>().For(connection.Id, Lane.People).Users.MeAsync(Ct);
        // Within a transaction the view stays as it was first seen.
        await using var look = await world.DbAsync(Ct);
        await Eventually.TrueAsync(() => look.Database.SqlQuery<bool>(
            $"SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%INSERT INTO request_budgets%') AS \"Value\"").SingleAsync(Ct), Ct);
        if (blocked) await world.BlockAsync(connection.PersonId, priya.Id, Ct);
        await db.Database.ExecuteSqlAsync($"UPDATE request_budgets SET next_at = clock_timestamp() + interval '1.5 s'", Ct);
        await turns.CommitAsync(Ct);

        if (blocked) Assert.Contains("was blocked in this portal", (await Assert.ThrowsAsync<ConnectionUnusableException>(() => call)).Message, StringComparison.Ordinal);
        else Assert.Equal("Olivia Ortiz", (await call).Name);
        Assert.Equal(sent + (blocked ? 0 : 1), (await LedgerAsync(world)).Count(request => request.Path == "/users/me"));
    }

    [Fact]
    public async Task Answer_does_not_wait_for_its_book_keeping()
    {
        await using var database = await postgres.CloneAsync(Ct);
        var contexts = new Contexts(database.AppConnectionString);
        var pacer = new RequestPacer(contexts, TimeProvider.System, NullLogger<RequestPacer>.Instance);
        var caller = new BudgetCaller(null, "https://api.calendly.com/users/A", Lane.People);
        var turn = await pacer.TakeAsync(caller, Ct);
        async Task<bool> AwaitingAsync()
        {
            await using var db = contexts.CreateDbContext();
            return await db.RequestBudgets.Select(b => b.Awaiting).SingleAsync(Ct);
        }

        await using var locker = new NpgsqlConnection(database.OwnerConnectionString);
        await locker.OpenAsync(Ct);
        await using (var transaction = await locker.BeginTransactionAsync(Ct))
        {
            await using var command = new NpgsqlCommand("SELECT FROM request_budgets FOR UPDATE", locker, transaction);
            await command.ExecuteNonQueryAsync(Ct);
            await pacer.LearnAsync(caller, turn, default);
            Assert.True(await AwaitingAsync());
        }

        // The lock is gone, and the answer is kept after all.
        await Eventually.TrueAsync(async () => !await AwaitingAsync(), Ct);
    }

    [Fact]
    public async Task Answer_is_not_lost_with_the_database()
    {
        await using var database = await postgres.CloneAsync(Ct);
        await using var gate = new DatabaseGate(database);
        var pacer = new RequestPacer(new Contexts(gate.ConnectionString), TimeProvider.System, NullLogger<RequestPacer>.Instance);
        var caller = new BudgetCaller(null, "https://api.calendly.com/users/A", Lane.People);
        var turn = await pacer.TakeAsync(caller, Ct);
        gate.Close();

        await pacer.LearnAsync(caller, turn, default);

        // Nothing is sent that cannot be counted, though.
        Assert.True(DatabaseAway.Caused(await Assert.ThrowsAnyAsync<Exception>(() => pacer.TakeAsync(caller, Ct))));
    }

    [Fact]
    public async Task Meter_and_card_show_what_the_row_says_and_the_bell_tells_of_it()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        var connection = await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);
        await world.SweptAsync(Ct);
        var freshness = world.Get<DirectoryFreshness>();
        await world.ExecuteAsync($"UPDATE request_budgets SET remaining = 412, measured_at = clock_timestamp() - interval '1 minute', resets_at = clock_timestamp() + interval '1 minute'", Ct);
        await freshness.CurrentAsync(Ct);
        var rung = new TaskCompletionSource();
        using var subscription = freshness.Subscribe(() => { rung.TrySetResult(); return Task.CompletedTask; }, alsoBudget: true);

        var card = (await world.Get<ConnectionService>().ViewAsync(ConnectedWorld.Actor(SimulatorDefaults.Olivia), Ct)).Mine!;
        Assert.Equal(412, card.Budget!.LeftAt(DateTimeOffset.UnixEpoch));
        await world.Get<CalendlyAccess>().For(connection.Id, Lane.People).Users.MeAsync(Ct);
        await rung.Task.WaitAsync(Ct);

        Assert.Equal((500, false), (await freshness.CurrentAsync(Ct)).Budget is var budget ? (budget!.PerMinute, budget.Remaining == 412) : default);
    }

    private static async Task<RequestBudget> BudgetAsync(ConnectedWorld world)
    {
        await using var db = await world.DbAsync(Ct);
        return await db.RequestBudgets.AsNoTracking().SingleAsync(Ct);
    }

    private static async Task<IReadOnlyList<(DateTimeOffset At, string Path, int? Status)>> LedgerAsync(ConnectedWorld world)
    {
        var calls = await world.World.Simulator.Http.GetFromJsonAsync<JsonElement>("_sim/requests", Ct);
        return [.. calls.EnumerateArray().Where(c => !c.GetProperty("path").GetString()!.StartsWith("/oauth", StringComparison.Ordinal))
            .Select(c => (c.GetProperty("at").GetDateTimeOffset(), c.GetProperty("path").GetString()!, c.GetProperty("status") is { ValueKind: JsonValueKind.Number } status ? status.GetInt32() : (int?)null))];
    }

    private sealed class Contexts(string connectionString) : IDbContextFactory<PortalDbContext>
    {
        private readonly DbContextOptions<PortalDbContext> options = (DbContextOptions<PortalDbContext>)new DbContextOptionsBuilder<PortalDbContext>().UsePortalDatabase(connectionString).Options;

        public PortalDbContext CreateDbContext() => new(options);
    }
}
