using AdminPortal.Testing;
using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Members;
using CsCheck;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Web.Tests.Features.Members;

/// <summary>The search's map is a hint: whatever becomes of the members, of the map and of the order of both, a search finds whom a plain comparison finds.</summary>
public sealed class MemberMapTests(PostgresFixture postgres)
{
    private static readonly string[] Texts = ["ada", "b a", "@ex", "ada b", "龙x", "xyz", "da", "3@example", "billing"];

    // By plain SQL, as somebody at the database would do it. Every kind of change, to a few people by chance.
    private static readonly string[] Changes =
    [
        "INSERT INTO members (id, uri, organization_uri, user_uri, role, name, email, joined_at, updated_at) SELECT gen_random_uuid(), gen_random_uuid(), 'O', 'U', (ARRAY['user', 'admin', 'user'])[1 + n % 3], (ARRAY['Ada B Ada', 'Xyz', '李小龙x', 'Bada'])[1 + n % 4], n || '@example.com', now() - n * interval '1 day', now() FROM generate_series({0}, {0} + 15) AS n",
        "UPDATE members SET name = 'Xyz Ada' WHERE id IN (SELECT id FROM members ORDER BY md5(id || '{0}') LIMIT 4)",
        "UPDATE members SET name = 'Bo', email = 'zz{0}@ada.example' WHERE id IN (SELECT id FROM members ORDER BY md5(id || '{0}') LIMIT 4)",
        "UPDATE members SET role = 'billing{0}' WHERE id IN (SELECT id FROM members ORDER BY md5(id || '{0}') LIMIT 2)",
        "UPDATE members SET joined_at = joined_at - interval '100 days' WHERE id IN (SELECT id FROM members ORDER BY md5(id || '{0}') LIMIT 4)",
        "UPDATE members SET left_at = now() WHERE id IN (SELECT id FROM members ORDER BY md5(id || '{0}') LIMIT 5)",
        "UPDATE members SET left_at = NULL WHERE left_at IS NOT NULL AND md5(id || '{0}') < '8'",
    ];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Search_finds_whom_a_plain_comparison_finds_after_any_changes()
    {
        await using var lists = await MemberLists.CloneAsync(postgres, Ct);
        var random = new Random(4);
        var (used, found) = (0, 0);
        for (var step = 0; step < 60; step++)
        {
            await lists.OwnerAsync(Changes[step < 3 ? 0 : random.Next(Changes.Length)].Replace("{0}", $"{step}", StringComparison.Ordinal), Ct);
            switch (random.Next(6))
            {
                case 0 or 1 or 2: await lists.Map().KeepAsync(Ct); break;
                case 3 when step % 3 == 0: await lists.OwnerAsync("DELETE FROM member_map", Ct); break;
                case 3 when step % 3 == 1: await lists.OwnerAsync("TRUNCATE member_windows", Ct); break;
                case 3: await lists.OwnerAsync("TRUNCATE member_blocks", Ct); break;
            }
            await using var db = lists.CreateDbContext();
            if (await db.Database.SqlQuery<bool>($"SELECT EXISTS (SELECT FROM member_blocks) AND EXISTS (SELECT FROM member_windows) AS \"Value\"").SingleAsync(Ct)) used++;
            foreach (var text in Texts)
            {
                var sort = (MemberSort)random.Next(4);
                MemberFilter filter = new(text, Role: random.Next(3) == 0 ? "user" : null);
                var order = MemberOrder.Of(sort, random.Next(2) == 0, filter.Role);
                var everybody =
                    $"SELECT id FROM (SELECT * FROM members WHERE left_at IS NULL {(filter.Role is null ? "" : "AND role = 'user'")} AND {(text.Length < 3 ? "(strpos(search, {0}) = 1 OR strpos(split_part(search, ' ', -1), {0}) = 1)" : "strpos(search, {0}) > 0")} OFFSET 0) m ORDER BY {order.By()} LIMIT 100";
                var expected = await db.Database.SqlQueryRaw<Guid>(everybody, text).ToListAsync(Ct);
                var statement = new MemberStatement(filter);
                var shown = await db.Database.SqlQueryRaw<Guid>(statement.Ids(order, fromKey: false), [.. statement.Parameters(order, null, 100)]).ToListAsync(Ct);
                Assert.Equal(expected, shown);
                found += shown.Count;
            }
        }
        Assert.True(used > 20 && found > 500, $"{used} {found}");
    }

    [Fact]
    public async Task Map_is_made_when_it_is_needed_and_forgotten_when_it_is_not()
    {
        await using var lists = await MemberLists.CloneAsync(postgres, Ct);
        await lists.OwnerAsync(Changes[0].Replace("{0}", "1", StringComparison.Ordinal), Ct);
        Assert.Equal((0, 0, 16), await SizeAsync(lists));

        Assert.True(await lists.Map(needed: 17).KeepAsync(Ct));
        Assert.Equal((0, 0, 0), await SizeAsync(lists));
        Assert.False(await lists.Map(needed: 17).KeepAsync(Ct));

        Assert.True(await lists.Map(needed: 16).KeepAsync(Ct));
        var (blocks, windows, unmapped) = await SizeAsync(lists);
        Assert.True(blocks > 10 && windows > 20 && unmapped == 0);
        Assert.False(await lists.Map(needed: 16).KeepAsync(Ct));

        Assert.True(await lists.Map(needed: 17).KeepAsync(Ct));
        Assert.Equal((0, 0, 0), await SizeAsync(lists));
    }

    [Fact]
    public async Task Write_that_changes_nothing_that_a_search_looks_at_leaves_the_map_alone()
    {
        await using var lists = await MemberLists.CloneAsync(postgres, Ct);
        await lists.OwnerAsync(Changes[0].Replace("{0}", "1", StringComparison.Ordinal), Ct);
        await lists.Map().KeepAsync(Ct);

        await lists.OwnerAsync("UPDATE members SET time_zone = 'Europe/Berlin', updated_at = now()", Ct);
        await lists.OwnerAsync("UPDATE members SET left_at = now() WHERE name = 'Xyz'", Ct);
        Assert.Equal(0, (await SizeAsync(lists)).Unmapped);

        await lists.OwnerAsync("UPDATE members SET left_at = NULL WHERE name = 'Xyz'", Ct);
        Assert.Equal(4, (await SizeAsync(lists)).Unmapped);
    }

    [Fact]
    public async Task Two_instances_that_keep_the_map_at_once_leave_it_whole()
    {
        await using var lists = await MemberLists.CloneAsync(postgres, Ct);
        for (var round = 0; round < 5; round++)
        {
            await Task.WhenAll(Enumerable.Range(0, 6).Select(n => n < 3 ? lists.Map().KeepAsync(Ct) : lists.OwnerAsync(Changes[n == 3 ? 0 : 1].Replace("{0}", $"{(round * 10) + n}", StringComparison.Ordinal), Ct)));
            await lists.Map().KeepAsync(Ct);
            await using var db = lists.CreateDbContext();
            Assert.Equal(await db.Members.CountAsync(m => m.Search.Contains("ada"), Ct), (await lists.Members.IdsAsync(new("ada"), [], 1000, Ct)).Count);
            Assert.Equal(0, (await SizeAsync(lists)).Unmapped);
        }
    }

    [Fact]
    public async Task Numbers_of_three_characters_are_the_same_here_and_in_the_database()
    {
        await using var lists = await MemberLists.CloneAsync(postgres, Ct);
        await using var db = lists.CreateDbContext();
        var texts = Gen.OneOf(Gen.String[Gen.Char['a', 'ÿ'], 0, 30], Gen.String[Gen.Char['\u0240', '\u0260'], 0, 9], Gen.String[Gen.Char['一', '丐'], 0, 9], Gen.Const("🦊a🦊🦊b"), Gen.Const("李小龙x")).Array[200].Single(texts => texts.Any(text => text.Length > 20), "0N0XIzNsQ0O2");
        foreach (var text in texts.Where(MemberSearch.IsStorable))
        {
            var codes = await db.Database.SqlQuery<int>($"SELECT member_window_codes({text}) AS \"Value\"").ToListAsync(Ct);
            Assert.Equal(MemberWindow.CodesOf(text).Distinct().Order(), codes.Order());
        }
    }

    private static async Task<(int Blocks, int Windows, int Unmapped)> SizeAsync(MemberLists lists)
    {
        await using var db = lists.CreateDbContext();
        async Task<int> CountAsync(FormattableString rows) => (int)await db.Database.SqlQuery<long>(rows).SingleAsync(Ct);
        return (await CountAsync($"SELECT count(*) AS \"Value\" FROM member_blocks"), await CountAsync($"SELECT count(*) AS \"Value\" FROM member_windows"), await CountAsync($"SELECT count(*) AS \"Value\" FROM member_unmapped"));
    }
}
