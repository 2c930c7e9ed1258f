namespace AdminPortal.Simulator.Model;

internal sealed record Group(int Number, string Id, string Name);

/// <summary>That a member, or else somebody who is invited, belongs to a group (role <c>member</c>) or leads it (role <c>admin</c>).</summary>
internal sealed record GroupRelationship(long Sequence, string Id, Group Group, string Role, Member? Member, Invitation? Invitation);

/// <summary>
/// The groups of an organization whose plan has them. Nothing else is stored: who is where follows from seed and person.
/// Everybody belongs to one group at most; who leads one may lead others too.
/// </summary>
internal sealed class GroupBook(SimulatorSettings settings)
{
    private static readonly string[] GroupNames = ["Customer Success", "Engineering", "Finance", "Marketing", "People", "Sales"];

    /// <summary>Invitations stand behind all members.</summary>
    private const long FirstOfInvitations = 1L << 40;

    public IReadOnlyList<Group> All { get; } = settings.Plan == "free" ? [] : [.. GroupNames.Select((name, number) =>
    {
        var dice = Dice.For(settings.Seed, number, "group");
        return new Group(number, dice.Uuid(), name);
    })];

    public List<GroupRelationship> Of(Member member)
    {
        var found = new List<GroupRelationship>();
        var dice = Dice.For(settings.Seed, member.Sequence, "group relationship");
        if (All.Count == 0 || dice.Percent(15)) return found;
        var own = dice.Below(All.Count);
        Add("member", own);
        if (!dice.Percent(3)) return found;
        Add("admin", own);
        if (dice.Percent(40)) Add("admin", (own + 1 + dice.Below(All.Count - 1)) % All.Count);
        return found;

        void Add(string role, int group) =>
            found.Add(new GroupRelationship(member.Sequence * 4 + found.Count, dice.Uuid(), All[group], role, member, null));
    }

    /// <summary>Only Calendly's pages invite into a group, so what was invited by API is in none.</summary>
    public List<GroupRelationship> Of(Invitation invitation)
    {
        var dice = Dice.For(settings.Seed, invitation.Sequence, "invited group");
        if (All.Count == 0 || invitation.Status != "pending" || invitation.Sequence > settings.Invitations || !dice.Percent(40)) return [];
        var group = All[dice.Below(All.Count)];
        return [new GroupRelationship(FirstOfInvitations + invitation.Sequence, dice.Uuid(), group, "member", null, invitation)];
    }
}
