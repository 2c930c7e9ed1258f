using AdminPortal.Testing;
using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Members;
using AdminPortal.Web.Shell;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Web.Tests.Features.Members;

public sealed class MemberGridTests(PostgresFixture postgres)
{
    private static readonly DateTimeOffset Start = new(2023, 5, 1, 8, 0, 0, TimeSpan.Zero);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Orders))]
    public async Task Paging_through_the_grid_shows_everybody_once_in_the_same_order_both_ways(string? sort, bool descending, int rows)
    {
        await using var grid = await GridAsync(300);
        var first = new GridQuery { Sort = sort, Descending = descending, Rows = rows };

        var forward = new List<Guid>();
        var query = first;
        for (MemberPage page; ; query = query.Next(page.NextKey!, 1))
        {
            page = await grid.Members.PageAsync(Round(query), 300, Ct);
            Assert.Equal(query.IsFirstPage, page.IsFirst);
            forward.AddRange(page.Rows.Select(r => r.Id));
            if (page.NextKey is null) break;
        }
        var backward = new List<Guid>();
        query = first.Last(300);
        for (MemberPage page; ; query = query.Previous(page.PreviousKey!, 1))
        {
            page = await grid.Members.PageAsync(Round(query), 300, Ct);
            backward.InsertRange(0, page.Rows.Select(r => r.Id));
            if (page.IsFirst) break;
        }

        Assert.Equal(300, forward.Distinct().Count());
        Assert.Equal(forward, backward);
        await using var db = grid.Db();
        var names = await db.Members.AsNoTracking().ToDictionaryAsync(m => m.Id, Ct);
        var shown = forward.Select(id => names[id]).ToList();
        if (descending) shown.Reverse();
        Assert.Equal(sort switch
        {
            "email" => shown.OrderBy(m => m.Email, StringComparer.Ordinal).Select(m => m.Email),
            "joined" => shown.OrderBy(m => m.JoinedAt).Select(m => m.Email),
            "role" => shown.OrderBy(m => m.Role, StringComparer.Ordinal).Select(m => m.Email),
            _ => shown.Select(m => m.Email),
        }, shown.Select(m => m.Email));
    }

    public static TheoryData<string?, bool, int> Orders()
    {
        var orders = new TheoryData<string?, bool, int>();
        foreach (var sort in new[] { null, "name", "email", "role", "joined" })
            foreach (var descending in new[] { false, true })
                orders.Add(sort, descending && sort is not null, descending ? 100 : 25);
        return orders;
    }

    [Theory]
    [InlineData("brandt", "Oliver Brandt")]
    [InlineData("ÉLO", "Élodie Marchand")]
    [InlineData("100%", "Max 100% Real")]
    [InlineData("a_b", "Under Score")]
    [InlineData("c\\d", "Back Slash")]
    [InlineData("ol", "Oliver Brandt")]
    [InlineData("%", null)]
    [InlineData("_", null)]
    [InlineData("ndt", "Oliver Brandt")]
    [InlineData("nd", null)]
    [InlineData("zz", "Under Score")]
    public async Task Search_takes_every_letter_literally(string text, string? found)
    {
        await using var grid = await GridAsync(0);
        await using var db = grid.Db();
        db.AddRange(
            Member(1, "Oliver Brandt", "o.b@example.com"), Member(2, "Élodie Marchand", "em@example.com"), Member(3, "Max 100% Real", "max@example.com"),
            Member(4, "Under Score", "zza_b@example.com"), Member(5, "Back Slash", "c\\d@example.com"), Member(6, "Axb Cxd", "axb@example.com"));
        await db.SaveChangesAsync(Ct);

        var page = await grid.Members.PageAsync(new GridQuery { Q = text }, 0, Ct);

        Assert.Equal(found is null ? [] : [found], page.Rows.Select(r => r.Name));
        Assert.Equal(page.Rows.Count, (await grid.Members.CountAsync(new(text), Ct)).All);
    }

    [Theory]
    [InlineData("brandt")]
    [InlineData("br")]
    [InlineData("b")]
    public async Task Search_is_answered_by_the_trigram_index(string text)
    {
        await using var grid = await GridAsync(0);
        await using var db = grid.Db();
        await db.Database.OpenConnectionAsync(Ct);
        // A table this small is always read whole, if that is allowed. What can't use the index still is.
        await db.Database.ExecuteSqlAsync($"SET enable_seqscan = off", Ct);
        await using var command = MemberSearch.Matching(db, text).CreateDbCommand();
        command.CommandText = $"EXPLAIN {command.CommandText}";
        var plan = new List<string>();
        await using (var reader = await command.ExecuteReaderAsync(Ct))
            while (await reader.ReadAsync(Ct)) plan.Add(reader.GetString(0));

        Assert.Contains(plan, line => line.Contains("ix_members_search", StringComparison.Ordinal));
        Assert.DoesNotContain(plan, line => line.Contains("Seq Scan", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("after=rubbish")]
    [InlineData("after=WyJOYW1lIl0")]
    [InlineData("before=W251bGwsbnVsbCxudWxsLG51bGwsbnVsbF0")]
    [InlineData("before=%F0%9F%92%A9")]
    [InlineData("after=a&before=b")]
    [InlineData("rows=7&sort=shoe&dir=up&role=king")]
    public async Task Address_that_does_not_parse_shows_the_first_page(string address)
    {
        await using var grid = await GridAsync(60);
        var expected = await grid.Members.PageAsync(new GridQuery(), 60, Ct);

        var page = await grid.Members.PageAsync(GridQuery.Parse($"/members?{address}"), 60, Ct);

        Assert.True(page.IsFirst);
        Assert.Equal(expected.Rows.Select(r => r.Id), page.Rows.Select(r => r.Id));
    }

    [Fact]
    public async Task Key_of_another_order_shows_the_first_page_and_its_own_order_shows_the_second()
    {
        await using var grid = await GridAsync(60);
        var key = (await grid.Members.PageAsync(new GridQuery { Sort = "email" }, 60, Ct)).NextKey!;

        Assert.True((await grid.Members.PageAsync(new GridQuery { Sort = "joined", After = key }, 60, Ct)).IsFirst);
        Assert.False((await grid.Members.PageAsync(new GridQuery { Sort = "email", After = key }, 60, Ct)).IsFirst);
    }

    [Fact]
    public async Task Counts_and_the_role_filter_agree_and_leave_out_who_left()
    {
        await using var grid = await GridAsync(0);
        await using var db = grid.Db();
        var gone = Member(9, "Gone", "gone@example.com");
        gone.LeftAt = Start;
        db.AddRange(Member(1, "O", "o@example.com", "owner"), Member(2, "A", "a@example.com", "admin"), Member(3, "U", "u@example.com"), Member(4, "X", "x@example.com", "billing"), gone);
        await db.SaveChangesAsync(Ct);

        var counts = await grid.Members.CountAsync(new(), Ct);

        Assert.Equal(new MemberCounts(4, 1, 1, 1, 1), counts);
        foreach (var role in new[] { null, "owner", "admin", "user", "other" })
            Assert.Equal(counts.Of(role), (await grid.Members.PageAsync(new GridQuery { Role = role }, counts.Of(role), Ct)).Rows.Count);
    }

    // What the browser sends back is what the address says.
    private static GridQuery Round(GridQuery query) => GridQuery.Parse(query.ToUrl(Urls.Members));

    private async Task<Grid> GridAsync(int members)
    {
        var grid = new Grid(await postgres.CloneAsync(Ct));
        await using var db = grid.Db();
        // Names and times that repeat: the id has to break ties.
        for (var n = 0; n < members; n++)
            db.Add(Member(n, $"{(char)('A' + (n % 7))}da Ünal {n % 11}", $"p{n:000}@example.com", n == 0 ? "owner" : n % 9 == 0 ? "admin" : "user", Start.AddDays(n % 40)));
        await db.SaveChangesAsync(Ct);
        return grid;
    }

    private static Member Member(int n, string name, string email, string role = "user", DateTimeOffset? joined = null) => new()
    {
        Uri = $"https://api.calendly.com/organization_memberships/M{n}",
        OrganizationUri = "https://api.calendly.com/organizations/O",
        UserUri = $"https://api.calendly.com/users/U{n}",
        Role = role,
        Name = name,
        Email = email,
        JoinedAt = joined ?? Start,
        UpdatedAt = Start,
    };

    private sealed class Grid(TestDatabase database) : IDbContextFactory<PortalDbContext>, IAsyncDisposable
    {
        public MembersService Members => new(this);

        public PortalDbContext Db() => CreateDbContext();

        public PortalDbContext CreateDbContext()
        {
            var options = new DbContextOptionsBuilder<PortalDbContext>();
            options.UsePortalDatabase(database.AppConnectionString);
            return new PortalDbContext(options.Options);
        }

        public ValueTask DisposeAsync() => database.DisposeAsync();
    }
}
