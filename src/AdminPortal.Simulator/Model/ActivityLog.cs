namespace AdminPortal.Simulator.Model;

/// <summary>
/// What is logged, as <c>Namespace.Action</c>. Calendly publishes no catalogue: <c>User.Add</c> and <c>API.Token_Created</c>
/// are examples of its own, <c>User_Management.Invite_Sent</c> is known from a public client; the others are made in their likeness.
/// </summary>
internal static class ActivityNames
{
    public const string MemberAdded = "User.Add";
    public const string MemberRemoved = "User.Remove";
    public const string RoleChanged = "User.Role_Changed";
    public const string NameChanged = "User.Name_Changed";
    public const string EmailChanged = "User.Email_Changed";
    public const string InvitationSent = "User_Management.Invite_Sent";
    public const string InvitationRevoked = "User_Management.Invite_Revoked";
    public const string InvitationAccepted = "User_Management.Invite_Accepted";
    public const string InvitationDeclined = "User_Management.Invite_Declined";
    public const string TokenCreated = "API.Token_Created";
}

/// <summary>Whoever did it, as of then. Somebody who declines may have no account: then there is nothing but an address.</summary>
internal sealed record ActivityActor(string Email, Member? Member = null, GroupRelationship? Group = null);

internal sealed record Activity(
    long Sequence, string Id, DateTimeOffset OccurredAt, string Name, ActivityActor Actor, IReadOnlyDictionary<string, string> Details)
{
    public string Namespace => Name[..Name.IndexOf('.', StringComparison.Ordinal)];
    public string Action => Name[(Name.IndexOf('.', StringComparison.Ordinal) + 1)..];
}

/// <summary>What happened in the organization, oldest first. <see cref="World.Gate"/> guards it.</summary>
internal sealed class ActivityLog(SimulatorSettings settings, Uris uris, GroupBook groups, TimeProvider clock)
{
    /// <summary>Where something was done. That details say so is an assumption: Calendly publishes none of them but two examples.</summary>
    public const string Api = "API", Pages = "Calendly";

    private readonly List<Activity> _all = [];

    public IReadOnlyList<Activity> All => _all;

    public void AddMember(string name, Member by, string source, Member member, params ReadOnlySpan<(string Key, string Value)> more) =>
        Add(clock.GetUtcNow(), name, ActorOf(by), [("name", member.Name), ("email", member.Email), ("uri", uris.User(member.UserId)), ("role", member.Role), .. more, ("source", source)]);

    public void AddInvitation(string name, ActivityActor by, string source, string email) =>
        Add(clock.GetUtcNow(), name, by, [("email", email), ("source", source)]);

    public void Add(DateTimeOffset at, string name, ActivityActor by, params ReadOnlySpan<(string Key, string Value)> details)
    {
        var dice = Dice.For(settings.Seed, _all.Count + 1, "activity");
        var facts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in details) facts.Add(key, value);
        // As exact as it will be shown, so that a filter at the time shown is a filter at the time.
        var shown = at.AddTicks(-(at.Ticks % TimeSpan.TicksPerMicrosecond));
        _all.Add(new Activity(_all.Count + 1, dice.Uuid(), shown, name, by, facts));
    }

    public ActivityActor ActorOf(Member member) => new(member.Email, member, groups.Of(member).FirstOrDefault());
}
