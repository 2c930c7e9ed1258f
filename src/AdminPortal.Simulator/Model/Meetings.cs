namespace AdminPortal.Simulator.Model;

/// <summary>A meeting by its key; what it looks like is rolled when it is shown.</summary>
internal readonly record struct Meeting(Member Host, int Number, DateTimeOffset Start, int Minutes, bool Canceled);

internal sealed record MeetingType(Member Owner, int Number, string Id, string Name, int Minutes, bool Active, DateTimeOffset CreatedAt);

internal sealed record Hook(Member Creator, int Number, string Id, string Scope, DateTimeOffset CreatedAt);

/// <summary>What hangs on a member. Nothing is stored: it follows from seed and member, relative to when the world began.</summary>
internal static class Meetings
{
    private static readonly (string Name, int Minutes)[] Kinds =
    [
        ("30 Minute Meeting", 30), ("Introductory call", 15), ("Product demo", 45), ("Project review", 60),
        ("Interview", 45), ("Support session", 30), ("Quarterly planning", 60), ("Office hours", 30),
    ];

    public static IReadOnlyList<MeetingType> Types(World world, Member member)
    {
        var dice = Dice.For(world.Settings.Seed, Key(member), "types");
        var count = dice.Percent(8) ? 0 : 1 + dice.Below(5);
        var offset = dice.Below(Kinds.Length);
        var types = new List<MeetingType>(count);
        for (var i = 0; i < count; i++)
        {
            var (name, minutes) = Kinds[(offset + i) % Kinds.Length];
            types.Add(new MeetingType(member, i, dice.Uuid(), name, minutes, dice.Percent(88), member.UserCreatedAt.AddDays(1 + dice.Below(300))));
        }
        return types;
    }

    /// <summary>Ascending by start; some people have none, a few have about forty to come.</summary>
    public static IReadOnlyList<Meeting> Of(World world, Member member)
    {
        if (Types(world, member).Count == 0) return [];
        var dice = Dice.For(world.Settings.Seed, Key(member), "meetings");
        var upcoming = dice.Below(100) switch { < 25 => 0, < 75 => 1 + dice.Below(8), < 94 => 9 + dice.Below(16), _ => 26 + dice.Below(15) };
        var past = dice.Below(12);
        var today = new DateTimeOffset(world.CreatedAt.UtcDateTime.Date, TimeSpan.Zero);
        var meetings = new List<Meeting>(upcoming + past);
        for (var i = 0; i < upcoming + past; i++)
        {
            var day = i < upcoming ? 1 + dice.Below(45) : -1 - dice.Below(60);
            var start = today.AddDays(day).AddMinutes(8 * 60 + 30 * dice.Below(20));
            meetings.Add(new Meeting(member, i, start, dice.Below(3) * 15 + 30, dice.Percent(8)));
        }
        meetings.Sort((left, right) => left.Start.CompareTo(right.Start) is var order and not 0 ? order : left.Number.CompareTo(right.Number));
        return meetings;
    }

    public static IReadOnlyList<Hook> Hooks(World world, Member member)
    {
        var dice = Dice.For(world.Settings.Seed, Key(member), "hooks");
        var hooks = new List<Hook>();
        if (member.IsAdmin && dice.Percent(30)) hooks.Add(new Hook(member, 0, dice.Uuid(), "organization", member.CreatedAt.AddDays(30)));
        if (dice.Percent(6)) hooks.Add(new Hook(member, 1, dice.Uuid(), "user", member.CreatedAt.AddDays(60)));
        return hooks;
    }

    /// <summary>Of the user, not of the membership, so that meetings stay with somebody who comes back.</summary>
    private static long Key(Member member)
    {
        var key = 17L;
        foreach (var letter in member.UserId) key = unchecked(key * 31 + letter);
        return key;
    }
}
