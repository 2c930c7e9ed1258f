using Npgsql;

namespace AdminPortal.Web.Features.Members;

/// <summary>
/// The SQL behind lists of members. It says how to find the rows, not only which, because the planner cannot know: it would walk the whole
/// order of names in the hope of finding matches early, or collect a million candidates for a page of a hundred. docs/adr/0011-a-map-for-the-search.md
/// </summary>
/// <param name="except">Left out, whoever matches.</param>
/// <param name="only">Nobody but them, whether they match or not.</param>
public sealed class MemberStatement(MemberFilter filter, IReadOnlyCollection<Guid>? except = null, IReadOnlyCollection<Guid>? only = null)
{
    /// <summary>That many blocks are looked through; if they hold too few matches, these are rare enough to be collected.</summary>
    private const int Blocks = 110;

    /// <summary>With more people who are not on the map yet, it is no help.</summary>
    private const int Late = 20_000;

    /// <summary>That many people are looked through in order, where the map does not help.</summary>
    private const int Walk = 100_000;

    /// <summary>So many three characters of a long text say enough.</summary>
    private const int Windows = 60;

    private const string Open = "state IN ('pending', 'executing', 'attention')";

    // From the short list into the long one, one by one.
    private const string Invited = """
        SELECT m.id FROM invitations i CROSS JOIN LATERAL (SELECT id FROM members WHERE lower(email) = lower(i.email) COLLATE "C" OFFSET 0) m WHERE i.status = 'pending'
        """;

    private const string InRemoval = $"""
        SELECT m.id FROM removal_items i CROSS JOIN LATERAL (SELECT id FROM members WHERE uri = i.membership_uri OFFSET 0) m WHERE i.{Open}
        """;

    private readonly MemberSearch? search = MemberSearch.For(filter.Search);

    private bool HasFew => filter.Invited || filter.InRemoval;
    private string Here => filter.Left ? "left_at IS NOT NULL" : "left_at IS NULL";
    private string Since => filter.Since is null ? "" : filter.Left ? " AND left_at >= @since" : " AND joined_at >= @since";
    private string Except => except is { Count: > 0 } ? " AND id <> ALL (@except)" : "";
    private string Matches => search is null ? "" : $" AND {search.Matches}";
    private string Few => string.Join(" INTERSECT ", new[] { filter.Invited ? Invited : null, filter.InRemoval ? InRemoval : null }.OfType<string>());
    private string Role => filter.Role switch
    {
        null => "",
        MemberRole.Other => " AND role NOT IN ('owner', 'admin', 'user')",
        _ => " AND role = @role",
    };

    /// <summary>How many by role, whatever role the filter names.</summary>
    public string Count => HasFew
        ? $"WITH few (chosen) AS MATERIALIZED ({Few}) SELECT role, count(*)::int AS count FROM {FewOf($"{Here}{Since}{Except}{Matches}")} GROUP BY role"
        : $"SELECT role, count(*)::int AS count FROM members WHERE {Here}{Since}{Except}{(search is null ? "" : $" AND {search.Candidates}")} GROUP BY role";

    /// <summary>The rows of a page, with everything that the grid shows of them.</summary>
    public string Page(MemberOrder order, bool fromKey) => $"""
        SELECT m.id, m.uri, m.user_uri, m.name, m.email, m.role, m.joined_at, m.left_at, m.scheduling_url, m.time_zone,
               o.request_id, o.number, o.request_state, o.item_state, v.invited_at, c.kind AS change_kind, c.seen_at AS changed_at,
               EXISTS (SELECT FROM connections x WHERE x.calendly_user_uri = m.user_uri AND x.state <> 'disconnected') AS owns_connection
        FROM ({Ids(order, fromKey)}) page JOIN members m ON m.id = page.id
        LEFT JOIN LATERAL (SELECT r.id AS request_id, r.number, r.state AS request_state, i.state AS item_state
            FROM removal_items i JOIN removal_requests r ON r.id = i.request_id WHERE i.membership_uri = m.uri AND i.{Open} LIMIT 1) o ON true
        LEFT JOIN LATERAL (SELECT max(coalesce(i.last_sent_at, i.created_at)) AS invited_at
            FROM invitations i WHERE i.status = 'pending' AND lower(i.email) = lower(m.email) COLLATE "default") v ON true
        LEFT JOIN LATERAL (SELECT kind, seen_at FROM changes WHERE member_id = m.id ORDER BY seen_at DESC, id DESC LIMIT 1) c ON true
        ORDER BY {order.By("m.")}
        """;

    /// <summary>Who is on a page.</summary>
    public string Ids(MemberOrder order, bool fromKey)
    {
        var key = fromKey ? $" AND {order.After()}" : "";
        var page = $"ORDER BY {order.By()} LIMIT @rows";
        if (only is not null) return $"SELECT id FROM members WHERE id = ANY (@only){key} {page}";
        if (HasFew) return $"WITH few (chosen) AS MATERIALIZED ({Few}) SELECT id FROM {FewOf($"{Here}{Role}{Since}{Except}{Matches}{key}")} {page}";
        if (search is null && filter.Role != MemberRole.Other) return $"SELECT id FROM members WHERE {Here}{Role}{Since}{Except}{key} {page}";
        var far = $"SELECT {order.List()} FROM members WHERE {Here}{Role}{Since}{Except}{(search is null ? "" : $" AND {search.Candidates}")}";
        if (search is null or { FindsNobody: true } || filter.Left || filter.Role == MemberRole.Other) return $"WITH far AS MATERIALIZED ({far}) SELECT id FROM far WHERE true{key} {page}";
        return $"""
            WITH {(search.IsOnMap && filter.Role is (null or MemberRole.User) ? OnMap(order, key) : InOrder(order, key))},
            far AS MATERIALIZED ({far} AND NOT (SELECT yes FROM done) OFFSET 0)
            SELECT id FROM (SELECT * FROM near WHERE (SELECT yes FROM done) UNION ALL SELECT * FROM far WHERE true{key}) found {page}
            """;
    }

    public NpgsqlParameter[] Parameters() => [.. Filters()];

    public NpgsqlParameter[] Parameters(MemberOrder order, MemberKey? key, int rows)
    {
        List<NpgsqlParameter> all = [.. Filters(), new("rows", rows)];
        if (search is { FindsNobody: false }) all.Add(new("windows", search.Windows));
        if (filter.Role is { } role and not MemberRole.Other) all.Add(new("role", role));
        if (key is not null) all.AddRange(order.Columns.Select(column => new NpgsqlParameter($"key_{column}", order.Of(key, column))));
        return [.. all];
    }

    private IEnumerable<NpgsqlParameter> Filters()
    {
        if (search is { FindsNobody: false }) yield return new("like", search.Like);
        if (filter.Since is { } since) yield return new("since", new DateTimeOffset(since, TimeOnly.MinValue, TimeSpan.Zero));
        if (only is not null) yield return new("only", only.ToArray());
        if (except is { Count: > 0 }) yield return new("except", except.ToArray());
    }

    private static string FewOf(string condition) => $"few CROSS JOIN LATERAL (SELECT * FROM members WHERE members.id = few.chosen AND {condition} OFFSET 0) members";

    /// <summary>
    /// Near: through the blocks in which somebody has every three characters of the text, in order, until the page is full. And whoever is
    /// not on the map yet.
    /// </summary>
    private string OnMap(MemberOrder order, string key)
    {
        // The key is compared outside of a block: two lower bounds on one index, and PostgreSQL may begin at the one that lies far ahead of the block.
        var (cut, role) = (order.Cut, order.IsByRole ? "role, " : "");
        var keyRole = order.IsByRole ? "@key_role, " : "";
        // Blocks that lie wholly before the key, or before the day, hold nothing for this page.
        var from = key.Length == 0 ? "" : order.Descending ? $" AND ({role}{cut}) <= ({keyRole}@key_{cut})" : $" AND ({role}to_{cut}) > ({keyRole}@key_{cut})";
        if (filter.Since is not null && order.Name == "joined") from += " AND to_joined_at > @since";
        return $"""
            mapped AS MATERIALIZED (
                SELECT EXISTS (SELECT FROM member_blocks) AND EXISTS (SELECT FROM member_windows) AND NOT EXISTS (SELECT FROM member_unmapped OFFSET {Late}) AS yes),
            marks AS MATERIALIZED (
                SELECT CASE WHEN count(w.code) = count(*) THEN bit_and(w.by_{order.Name}) END AS marked
                FROM (SELECT code FROM member_window_codes({MemberSearch.Lower("@windows")}) AS code LIMIT {Windows}) codes LEFT JOIN member_windows w USING (code)),
            blocks AS MATERIALIZED (
                SELECT {role}{cut}, to_{cut} FROM member_blocks
                WHERE (SELECT yes FROM mapped) AND sort = '{order.Name}' AND get_bit((SELECT marked FROM marks), no) = 1{from}
                ORDER BY no{(order.Descending ? " DESC" : "")} LIMIT {Blocks}),
            walked AS MATERIALIZED (
                SELECT {order.List()} FROM (SELECT inside.* FROM blocks CROSS JOIN LATERAL (
                    SELECT {Covered(order)} FROM members
                    WHERE {Here}{(order.IsByRole ? " AND members.role = blocks.role" : "")} AND members.{cut} >= blocks.{cut} AND members.{cut} < blocks.to_{cut}
                    ORDER BY {order.By("members.")} OFFSET 0) inside) here
                WHERE true{Role}{Since}{Except}{Matches}{key} LIMIT @rows),
            late AS MATERIALIZED (
                SELECT {order.List()} FROM (SELECT DISTINCT member_id FROM member_unmapped WHERE (SELECT yes FROM mapped)) unmapped
                CROSS JOIN LATERAL (SELECT * FROM members WHERE id = member_id AND {Here}{Role}{Since}{Except}{Matches}{key} OFFSET 0) members),
            near AS MATERIALIZED (SELECT * FROM walked UNION SELECT * FROM late),
            done AS MATERIALIZED (
                SELECT (SELECT yes FROM mapped) AND ((SELECT count(*) FROM walked) = @rows OR (SELECT count(*) FROM blocks) < {Blocks}) AS yes)
            """;
    }

    /// <summary>Near: through everybody in order, up to a point.</summary>
    private string InOrder(MemberOrder order, string key) => $"""
        near AS MATERIALIZED (
            SELECT {order.List()} FROM (SELECT {Covered(order)} FROM members WHERE {Here}{Role}{key} ORDER BY {order.By()} LIMIT {Walk}) walked
            WHERE true{Since}{Except}{Matches} LIMIT @rows),
        done AS MATERIALIZED (
            SELECT (SELECT count(*) FROM near) = @rows OR NOT EXISTS (SELECT FROM members WHERE {Here}{Role}{key} ORDER BY {order.By()} OFFSET {Walk} LIMIT 1) AS yes)
        """;

    /// <summary>What every order's index holds.</summary>
    private static string Covered(MemberOrder order) => string.Join(", ", order.Columns.Union(["search", "role", "joined_at"]).Select(column => $"members.{column}"));
}
