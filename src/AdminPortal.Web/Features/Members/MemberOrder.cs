namespace AdminPortal.Web.Features.Members;

/// <summary>
/// The grid's orders. Each is the order of an index, forward or backward, and begins strictly after a key by comparing whole rows, so that
/// a page costs the same wherever it lies. https://www.postgresql.org/docs/current/functions-comparisons.html#ROW-WISE-COMPARISON
/// </summary>
/// <param name="Name">As the search's map calls it.</param>
public sealed record MemberOrder(string Name, bool Descending, params string[] Columns)
{
    private string Way => Descending ? " DESC" : "";

    /// <summary>For example <c>m.name DESC, m.id DESC</c>.</summary>
    public string By(string table = "") => string.Join(", ", Columns.Select(column => $"{table}{column}{Way}"));

    public string List(string table = "") => string.Join(", ", Columns.Select(column => $"{table}{column}"));

    /// <summary>Strictly after the key that the parameters hold: <c>(name, id) > (@key_name, @key_id)</c>.</summary>
    public string After(string table = "") => $"({List(table)}) {(Descending ? '<' : '>')} ({string.Join(", ", Columns.Select(column => $"@key_{column}"))})";

    /// <summary>The column that blocks of the map are cut by: with the one role before it, in the order of roles.</summary>
    public string Cut => Columns[^2];

    public bool IsByRole => Columns[0] == "role";

    /// <param name="role">Of one role alone, its order is that of the names.</param>
    public static MemberOrder Of(MemberSort sort, bool descending, string? role) => sort switch
    {
        MemberSort.Email => new("email", descending, "email", "id"),
        MemberSort.Joined => new("joined", descending, "joined_at", "id"),
        MemberSort.Role when role is null or MemberRole.Other => new("role", descending, "role", "name", "id"),
        _ => new("name", descending, "name", "id"),
    };

    public object Of(MemberKey key, string column) => column switch
    {
        "id" => key.Id,
        "role" => key.Text,
        "name" => key.Sort == MemberSort.Role ? key.Name : key.Text,
        "email" => key.Text,
        _ => key.At,
    };
}
