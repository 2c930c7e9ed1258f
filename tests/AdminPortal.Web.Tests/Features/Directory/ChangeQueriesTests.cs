using System.Data.Common;
using AdminPortal.Testing;
using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Directory;
using AdminPortal.Web.Features.Members;
using AdminPortal.Web.Shell;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Npgsql;

namespace AdminPortal.Web.Tests.Features.Directory;

public sealed class ChangeQueriesTests(PostgresFixture postgres)
{
    private const string Activity = "/members/activity";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("", 90)]
    [InlineData("?status=role", 30)]
    [InlineData("?status=details", 30)]
    [InlineData("?has=elsewhere", 45)]
    [InlineData("?has=here&status=role", 15)]
    [InlineData("?q=kim", 45)]
    [InlineData("?q=kim&has=here", 45)]
    public async Task Paging_shows_every_change_once_in_the_same_order_both_ways(string filter, int expected)
    {
        await using var portal = await ManyAsync();
        var queries = portal.Get<ChangeQueries>();
        var all = await queries.ListAsync(GridQuery.Parse(Activity + filter) with { Rows = 100 }, Ct);
        Assert.Equal(expected, all.Lines.Count);
        Assert.Equal(all.Lines.OrderByDescending(l => l.Change.SeenAt).Select(l => l.Change.SeenAt), all.Lines.Select(l => l.Change.SeenAt));

        var (forward, backward) = (new List<Guid>(), new List<Guid>());
        var query = GridQuery.Parse(Activity + filter) with { Rows = 25 };
        ChangeList page;
        for (; ; query = query.Next($"{ChangeQueries.KeyOf(page.Lines[^1])}", 1))
        {
            // The address must hold the whole view.
            page = await queries.ListAsync(GridQuery.Parse(query.ToUrl(Activity)), Ct);
            Assert.Equal(!query.IsFirstPage, page.HasNewer);
            forward.AddRange(page.Lines.Select(l => l.Change.Id));
            if (!page.HasOlder) break;
        }
        backward.AddRange(page.Lines.Select(l => l.Change.Id));
        while (page.HasNewer)
        {
            query = query.Previous($"{ChangeQueries.KeyOf(page.Lines[0])}", 1);
            page = await queries.ListAsync(GridQuery.Parse(query.ToUrl(Activity)), Ct);
            backward.InsertRange(0, page.Lines.Select(l => l.Change.Id).Where(id => !backward.Contains(id)));
        }

        Assert.Equal(all.Lines.Select(l => l.Change.Id), forward);
        Assert.Equal(forward, backward);
    }

    [Fact]
    public async Task Filters_find_what_they_say()
    {
        await using var portal = await SeededPortal.StartAsync(postgres);
        var (kim, ada) = (await portal.MemberAsync("Kim Berg"), await portal.MemberAsync("Ada Öst", left: true));
        var invitation = await portal.InvitationAsync("lee", 1);
        var olivia = await portal.PersonAsync("Olivia Ortiz", "Operator");
        await portal.ChangeAsync(ChangeKind.Invited, invitation: invitation, origin: ChangeOrigin.Ours, person: olivia.PersonId, minutesAgo: 1);
        await portal.ChangeAsync(ChangeKind.Left, ada, minutesAgo: 2);
        await portal.ChangeAsync(ChangeKind.RoleChanged, kim, minutesAgo: 60 * 24 * 40);
        await portal.ChangeAsync(ChangeKind.Joined, kim, minutesAgo: 60 * 24 * 50);

        async Task<ChangeKind[]> FindAsync(string filter) => [.. (await portal.Get<ChangeQueries>().ListAsync(GridQuery.Parse(Activity + filter), Ct)).Lines.Select(l => l.Change.Kind)];
        Assert.Equal([ChangeKind.Invited, ChangeKind.Left, ChangeKind.RoleChanged, ChangeKind.Joined], await FindAsync(""));
        Assert.Equal([ChangeKind.Left], await FindAsync("?status=left"));
        Assert.Equal([ChangeKind.Invited], await FindAsync("?status=invitations"));
        Assert.Equal([ChangeKind.Invited], await FindAsync("?has=here"));
        Assert.Equal([ChangeKind.RoleChanged, ChangeKind.Joined], await FindAsync("?q=kim%20berg@member"));
        Assert.Equal([ChangeKind.Left], await FindAsync("?q=öst"));
        Assert.Equal([ChangeKind.Invited], await FindAsync("?q=lee@inv"));
        Assert.Equal([ChangeKind.Invited, ChangeKind.Left], await FindAsync("?since=2026-11-20"));
        Assert.Empty(await FindAsync("?q=%25"));
        Assert.Equal("Invited by Olivia Ortiz", ChangeWords.Text((await portal.Get<ChangeQueries>().ListAsync(new() { Has = Names.Parse("here") }, Ct)).Lines[0]));

        // What an address cannot mean is as if it were not there.
        foreach (var rubbish in new[] { "?status=king", "?has=here,elsewhere", "?has=shoes", "?since=yesterday", "?after=x", "?after=99999999999999999999-0", $"?after=1-{Guid.Empty:D}", "?before=-", "?rows=7&n=-3" })
            Assert.Equal(4, (await FindAsync(rubbish)).Length);
    }

    [Fact]
    public async Task Text_that_means_too_many_people_says_so()
    {
        await using var portal = await SeededPortal.StartAsync(postgres);
        await using var db = await portal.ContextAsync();
        await db.Database.ExecuteSqlAsync($"""
            INSERT INTO members (id, uri, organization_uri, user_uri, role, name, email, joined_at, updated_at)
            SELECT gen_random_uuid(), 'm' || n, 'ORG', 'u' || n, 'user', 'Person ' || n, 'p' || n || '@example.com', now(), now() FROM generate_series(1, 1001) AS n
            """, Ct);

        Assert.True((await portal.Get<ChangeQueries>().ListAsync(new() { Q = "person" }, Ct)).TooMany);
        Assert.False((await portal.Get<ChangeQueries>().ListAsync(new() { Q = "person 100" }, Ct)).TooMany);
    }

    [Theory]
    [InlineData("")]
    [InlineData("?status=left")]
    [InlineData("?has=here")]
    [InlineData("?has=here&status=left")]
    [InlineData("?since=2026-01-01")]
    [InlineData("?q=nobody")]
    public async Task Page_of_many_changes_is_read_from_the_front_of_indexes(string filter)
    {
        await using var portal = await SeededPortal.StartAsync(postgres);
        var member = await portal.MemberAsync("Kim Berg");
        await using (var owner = new NpgsqlConnection(portal.Database.OwnerConnectionString))
        {
            await owner.OpenAsync(Ct);
            // The few that some filters ask for are the oldest: whoever walks the whole list to find them is found out.
            await using var fill = new NpgsqlCommand($"""
                INSERT INTO changes (id, organization_uri, kind, member_id, subject, seen_at, origin)
                SELECT gen_random_uuid(), 'ORG', CASE WHEN n > 49990 THEN 'left' ELSE 'role_changed' END, '{member.Id}', 'Kim Berg', timestamptz '2026-11-23 14:00Z' - n * interval '1 minute',
                    CASE WHEN n > 49990 THEN 'ours' ELSE 'out_of_band' END
                FROM generate_series(1, 50000) AS n;
                ANALYZE changes; ANALYZE members;
                """, owner);
            await fill.ExecuteNonQueryAsync(Ct);
        }
        var plans = new Plans();
        var options = new DbContextOptionsBuilder<PortalDbContext>();
        options.UsePortalDatabase(portal.Database.AppConnectionString).AddInterceptors(plans);
        var queries = new ChangeQueries(new Factory(options.Options));

        var page = await queries.ListAsync(GridQuery.Parse(Activity + filter), Ct);

        Assert.Equal(filter.Contains("nobody", StringComparison.Ordinal) ? 0 : filter.Contains("left", StringComparison.Ordinal) || filter.Contains("here", StringComparison.Ordinal) ? 10 : 25, page.Lines.Count);
        var ofChanges = Assert.Single(plans.Seen, plan => plan.Contains("changes", StringComparison.Ordinal));
        Assert.Equal(filter.Contains("q=", StringComparison.Ordinal) ? 3 : 1, plans.Seen.Count);
        Assert.Contains("ix_changes_", ofChanges, StringComparison.Ordinal);
        Assert.DoesNotContain("Seq Scan on changes", ofChanges, StringComparison.Ordinal);
        Assert.DoesNotContain("Rows Removed by Filter", ofChanges, StringComparison.Ordinal);
    }

    private async Task<SeededPortal> ManyAsync()
    {
        var portal = await SeededPortal.StartAsync(postgres);
        var (kim, ada) = (await portal.MemberAsync("Kim Berg"), await portal.MemberAsync("Ada Berg"));
        await using var db = await portal.ContextAsync();
        var kinds = new[] { ChangeKind.RoleChanged, ChangeKind.Renamed, ChangeKind.Joined };
        for (var n = 0; n < 90; n++)
            db.Changes.Add(new()
            {
                OrganizationUri = SeededPortal.OrganizationUri,
                Kind = kinds[n % 3],
                MemberId = n % 2 == 0 ? kim.Id : ada.Id,
                Subject = n % 2 == 0 ? "Kim Berg" : "Ada Berg",
                // Ten are seen at the same moment, as one sync sees them.
                SeenAt = portal.Clock.GetUtcNow().AddMinutes(-(n / 10)),
                Origin = n % 2 == 0 ? ChangeOrigin.Ours : ChangeOrigin.OutOfBand,
            });
        await db.SaveChangesAsync(Ct);
        return portal;
    }

    private sealed class Factory(DbContextOptions<PortalDbContext> options) : IDbContextFactory<PortalDbContext>
    {
        public PortalDbContext CreateDbContext() => new(options);
    }

    /// <summary>The plan of every command, as it was carried out.</summary>
    private sealed class Plans : DbCommandInterceptor
    {
        public List<string> Seen { get; } = [];

        public override async ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
            DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default)
        {
            await using var explain = new NpgsqlCommand($"EXPLAIN (ANALYZE, TIMING OFF) {command.CommandText}", (NpgsqlConnection)command.Connection!);
            foreach (NpgsqlParameter parameter in command.Parameters) explain.Parameters.Add(parameter.Clone());
            var lines = new List<string>();
            await using (var reader = await explain.ExecuteReaderAsync(cancellationToken))
                while (await reader.ReadAsync(cancellationToken)) lines.Add(reader.GetString(0));
            Seen.Add(string.Join('\n', lines));
            return result;
        }
    }
}
