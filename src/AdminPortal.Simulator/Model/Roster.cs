namespace AdminPortal.Simulator.Model;

/// <summary>
/// Everybody with a Calendly account: the organization's members in their order of joining, and those who left it.
/// Not safe for threads by itself: <see cref="World.Gate"/> guards it. Members are immutable and may leave the lock.
/// </summary>
internal sealed class Roster(string organizationId, int capacity)
{
    private readonly List<Member> _members = new(capacity);
    private readonly Dictionary<string, Member> _byMembership = new(capacity, StringComparer.Ordinal);
    private readonly Dictionary<string, Member> _byUser = new(capacity, StringComparer.Ordinal);
    private readonly Dictionary<string, Member> _byEmail = new(capacity, StringComparer.OrdinalIgnoreCase);

    /// <summary>Members of the organization, ascending by <see cref="Member.Sequence"/>.</summary>
    public IReadOnlyList<Member> Members => _members;

    public long NextSequence => _members.Count == 0 ? 1 : Math.Max(_last, _members[^1].Sequence) + 1;
    private long _last;

    public bool IsInOrganization(Member member) => member.OrganizationId == organizationId;
    public Member? FindMembership(string id) => _byMembership.GetValueOrDefault(id);
    public Member? FindUser(string id) => _byUser.GetValueOrDefault(id);
    public Member? FindEmail(string email) => _byEmail.GetValueOrDefault(email);

    public void Add(Member member)
    {
        Index(member);
        if (!IsInOrganization(member)) return;
        _members.Add(member);
        _last = Math.Max(_last, member.Sequence);
    }

    public void Replace(Member before, Member after)
    {
        _byMembership.Remove(before.Id);
        _byUser.Remove(before.UserId);
        _byEmail.Remove(before.Email);
        Index(after);
        var index = IsInOrganization(before) ? IndexOf(before.Sequence) : -1;
        var stays = IsInOrganization(after) && after.Sequence == before.Sequence;
        if (index >= 0 && stays) _members[index] = after;
        else if (index >= 0) _members.RemoveAt(index);
        if (IsInOrganization(after) && (index < 0 || !stays))
        {
            _members.Add(after);
            _last = Math.Max(_last, after.Sequence);
        }
    }

    private void Index(Member member)
    {
        _byMembership.Add(member.Id, member);
        _byUser.Add(member.UserId, member);
        _byEmail.Add(member.Email, member);
    }

    private int IndexOf(long sequence)
    {
        int low = 0, high = _members.Count - 1;
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            if (_members[middle].Sequence == sequence) return middle;
            if (_members[middle].Sequence < sequence) low = middle + 1;
            else high = middle - 1;
        }
        return -1;
    }
}
