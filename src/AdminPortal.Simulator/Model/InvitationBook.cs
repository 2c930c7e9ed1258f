namespace AdminPortal.Simulator.Model;

/// <summary>The organization's invitations, oldest first. <see cref="World.Gate"/> guards it.</summary>
internal sealed class InvitationBook
{
    private readonly List<Invitation> _all = [];
    private readonly Dictionary<string, Invitation> _byId = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Invitation> _pending = new(StringComparer.OrdinalIgnoreCase);
    private long _last;

    public IReadOnlyList<Invitation> All => _all;
    public long NextSequence => _last + 1;
    public int PendingCount => _pending.Count;

    public Invitation? Find(string id) => _byId.GetValueOrDefault(id);
    public Invitation? FindPending(string email) => _pending.GetValueOrDefault(email);

    public void Add(Invitation invitation)
    {
        _all.Add(invitation);
        _byId.Add(invitation.Id, invitation);
        _last = invitation.Sequence;
        if (invitation.Status == "pending") _pending.Add(invitation.Email, invitation);
    }

    public void Replace(Invitation before, Invitation after)
    {
        _all[_all.IndexOf(before)] = after;
        _byId[after.Id] = after;
        _pending.Remove(before.Email);
        if (after.Status == "pending") _pending.Add(after.Email, after);
    }

    /// <summary>A revoked invitation is gone: Calendly has no such status.</summary>
    public void Remove(Invitation invitation)
    {
        _all.Remove(invitation);
        _byId.Remove(invitation.Id);
        if (invitation.Status == "pending") _pending.Remove(invitation.Email);
    }
}
