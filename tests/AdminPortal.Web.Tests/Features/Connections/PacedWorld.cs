using AdminPortal.Simulator;
using AdminPortal.Simulator.Calls;
using AdminPortal.Web.Features.Connections;

namespace AdminPortal.Web.Tests.Features.Connections;

/// <summary>One burst of somebody else.</summary>
/// <param name="Expected">The row knows that somebody else spends the same budget, and will for as long as this burst counts.</param>
internal sealed record Burst(DateTimeOffset At, int Size, bool Expected)
{
    /// <summary>Our requests that were answered 429 since then.</summary>
    public int Refused { get; set; }
}

/// <summary>
/// Simulated time, in which a day takes a second: the rule itself, the simulator's own limiter, callers on three instances that go about it as
/// <see cref="RequestPacer"/> does, and a network that takes up to 0.3 s each way, or less. The same seed gives the same day.
/// </summary>
internal sealed class PacedWorld
{
    public const double Network = 0.3;
    /// <summary>The database, and a timer that is late.</summary>
    public const double Database = 0.005;
    private const string User = "https://api.calendly.com/users/AAAAAAAAAAAAAAAA";
    private const int Instances = 3;
    private readonly PriorityQueue<Action, (DateTimeOffset At, long Order)> events = new();
    private readonly Dictionary<(int Instance, Lane Lane), Queue<Action<DateTimeOffset>>> queues = [];
    private readonly RateLimiter server;
    private readonly SimulatedClock clock = new();
    private readonly Random random;
    private readonly double network;
    private long order;

    public PacedWorld(string limiter, int perMinute, int seed, double network = Network)
    {
        this.network = network;
        server = new RateLimiter(new SimulatorSettings { Limiter = limiter, RateLimitPerMinute = perMinute }, clock);
        random = new Random(seed);
    }

    public DateTimeOffset Now => clock.Now;
    public RequestBudget? Row { get; private set; }
    public int Granted { get; private set; }
    public int Refused { get; private set; }
    public List<Burst> Bursts { get; } = [];
    /// <summary>How long each person's call waited for its slot.</summary>
    public List<TimeSpan> Waits { get; } = [];

    public void Run(TimeSpan time)
    {
        var end = Now + time;
        while (events.TryPeek(out _, out var next) && next.At <= end)
        {
            clock.Now = next.At;
            events.Dequeue()();
        }
        clock.Now = end;
    }

    /// <summary>A caller that asks again as soon as it has its answer, as long as the day is.</summary>
    public void Backlog(int callers)
    {
        for (var n = 0; n < callers; n++) Again(n % Instances);
        void Again(int instance) => Call(instance, Lane.Background, _ => { }, () => Again(instance));
    }

    /// <summary>One click now and then.</summary>
    public void Clicks(double fewestSeconds, double mostSeconds) => After(Between(fewestSeconds, mostSeconds), () =>
    {
        var clicked = Now;
        Call(random.Next(Instances), Lane.People, slot => Waits.Add(slot - clicked), () => { });
        Clicks(fewestSeconds, mostSeconds);
    });

    /// <summary>Somebody else sends up to as many requests as there are in a minute, all at once.</summary>
    public void SomebodyElse(int most, double fewestSeconds, double mostSeconds) => After(Between(fewestSeconds, mostSeconds), () =>
    {
        var burst = new Burst(Now, random.Next(1, most + 1), Row?.OthersAt > Now - RequestBudget.OthersFor + TimeSpan.FromMinutes(1));
        for (var n = 0; n < burst.Size; n++) server.Take(User);
        Bursts.Add(burst);
        SomebodyElse(most, fewestSeconds, mostSeconds);
    });

    private void Call(int instance, Lane lane, Action<DateTimeOffset> given, Action done)
    {
        if (!queues.TryGetValue((instance, lane), out var queue)) queues.Add((instance, lane), queue = new());
        queue.Enqueue(slot =>
        {
            given(slot);
            // At its slot, and then as long as the way takes.
            After((slot - Now).TotalSeconds + Between(0, Database) + Travel(), () => Arrive(slot, done));
        });
        if (queue.Count == 1) After(Between(0, Database), () => Ask(queue, lane));
    }

    private void Ask(Queue<Action<DateTimeOffset>> queue, Lane lane)
    {
        var (slot, askAt, after) = Row is null ? (Now, Now, RequestBudget.First(User, Now)) : Row.Next(Now, lane);
        Row = after;
        if (slot is null)
        {
            var wait = (askAt - Now).TotalSeconds;
            After((wait is > 0.2 and < 2 ? 0.2 : wait) + Between(0, Database), () => Ask(queue, lane));
            return;
        }
        queue.Dequeue()(slot.Value);
        if (queue.Count > 0) After(Between(0, Database), () => Ask(queue, lane));
    }

    private void Arrive(DateTimeOffset slot, Action done)
    {
        var allowance = server.Take(User);
        if (allowance.Granted) Granted++;
        else
        {
            Refused++;
            if (Bursts.Count > 0) Bursts[^1].Refused++;
        }
        var reset = TimeSpan.FromSeconds(allowance.ResetSeconds);
        var answer = new BudgetAnswer(allowance.Limit, allowance.Remaining, reset, allowance.Granted ? null : reset);
        After(Travel() + Between(0, Database), () =>
        {
            Row = Row!.Learn(answer, slot, Now);
            done();
        });
    }

    /// <summary>Often as short or as long as it may be: those are the cases that hurt.</summary>
    private double Travel() => random.Next(3) switch { 0 => 0, 1 => network, _ => Between(0, network) };

    private double Between(double least, double most) => least + (most - least) * random.NextDouble();

    private void After(double seconds, Action what) => events.Enqueue(what, (Now + TimeSpan.FromMicroseconds(Math.Ceiling(seconds * 1e6)), order++));

    private sealed class SimulatedClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
