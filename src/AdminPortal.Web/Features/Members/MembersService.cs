using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Connections;
using AdminPortal.Web.Features.Invitations;
using AdminPortal.Web.Features.Removals;
using AdminPortal.Web.Shell;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Web.Features.Members;

/// <summary>Reads the directory for the grid and the page of one member. A page of the grid is one query, found by key through an index.</summary>
public sealed class MembersService(IDbContextFactory<PortalDbContext> contexts)
{
    public static MemberSort SortOf(GridQuery query) => query.Sort switch
    {
        "email" => MemberSort.Email,
        "role" => MemberSort.Role,
        "joined" => MemberSort.Joined,
        _ => MemberSort.Name,
    };

    /// <summary>How many people a search finds, by role: one pass for all numbers of the page.</summary>
    public async Task<MemberCounts> CountAsync(string? search, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var roles = await MemberSearch.Matching(db, search).Where(m => m.LeftAt == null)
            .GroupBy(m => m.Role).Select(g => new { Role = g.Key, Count = g.Count() }).ToDictionaryAsync(g => g.Role, g => g.Count, cancellationToken);
        int Count(string role) => roles.GetValueOrDefault(role);
        var all = roles.Values.Sum();
        var (owner, admin, user) = (Count(MemberRole.Owner), Count(MemberRole.Admin), Count(MemberRole.User));
        return new(all, owner, admin, user, all - owner - admin - user);
    }

    /// <param name="total">Of the same filter: it decides how many rows the last page has.</param>
    public async Task<MemberPage> PageAsync(GridQuery query, int total, CancellationToken cancellationToken)
    {
        var sort = SortOf(query);
        var (after, before) = (MemberKey.Parse(query.After, sort), MemberKey.Parse(query.Before, sort));
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        if (query.Before == GridQuery.End && total > query.Rows)
        {
            var rows = await ReadAsync(db, query, sort, null, backward: true, ((total - 1) % query.Rows) + 1, cancellationToken);
            return new(rows, KeyOf(sort, rows.FirstOrDefault()), null, IsFirst: false);
        }
        if (before is not null)
        {
            var rows = await ReadAsync(db, query, sort, before, backward: true, query.Rows + 1, cancellationToken);
            // Fewer than a page come before it: that is the first page, shown whole.
            if (rows.Count > query.Rows) return new(rows[1..], KeyOf(sort, rows[1]), KeyOf(sort, rows[^1]), IsFirst: false);
        }
        if (after is not null)
        {
            var rows = await ReadAsync(db, query, sort, after, backward: false, query.Rows + 1, cancellationToken);
            if (rows.Count > 0) return Forward(rows, query.Rows, sort, isFirst: false);
        }
        return Forward(await ReadAsync(db, query, sort, null, backward: false, query.Rows + 1, cancellationToken), query.Rows, sort, isFirst: true);
    }

    public async Task<MemberView?> FindAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var member = await db.Members.AsNoTracking().SingleOrDefaultAsync(m => m.Id == id, cancellationToken);
        if (member is null) return null;
        var open = await OpenItems(db).Where(i => i.MembershipUri == member.Uri)
            .Select(i => new OpenItem(i.RequestId, i.Request!.Number, i.Request.State, i.State)).SingleOrDefaultAsync(cancellationToken);
        var address = member.Email.ToLowerInvariant();
#pragma warning disable CA1862, CA1304, CA1311 // Translated to SQL, where only lower() exists.
        var invitation = await db.Invitations.AsNoTracking().Where(i => i.Status == InvitationStatus.Pending && i.Email.ToLower() == address)
            .OrderByDescending(i => i.CreatedAt).FirstOrDefaultAsync(cancellationToken);
#pragma warning restore CA1862, CA1304, CA1311
        var owns = await db.Connections.AnyAsync(c => c.CalendlyUserUri == member.UserUri && c.State != ConnectionState.Disconnected, cancellationToken);
        return new(member, open, invitation, owns);
    }

    private static MemberPage Forward(List<MemberRow> rows, int size, MemberSort sort, bool isFirst)
    {
        var page = rows.Count > size ? rows[..size] : rows;
        return new(page, isFirst ? null : KeyOf(sort, page.FirstOrDefault()), rows.Count > size ? KeyOf(sort, page[^1]) : null, isFirst);
    }

    private static string? KeyOf(MemberSort sort, MemberRow? row) => row is null ? null : MemberKey.Of(sort, row).ToString();

    private static async Task<List<MemberRow>> ReadAsync(
        PortalDbContext db, GridQuery query, MemberSort sort, MemberKey? from, bool backward, int count, CancellationToken cancellationToken)
    {
        var people = MemberSearch.Matching(db, query.Q).AsNoTracking().Where(m => m.LeftAt == null);
        people = MemberRole.Parse(query.Role) switch
        {
            null => people,
            MemberRole.Other => people.Where(m => !MemberRole.Known.Contains(m.Role)),
            var role => people.Where(m => m.Role == role),
        };
        var ordered = MemberOrder.Apply(people, sort, descending: query.Descending != backward, from);
        var open = OpenItems(db);
        var rows = await ordered.Take(count).Select(m => new MemberRow(
            m.Id, m.UserUri, m.Name, m.Email, m.Role, m.JoinedAt, m.SchedulingUrl,
            open.Where(i => i.MembershipUri == m.Uri).Select(i => new OpenItem(i.RequestId, i.Request!.Number, i.Request.State, i.State)).FirstOrDefault(),
            db.Connections.Any(c => c.CalendlyUserUri == m.UserUri && c.State != ConnectionState.Disconnected))).ToListAsync(cancellationToken);
        if (backward) rows.Reverse();
        return rows;
    }

    private static IQueryable<RemovalItem> OpenItems(PortalDbContext db) =>
        db.RemovalItems.Where(i => i.State == ItemState.Pending || i.State == ItemState.Executing || i.State == ItemState.Attention);
}
