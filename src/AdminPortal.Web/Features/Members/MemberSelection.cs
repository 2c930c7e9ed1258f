using System.Text.Json;
using AdminPortal.Web.Shell;

namespace AdminPortal.Web.Features.Members;

/// <summary>
/// Who is chosen: people ticked one by one, or everybody whom a filter finds but for a few. It holds ids and a filter, never rows, so it
/// costs the same for a hundred thousand. It survives the turning of pages; as text it is kept by the browser's tab and sent with an export.
/// </summary>
public sealed class MemberSelection
{
    /// <summary>As many as can be ticked, or left out, one by one.</summary>
    public const int Most = 1000;

    private readonly HashSet<Guid> people = [];
    private int matching;

    /// <summary>The filter whose people are all chosen; null while people are ticked one by one.</summary>
    public MemberFilter? Everybody { get; private set; }

    /// <summary>Ticked one by one; or, of everybody, left out.</summary>
    public IReadOnlyCollection<Guid> Ids => people;

    public int Count => Everybody is null ? people.Count : Math.Max(0, matching - people.Count);

    public bool IsFull => people.Count >= Most;

    public bool Has(Guid id) => (Everybody is null) == people.Contains(id);

    public void Set(Guid id, bool selected)
    {
        if (selected != (Everybody is null)) people.Remove(id);
        else if (!IsFull) people.Add(id);
    }

    /// <param name="count">How many people the filter finds now.</param>
    public void SelectAll(MemberFilter filter, int count)
    {
        people.Clear();
        (Everybody, matching) = (filter, count);
    }

    public void Clear()
    {
        people.Clear();
        Everybody = null;
    }

    /// <summary>Somebody who can no longer be chosen, because a request about them was filed meanwhile, is not kept.</summary>
    public void Drop(IEnumerable<Guid> ids)
    {
        if (Everybody is null) people.ExceptWith(ids);
    }

    /// <summary>What is shown now. Everybody of another filter would be people that nobody sees: that choice ends.</summary>
    public void Show(MemberFilter filter, int count)
    {
        if (Everybody is null) return;
        if (Everybody == filter) matching = count;
        else Clear();
    }

    /// <summary><c>{"ids":["…"]}</c>, or <c>{"of":"/members?role=user","except":[]}</c>; null when nobody is chosen.</summary>
    public string? ToText() =>
        Everybody is { } filter ? JsonSerializer.Serialize(new Text(null, filter.Query.ToUrl(Urls.Members), [.. people]), JsonSerializerOptions.Web)
        : people.Count > 0 ? JsonSerializer.Serialize(new Text([.. people], null, null), JsonSerializerOptions.Web)
        : null;

    /// <summary>What a browser kept or sent; it may say anything. Null when it says nothing that makes sense.</summary>
    public static MemberSelection? Parse(string? text)
    {
        if (string.IsNullOrEmpty(text)) return null;
        try
        {
            var selection = new MemberSelection();
            switch (JsonSerializer.Deserialize<Text>(text, JsonSerializerOptions.Web))
            {
                case { Ids: { Length: > 0 and <= Most } ids, Of: null }:
                    selection.people.UnionWith(ids);
                    return selection;
                case { Ids: null, Of: { } of, Except: null or { Length: <= Most } } and var all when of.StartsWith(Urls.Members, StringComparison.Ordinal):
                    selection.SelectAll(MemberFilter.Of(GridQuery.Parse(of)), 0);
                    selection.people.UnionWith(all.Except ?? []);
                    return selection;
                default:
                    return null;
            }
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private sealed record Text(Guid[]? Ids, string? Of, Guid[]? Except);
}
