using System.Text.Json;
using AdminPortal.Testing;
using AdminPortal.Web.Features.Members;
using AdminPortal.Web.Shell;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace AdminPortal.Web.Tests.Features.Members;

/// <summary>
/// How PostgreSQL answers for 50,000 members: through which index, and how many of their rows it looks at. Both say the same on every machine,
/// so that a planner that changes its mind fails the build.
/// </summary>
public sealed class MemberPlanTests(PostgresFixture postgres)
{
    private const int People = 50_000;
    private const int Rows = 101;

    /// <summary>A page and its rows again by key, with what else is shown of them.</summary>
    private const int ForPage = 3 * Rows;

    /// <summary>Beside that the blocks that a search walks: 26 people in each.</summary>
    private const int ForSearch = ForPage + (110 * 30);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private sealed record Step(string Node, string? Index, string? Relation, long Rows, double Loops);

    [Fact]
    public async Task Lists_are_read_through_their_index_and_no_further_than_they_are_shown()
    {
        await using var lists = await MemberLists.CloneAsync(postgres, Ct);
        await FillAsync(lists);
        // Without a map a rare text is found through the trigram index.
        var problems = new List<string>();
        var rare = await ExplainAsync(lists, "q=zelda", null);
        if (!rare.Any(s => s.Index == "ix_members_search" && s.Loops > 0)) problems.Add("zelda without a map: not by ix_members_search");

        await lists.Map(needed: 20_000).KeepAsync(Ct);
        await lists.OwnerAsync("VACUUM (ANALYZE) member_blocks, member_windows, member_unmapped", Ct);
        await using var db = lists.CreateDbContext();
        var middle = await db.Members.AsNoTracking().OrderBy(m => m.Name).ThenBy(m => m.Id).Skip(People / 2).FirstAsync(Ct);
        MemberRow row = new(middle.Id, middle.UserUri, middle.Name, middle.Email, middle.Role, middle.JoinedAt, null, null, false);
        foreach (var direction in new[] { "", "&dir=desc" })
        {
            foreach (var sort in new[] { "name", "email", "role", "joined" })
                foreach (var key in new[] { null, row })
                {
                    await CheckAsync(lists, problems, $"sort={sort}{direction}", key, $"ix_members_by_{sort}", ForPage);
                    var ofRole = sort is "name" or "role" ? "ix_members_by_role" : $"ix_members_by_role_{sort}";
                    // Nearly everybody is one, so the order of all serves as well.
                    await CheckAsync(lists, problems, $"sort={sort}{direction}&role=user", key, sort == "joined" ? null : ofRole, ForPage);
                    await CheckAsync(lists, problems, $"sort={sort}{direction}&role=admin", key, ofRole, ForPage);
                    // Of the rare ones there may be nobody behind the key, and then nobody is looked at.
                    foreach (var text in new[] { "example.com", "brandt", "zelda", "xyz" })
                        await CheckAsync(lists, problems, $"q={text}&sort={sort}{direction}", key, text is "zelda" or "xyz" ? null : $"ix_members_by_{sort}", ForSearch);
                    // Two letters begin a last name, too, and the map does not know which it is.
                    await CheckAsync(lists, problems, $"q=ad&sort={sort}{direction}", key, $"ix_members_by_{sort}", People);
                }
            await CheckAsync(lists, problems, $"q=brandt&role=admin{direction}", null, "ix_members_by_role", ForPage + (2 * People / 100));
            await CheckAsync(lists, problems, $"role=other{direction}", null, "ix_members_other", ForPage);
            await CheckAsync(lists, problems, $"since=2023-08-20&sort=joined{direction}", null, "ix_members_by_joined", ForPage);
            await CheckAsync(lists, problems, $"has=invitation{direction}", null, "ix_members_address", ForPage);
            await CheckAsync(lists, problems, $"status=left{direction}", null, "ix_members_left_by_name", ForPage);
        }
        var removal = await ExplainAsync(lists, "has=removal", null);
        if (removal.All(s => s.Index != "ix_members_uri")) problems.Add("has=removal: not by ix_members_uri");

        Assert.True(problems.Count == 0, string.Join(Environment.NewLine, problems));
    }

    private static async Task CheckAsync(MemberLists lists, List<string> problems, string address, MemberRow? after, string? index, int most)
    {
        var plan = await ExplainAsync(lists, address, after);
        var what = $"{address}{(after is null ? "" : " from the middle")}";
        var run = plan.Where(s => s.Loops > 0).ToList();
        if (index is not null && run.All(s => s.Index != index)) problems.Add($"{what}: not by {index} but {string.Join(", ", run.Select(s => s.Index).OfType<string>().Distinct())}");
        if (run.Any(s => s is { Node: "Seq Scan", Relation: "members" })) problems.Add($"{what}: reads the whole table");
        var looked = run.Where(s => s.Relation == "members" || s.Index?.StartsWith("ix_members", StringComparison.Ordinal) == true || s.Index == "pk_members").Sum(s => s.Rows);
        if (looked > most) problems.Add($"{what}: looks at {looked} rows");
        if (looked == 0 && index is not null) problems.Add($"{what}: looks at nobody");
        if (run.Where(s => s.Node.EndsWith("Sort", StringComparison.Ordinal)).Sum(s => s.Rows) > most) problems.Add($"{what}: sorts everybody");
    }

    private static async Task<List<Step>> ExplainAsync(MemberLists lists, string address, MemberRow? after)
    {
        var query = GridQuery.Parse($"/members?{address}");
        var (filter, sort) = (MemberFilter.Of(query), MembersService.SortOf(query));
        var (statement, order) = (new MemberStatement(filter), MemberOrder.Of(sort, query.Descending, filter.Role));
        await using var db = lists.CreateDbContext();
        await db.Database.OpenConnectionAsync(Ct);
        await using var command = new NpgsqlCommand($"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {statement.Page(order, after is not null)}", (NpgsqlConnection)db.Database.GetDbConnection());
        command.Parameters.AddRange(statement.Parameters(order, after is null ? null : MemberKey.Of(sort, after), Rows));
        using var plan = JsonDocument.Parse((string)(await command.ExecuteScalarAsync(Ct))!);
        var steps = new List<Step>();
        Collect(plan.RootElement[0].GetProperty("Plan"), steps);
        return steps;
    }

    private static void Collect(JsonElement node, List<Step> steps)
    {
        string? Text(string name) => node.TryGetProperty(name, out var value) ? value.GetString() : null;
        double Number(string name) => node.TryGetProperty(name, out var value) ? value.GetDouble() : 0;
        var loops = Number("Actual Loops");
        steps.Add(new(Text("Node Type")!, Text("Index Name"), Text("Relation Name"),
            (long)(loops * (Number("Actual Rows") + Number("Rows Removed by Filter") + Number("Rows Removed by Index Recheck"))), loops));
        if (!node.TryGetProperty("Plans", out var below)) return;
        foreach (var child in below.EnumerateArray()) Collect(child, steps);
    }

    private static async Task FillAsync(MemberLists lists)
    {
        await lists.OwnerAsync($"""
            INSERT INTO members (id, uri, organization_uri, user_uri, role, name, email, joined_at, updated_at, left_at)
            SELECT gen_random_uuid(), 'M' || n, 'O', 'U' || n, CASE WHEN n = 1 THEN 'owner' WHEN n % 100 = 0 THEN 'admin' WHEN n % 5000 = 7 THEN 'billing' ELSE 'user' END,
                   first || ' ' || last, lower(first || '.' || last) || '.' || n || '@example.com', timestamptz '2023-01-01Z' + n * interval '7 minutes', now(),
                   CASE WHEN n % 50 = 3 THEN now() END
            FROM generate_series(1, {People}) AS n,
                 LATERAL (SELECT CASE WHEN n % 9999 = 5 THEN 'Zelda' ELSE (ARRAY['Ada', 'Bela', 'Cleo', 'Dario', 'Elif', 'Farid', 'Greta', 'Hugo', 'Ines', 'Jonas', 'Kira', 'Liam', 'Mara', 'Nils', 'Olga', 'Pia', 'Rosa', 'Selim', 'Tara', 'Yusuf'])[1 + n % 20] END AS first,
                                 (ARRAY['Adler', 'Brandt', 'Costa', 'Dvorak', 'Eriksen', 'Fischer', 'Garcia', 'Haddad', 'Ivanov', 'Jansen', 'Keller', 'Lund', 'Moreau', 'Novak', 'Okafor', 'Petrov', 'Rossi', 'Santos', 'Tanaka', 'Weber'])[1 + n / 20 % 20] AS last) AS name
            """, Ct);
        await lists.OwnerAsync("""
            INSERT INTO invitations (id, uri, organization_uri, email, status, created_at, updated_at)
            SELECT gen_random_uuid(), 'I' || n, 'O', CASE WHEN n % 20 = 0 THEN (SELECT upper(email) FROM members WHERE uri = 'M' || (n + 1)) ELSE 'new' || n || '@example.com' END,
                   CASE WHEN n <= 200 THEN 'pending' ELSE 'accepted' END, now(), now() FROM generate_series(1, 4000) AS n
            """, Ct);
        await lists.OwnerAsync("VACUUM (ANALYZE) members, invitations, changes, connections, removal_items, removal_requests", Ct);
    }
}
