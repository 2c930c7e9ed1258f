using AdminPortal.Simulator.Calls;
using AdminPortal.Simulator.Tokens;

namespace AdminPortal.Simulator.Model;

/// <summary>Everything that a reset replaces. Requests in flight keep the world in which they began.</summary>
internal sealed class World
{
    public required SimulatorSettings Settings { get; init; }
    public required Uris Uris { get; init; }
    public required string OrganizationId { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required Roster Roster { get; init; }
    public required InvitationBook Invitations { get; init; }
    public required GroupBook Groups { get; init; }
    public required ActivityLog Activity { get; init; }
    public required PageTokens PageTokens { get; init; }
    public required TokenStore Tokens { get; init; }
    public required RateLimiter Limiter { get; init; }
    public required TimeProvider Clock { get; init; }

    /// <summary>Demo people's e-mail addresses at the start, with their Calendly user ids.</summary>
    public required IReadOnlyDictionary<string, string> DemoUserIds { get; init; }

    /// <summary>Guards <see cref="Roster"/>, <see cref="Invitations"/> and <see cref="Activity"/>.</summary>
    public Lock Gate { get; } = new();

    public DateTimeOffset Now => Clock.GetUtcNow();

    public Member? FindUser(string id)
    {
        lock (Gate) return Roster.FindUser(id);
    }

    public Member? FindEmail(string email)
    {
        lock (Gate) return Roster.FindEmail(email);
    }

    public bool IsMember(Member member) => member.OrganizationId == OrganizationId;

    /// <summary>
    /// Who is removed keeps a Calendly account, as the owner of a free organization of one.
    /// </summary>
    public Member Remove(Member member)
    {
        var dice = Dice.For(Settings.Seed, member.Sequence, "solo");
        var solo = member with { Id = dice.Uuid(), OrganizationId = dice.Uuid(), Role = "owner", CreatedAt = Now, UpdatedAt = Now };
        Roster.Replace(member, solo);
        return solo;
    }

    /// <summary>A new user, or one who was a member before, joins.</summary>
    public Member Join(string email, string name, string role)
    {
        var before = Roster.FindEmail(email);
        var sequence = Roster.NextSequence;
        var dice = Dice.For(Settings.Seed, sequence, "join");
        var member = new Member
        {
            Sequence = sequence,
            Id = dice.Uuid(),
            UserId = before?.UserId ?? dice.Uuid(),
            OrganizationId = OrganizationId,
            Name = before?.Name ?? name,
            Email = before?.Email ?? email,
            Role = role,
            TimeZone = before?.TimeZone ?? dice.Pick(dice.Pick(Names.Regions).TimeZones),
            UserCreatedAt = before?.UserCreatedAt ?? Now,
            CreatedAt = Now,
            UpdatedAt = Now,
        };
        if (before is null) Roster.Add(member);
        else Roster.Replace(before, member);
        return member;
    }
}
