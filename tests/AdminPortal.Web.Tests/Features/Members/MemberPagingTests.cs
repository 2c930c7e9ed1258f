using AdminPortal.Testing;
using AdminPortal.Web.Features.Invitations;
using AdminPortal.Web.Features.Members;
using AdminPortal.Web.Shell;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Web.Tests.Features.Members;

/// <summary>Every order, direction and filter, on people of whom many share a name or a day, compared with LINQ; with the search's map and without.</summary>
public sealed class MemberPagingTests(PostgresFixture postgres)
{
    private const int People = 230;
    private static readonly DateTimeOffset Start = new(2026, 5, 1, 8, 0, 0, TimeSpan.Zero);
    private static readonly string[] Names = ["Ada Ünal", "Élodie Marchand", "李小龙", "مريم حسن", "Zoë 🦊 Fox", "ada ünal", "Max 100% Real", "Under_Score", "O'Neil \"Q\" Back\\Slash", "Bo"];
    private static readonly string[] Roles = ["user", "user", "user", "user", "admin", "billing", "user"];

    private static readonly MemberFilter[] Filters =
    [
        new(), new(Role: "user"), new(Role: "admin"), new(Role: "owner"), new(Role: "other"), new(Left: true), new(Left: true, Since: new(2026, 9, 3)), new(Left: true, Search: "ünal"),
        new(Since: new(2026, 5, 10)), new(Since: new(2026, 5, 10), Role: "user", Search: "ÜNAL"), new(Invited: true), new(Invited: true, Search: "ada"), new(Invited: true, Left: true),
        new(Search: "ünal"), new(Search: "@example.com"), new(Search: "example.com", Role: "admin"), new(Search: "小龙 "), new(Search: "李小龙"), new(Search: "حسن"), new(Search: "🦊 fox"),
        new(Search: "100%"), new(Search: "r_sc"), new(Search: "k\\s"), new(Search: "o'neil \"q"), new(Search: "ad"), new(Search: "p"), new(Search: "nobody at all"), new(Search: "ada p1", Role: "other"),
    ];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Paging_visits_everybody_once_in_order_both_ways(bool mapped)
    {
        await using var lists = await ListsAsync(mapped);
        await using var db = lists.CreateDbContext();
        var everybody = await db.Members.AsNoTracking().ToListAsync(Ct);
        var pending = await db.Invitations.Where(i => i.Status == InvitationStatus.Pending).Select(i => i.Email).ToListAsync(Ct);
        var rank = (await db.Members.OrderBy(m => m.Name).ThenBy(m => m.Id).Select(m => m.Id).ToListAsync(Ct)).Index().ToDictionary(i => i.Item, i => i.Index);
        var (pages, shown) = (0, 0);
        foreach (var filter in Filters)
        {
            var expected = everybody.Where(m => Matches(m, filter, pending)).ToList();
            shown += expected.Count;
            var counts = await lists.Members.CountAsync(filter, Ct);
            Assert.Equal(expected.Count, counts.Of(filter.Role));
            foreach (var sort in Enum.GetValues<MemberSort>())
                foreach (var descending in new[] { false, true })
                {
                    var ordered = (sort switch
                    {
                        MemberSort.Email => expected.OrderBy(m => m.Email, StringComparer.Ordinal).ThenBy(m => rank[m.Id]),
                        MemberSort.Role => expected.OrderBy(m => m.Role, StringComparer.Ordinal).ThenBy(m => rank[m.Id]),
                        MemberSort.Joined => expected.OrderBy(m => m.JoinedAt).ThenBy(m => m.Id.ToString(), StringComparer.Ordinal),
                        _ => expected.OrderBy(m => rank[m.Id]),
                    }).Select(m => m.Id).ToList();
                    if (descending) ordered.Reverse();
                    var first = Query(filter, sort, descending);

                    var forward = new List<Guid>();
                    var query = first;
                    for (MemberPage page; ; query = query.Next(page.NextKey!, 1))
                    {
                        page = await lists.Members.PageAsync(Round(query), null, Ct);
                        Assert.Equal(query.IsFirstPage, page.IsFirst);
                        forward.AddRange(page.Rows.Select(r => r.Id));
                        pages++;
                        if (page.NextKey is null) break;
                    }
                    Assert.Equal(ordered, forward);

                    var backward = new List<Guid>();
                    query = first.Last(Math.Max(1, ordered.Count));
                    for (MemberPage page; ; query = query.Previous(page.PreviousKey!, 1))
                    {
                        page = await lists.Members.PageAsync(Round(query), ordered.Count, Ct);
                        backward.InsertRange(0, page.Rows.Select(r => r.Id));
                        if (page.IsFirst) break;
                        Assert.NotEmpty(page.Rows);
                    }
                    Assert.Equal(ordered, backward);
                }
        }
        Assert.True(pages > 500 && shown > 1000);
    }

    [Fact]
    public async Task Export_and_selection_hold_whom_the_filter_finds_except_whom_they_leave_out()
    {
        await using var lists = await ListsAsync(mapped: true);
        var all = await lists.Members.IdsAsync(new(Search: "ünal"), [], 1000, Ct);
        Guid[] except = [.. all.Where((_, n) => n % 3 == 0)];

        Assert.Equal(all.Except(except), await lists.Members.IdsAsync(new(Search: "ünal"), except, 1000, Ct));
        Assert.Equal(all.Except(except).Take(5), await lists.Members.IdsAsync(new(Search: "ünal"), except, 5, Ct));
        var read = new List<Guid>();
        await foreach (var row in lists.Members.ReadAllAsync(new(Search: "ünal"), MemberSort.Name, descending: true, except, Ct)) read.Add(row.Id);
        Assert.Equal(all.Except(except).Reverse(), read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("q=ünal")]
    [InlineData("q=ünal&role=admin")]
    [InlineData("has=invitation&sort=joined&dir=desc")]
    [InlineData("status=left&since=2026-09-01")]
    public async Task Page_of_the_grid_is_one_statement(string address)
    {
        await using var lists = await ListsAsync(mapped: true);
        var first = GridQuery.Parse($"/members?{address}");
        var before = lists.Statements;
        var page = await lists.Members.PageAsync(first, null, Ct);
        Assert.NotEmpty(page.Rows);
        Assert.Equal(1, lists.Statements - before);

        await lists.Members.PageAsync(first.Last(50), 50, Ct);
        Assert.Equal(2, lists.Statements - before);
        if (page.NextKey is null) return;
        var next = await lists.Members.PageAsync(first.Next(page.NextKey, 26), null, Ct);
        Assert.Equal(3, lists.Statements - before);
        var back = await lists.Members.PageAsync(first.Previous(next.PreviousKey!, 1), null, Ct);
        Assert.Equal(4, lists.Statements - before);
        Assert.Equal((page.IsFirst, page.NextKey), (back.IsFirst, back.NextKey));
        Assert.Equal(page.Rows.Select(r => r.Id), back.Rows.Select(r => r.Id));
    }

    [Theory]
    [InlineData("\0")]
    [InlineData("abc\0")]
    [InlineData("\ud800xyz")]
    [InlineData("xyz\udc00")]
    [InlineData("%%%")]
    [InlineData("___")]
    [InlineData("\\\\\\")]
    [InlineData("'; DROP TABLE members; --")]
    [InlineData("\u202Eabc")]
    [InlineData("🦊🦊🦊🦊")]
    [InlineData("long")]
    public async Task Text_that_nobody_has_finds_nobody_and_fails_nothing(string text)
    {
        if (text == "long") text = string.Concat(Enumerable.Repeat("x Ünal🦊", 1250));
        await using var lists = await ListsAsync(mapped: true);
        foreach (var filter in new MemberFilter[] { new(text), new(text, Role: "admin"), new(text, Left: true), new(text, Invited: true) })
        {
            var query = Query(filter, MemberSort.Joined, descending: true);
            Assert.Empty((await lists.Members.PageAsync(query, null, Ct)).Rows);
            Assert.Equal(0, (await lists.Members.CountAsync(filter, Ct)).All);
            Assert.Empty(await lists.Members.IdsAsync(filter, [], 10, Ct));
        }
    }

    [Fact]
    public async Task Row_says_when_an_invitation_waits_and_what_changed_last()
    {
        await using var lists = await ListsAsync(mapped: false);
        await lists.OwnerAsync("""
            INSERT INTO changes (id, organization_uri, kind, member_id, subject, seen_at, origin)
            SELECT gen_random_uuid(), 'o', k.kind, m.id, m.name, k.at, 'out_of_band' FROM members m, (VALUES ('joined', timestamptz '2026-06-01Z'), ('role_changed', timestamptz '2026-07-01Z')) AS k (kind, at)
            WHERE m.email = 'p010@example.com'
            """, Ct);

        var rows = (await lists.Members.PageAsync(new GridQuery { Q = "p010@" }, null, Ct)).Rows;

        var row = Assert.Single(rows);
        Assert.Equal((Web.Features.Directory.ChangeKind.RoleChanged, new DateTimeOffset(2026, 7, 1, 0, 0, 0, TimeSpan.Zero)), row.LastChange);
        Assert.Equal(Start, row.InvitedAt);
        Assert.Equal("Europe/Berlin", row.TimeZone);
        Assert.Null(row.LeftAt);
        Assert.Null((await lists.Members.PageAsync(new GridQuery { Q = "p012@" }, null, Ct)).Rows.Single().InvitedAt);
    }

    private static bool Matches(Member member, MemberFilter filter, List<string> pending)
    {
        var text = filter.Search?.Trim().ToLowerInvariant();
        return filter.Left == member.LeftAt is not null
            && filter.Role switch { null => true, "other" => member.Role == "billing", var role => member.Role == role }
            && (filter.Since is not { } since || (filter.Left ? member.LeftAt!.Value : member.JoinedAt) >= new DateTimeOffset(since, TimeOnly.MinValue, TimeSpan.Zero))
            && (!filter.Invited || pending.Contains(member.Email, StringComparer.OrdinalIgnoreCase))
            && (text is null || (text.EnumerateRunes().Count() < 3
                ? member.Name.ToLowerInvariant().StartsWith(text, StringComparison.Ordinal) || member.Email.ToLowerInvariant().StartsWith(text, StringComparison.Ordinal)
                : $"{member.Name} {member.Email}".ToLowerInvariant().Contains(text.Trim(), StringComparison.Ordinal)));
    }

    private static GridQuery Query(MemberFilter filter, MemberSort sort, bool descending) => new()
    {
        Q = filter.Search,
        Role = filter.Role,
        Status = filter.Left ? MemberFilter.LeftStatus : null,
        Has = Web.Shell.Names.None.With(MemberFilter.HasInvitation, filter.Invited).With(MemberFilter.HasRemoval, filter.InRemoval),
        Since = filter.Since,
        Sort = sort.ToString().ToLowerInvariant(),
        Descending = descending,
    };

    // What the browser sends back is what the address says.
    private static GridQuery Round(GridQuery query) => GridQuery.Parse(query.ToUrl(Urls.Members));

    private async Task<MemberLists> ListsAsync(bool mapped)
    {
        var lists = await MemberLists.CloneAsync(postgres, Ct);
        await using var db = lists.CreateDbContext();
        for (var n = 0; n < People; n++)
        {
            var member = MemberLists.Member($"M{n}", Names[n % Names.Length], $"{(n % 4 == 0 ? "P" : "p")}{n:000}@example.com", n == 7 ? "owner" : Roles[n % Roles.Length], Start.AddDays(n % 20), n % 8 == 3 ? Start.AddMonths(4).AddDays(n % 5) : null);
            member.TimeZone = "Europe/Berlin";
            db.Add(member);
            if (n % 5 == 0)
                db.Add(new Invitation { Uri = $"I{n}", OrganizationUri = "O", Email = $"p{n:000}@EXAMPLE.com", Status = n % 10 == 0 ? InvitationStatus.Pending : InvitationStatus.Revoked, CreatedAt = Start, UpdatedAt = Start });
        }
        await db.SaveChangesAsync(Ct);
        if (mapped)
        {
            await lists.Map().KeepAsync(Ct);
            // Some are on the map, some wait, some stand elsewhere than it says.
            await db.Database.ExecuteSqlAsync($"UPDATE members SET name = 'Ada Ünal' WHERE email LIKE 'p0%' AND name = 'Bo'", Ct);
        }
        return lists;
    }
}
