using AdminPortal.Web.Features.Connections;
using CsCheck;

namespace AdminPortal.Web.Tests.Features.Connections;

/// <summary>
/// Random histories on the pure rule: three processes that may stop between any two steps, a Calendly that spends a refresh token by its
/// first use and loses requests and answers, an owner who reconnects, and a clock that runs and jumps.
/// </summary>
public sealed class RefreshMachineTests
{
    private enum Event
    {
        Answers, LosesRequest, LosesAnswer, RefusesForNow, Steps, Crashes, SecondsPass, MinutesPass, OwnerReconnects, OwnerDisconnects,
    }

    private static readonly Gen<(Event, int, int)[]> Histories = Gen.Select(
        Gen.Frequency((8, Gen.Const(Event.Answers)), (1, Gen.Const(Event.LosesRequest)), (1, Gen.Const(Event.LosesAnswer)), (2, Gen.Const(Event.RefusesForNow)),
            (30, Gen.Const(Event.Steps)), (2, Gen.Const(Event.Crashes)), (6, Gen.Const(Event.SecondsPass)), (1, Gen.Const(Event.MinutesPass)),
            (3, Gen.Const(Event.OwnerReconnects)), (1, Gen.Const(Event.OwnerDisconnects))),
        Gen.Int[0, 2], Gen.Int[0, 100]).Array[200];

    [Fact]
    public void Refresh_hundred_thousand_with_random_crashes_never_sends_a_spent_token_and_never_hides_a_dead_one()
    {
        var (sent, stored, stranded) = (0, 0, 0);
        Histories.Sample(history =>
        {
            var world = new World();
            foreach (var (what, who, amount) in history) world.Happens(what, who, amount);
            world.Settle();
            Interlocked.Add(ref sent, world.Sent);
            Interlocked.Add(ref stored, world.Stored);
            Interlocked.Add(ref stranded, world.Stranded);
        }, iter: 20_000);
        Assert.True(sent >= 100_000, $"only {sent} refreshes were sent");
        Assert.True(stored > 10_000 && stranded > 1_000, $"{stored} stored, {stranded} left by a crash: the histories do not reach what they are about");
    }

    [Theory]
    [InlineData("claims again what a crash has left")]
    [InlineData("sends again what was not answered")]
    [InlineData("stores without its fence")]
    public void Checks_find_a_protocol_that_is_wrong(string mistake) =>
        Assert.Throws<CsCheckException>(() => Histories.Sample(history =>
        {
            var world = new World(mistake);
            foreach (var (what, who, amount) in history) world.Happens(what, who, amount);
            world.Settle();
        }, iter: 20_000));

    /// <summary>One row, one Calendly, three processes; with a mistake in the protocol where the checks themselves are tested.</summary>
    private sealed class World(string? mistake = null)
    {
        private readonly Process[] processes = [new(), new(), new()];
        /// <summary>Tokens are numbers; Calendly knows which of them still work.</summary>
        private readonly HashSet<int> live = [0];
        private readonly HashSet<int> presented = [];
        private readonly HashSet<(int Generation, long Fence)> abandoned = [];
        private RefreshState row = new(0, true, 0, null, null, null);
        private int token;
        private int newest;
        private DateTimeOffset now = DateTimeOffset.UnixEpoch;
        private (int Generation, DateTimeOffset At)? refused;
        private Event calendly = Event.Answers;

        public int Sent { get; private set; }
        public int Stored { get; private set; }
        public int Stranded { get; private set; }

        /// <summary>Where a process stands: what it saw and claimed, and what it has in hand. A step returns what comes next.</summary>
        private sealed class Process
        {
            public Step? Next { get; set; }
            public int Seen { get; set; }
            public long Fence { get; set; }
            public int Token { get; set; }
            public int Pair { get; set; }
        }

        private delegate Step? Step(Process process);

        public void Happens(Event what, int who, int amount)
        {
            switch (what)
            {
                case Event.Answers or Event.LosesRequest or Event.LosesAnswer or Event.RefusesForNow: calendly = what; break;
                case Event.Steps: Advance(processes[who]); break;
                case Event.Crashes: Crash(processes[who]); break;
                case Event.SecondsPass: now += TimeSpan.FromSeconds(amount / 10d); break;
                case Event.MinutesPass: now += TimeSpan.FromSeconds(amount * 2); break;
                case Event.OwnerReconnects: Replace(true); break;
                case Event.OwnerDisconnects: Replace(false); break;
            }
            Check();
        }

        /// <summary>Whoever lives comes to an end, time passes, and the next caller finds what there is to find.</summary>
        public void Settle()
        {
            foreach (var process in processes) Finish(process);
            now += TimeSpan.FromHours(1);
            Finish(processes[0]);
            if (row.IsHealthy) Assert.Contains(token, live);
        }

        private void Finish(Process process)
        {
            for (var steps = 0; steps == 0 || process.Next is not null; steps++)
            {
                Assert.True(steps < 20, "a caller never ends");
                Advance(process);
                now += TimeSpan.FromSeconds(10);
                Check();
            }
        }

        private void Advance(Process process) => process.Next = (process.Next ?? Begin)(process);

        private void Crash(Process process)
        {
            if (process.Next is not null && row.LeaseUntil is not null && row.Fence == process.Fence && row.Generation == process.Seen) abandoned.Add((row.Generation, row.Fence));
            process.Next = null;
        }

        private Step? Begin(Process process)
        {
            (process.Seen, process.Fence) = (row.Generation, -1);
            return Look;
        }

        private Step? Look(Process process)
        {
            switch (row.Next(process.Seen, now))
            {
                case RefreshStep.Claim:
                    return Claim;
                case RefreshStep.Wait:
                    return Look;
                case RefreshStep.GiveUp when mistake == "claims again what a crash has left":
                    row = row with { LeaseUntil = null };
                    return Look;
                case RefreshStep.GiveUp:
                    row = row.GiveUp(process.Seen, "left", now)!;
                    Stranded++;
                    return Look;
                default:
                    return null;
            }
        }

        private Step? Claim(Process process)
        {
            if (row.Claim(process.Seen, now) is not { } claimed) return Look;
            (row, process.Fence, process.Token) = (claimed, claimed.Fence, token);
            return Send;
        }

        private Step? Send(Process process)
        {
            Sent++;
            switch (calendly)
            {
                case Event.LosesRequest:
                    return Lost();
                case Event.RefusesForNow:
                    Assert.False(refused is { } last && last.Generation == process.Seen && now < last.At + RefreshState.ShortestPause, "asked again within the pause");
                    refused = (process.Seen, now);
                    return Release;
            }
            Assert.True(presented.Add(process.Token), "a spent refresh token was sent again");
            // Revoked meanwhile: invalid_grant.
            if (!live.Remove(process.Token)) return Break;
            live.Add(process.Pair = ++newest);
            return calendly == Event.LosesAnswer ? Lost() : Store;
        }

        private Step Lost() => mistake == "sends again what was not answered" ? Release : Break;

        private Step? Store(Process process)
        {
            var stored = mistake == "stores without its fence" ? row with { Generation = row.Generation + 1, LeaseUntil = null } : row.Store(process.Seen, process.Fence);
            if (stored is null) live.Remove(process.Pair);
            else (row, token, Stored) = (stored, process.Pair, Stored + 1);
            return null;
        }

        private Step? Release(Process process)
        {
            row = row.Release(process.Seen, process.Fence, "busy", TimeSpan.Zero, now) ?? row;
            return null;
        }

        private Step? Break(Process process)
        {
            row = row.Break(process.Seen, "broken") ?? row;
            return null;
        }

        /// <summary>As connecting anew and disconnecting do; the old grant is revoked, with whatever was issued of it.</summary>
        private void Replace(bool connected)
        {
            live.Clear();
            if (connected) live.Add(token = ++newest);
            row = new RefreshState(row.Generation + 1, connected, row.Fence + 1, null, null, null);
        }

        /// <summary>What holds at every moment.</summary>
        private void Check()
        {
            if (row is not { IsHealthy: true, LeaseUntil: null }) return;
            Assert.True(live.Contains(token), "healthy with a dead refresh token");
            Assert.False(abandoned.Contains((row.Generation, row.Fence)), "a crash in the window is not shown");
        }
    }
}
