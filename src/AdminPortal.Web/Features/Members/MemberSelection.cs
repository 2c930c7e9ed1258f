namespace AdminPortal.Web.Features.Members;

/// <summary>Who was ticked, in the order of ticking. It outlives the turning of pages, never the page itself.</summary>
public sealed class MemberSelection
{
    private readonly Dictionary<Guid, string> people = [];

    public int Count => people.Count;

    public IReadOnlyList<Guid> Ids => [.. people.Keys];

    public bool Has(Guid id) => people.ContainsKey(id);

    public void Set(MemberRow row, bool selected)
    {
        if (selected) people[row.Id] = row.Name;
        else people.Remove(row.Id);
    }

    public void Clear() => people.Clear();

    /// <summary>Somebody who can no longer be chosen, because a request about them was filed meanwhile, is not kept.</summary>
    public void Drop(IEnumerable<Guid> ids)
    {
        foreach (var id in ids) people.Remove(id);
    }
}
