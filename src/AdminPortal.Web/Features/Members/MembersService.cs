using System.Runtime.CompilerServices;
using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Connections;
using AdminPortal.Web.Features.Directory;
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

    /// <summary>How many people a filter finds, by role: one pass for all numbers of the page. The filter's own role does not count.</summary>
    public async Task<MemberCounts> CountAsync(MemberFilter filter, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var roles = await Matching(db, filter with { Role = null })
            .GroupBy(m => m.Role).Select(g => new { Role = g.Key, Count = g.Count() }).ToDictionaryAsync(g => g.Role, g => g.Count, cancellationToken);
        int Count(string role) => roles.GetValueOrDefault(role);
        var all = roles.Values.Sum();
        var (owner, admin, user) = (Count(MemberRole.Owner), Count(MemberRole.Admin), Count(MemberRole.User));
        return new(all, owner, admin, user, all - owner - admin - user);
    }

    /// <summary>The first people of a filter, in the order of names.</summary>
    public async Task<IReadOnlyList<Guid>> IdsAsync(MemberFilter filter, IReadOnlyCollection<Guid> except, int most, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await MemberOrder.Apply(Matching(db, filter).Where(m => !except.Contains(m.Id)), MemberSort.Name, descending: false, null)
            .Take(most).Select(m => m.Id).ToListAsync(cancellationToken);
    }

    /// <summary>Everybody whom a filter finds, one after the other as the database sends them.</summary>
    public IAsyncEnumerable<MemberRow> ReadAllAsync(
        MemberFilter filter, MemberSort sort, bool descending, IReadOnlyCollection<Guid> except, CancellationToken cancellationToken) =>
        StreamAsync(db => Matching(db, filter).Where(m => !except.Contains(m.Id)), sort, descending, cancellationToken);

    /// <summary>These people, as far as they are members or were.</summary>
    public IAsyncEnumerable<MemberRow> ReadChosenAsync(IReadOnlyCollection<Guid> ids, MemberSort sort, bool descending, CancellationToken cancellationToken) =>
        StreamAsync(db => db.Members.Where(m => ids.Contains(m.Id)), sort, descending, cancellationToken);

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
        var ordered = MemberOrder.Apply(Matching(db, MemberFilter.Of(query)).AsNoTracking(), sort, descending: query.Descending != backward, from);
        var rows = await Rows(db, ordered.Take(count)).ToListAsync(cancellationToken);
        if (backward) rows.Reverse();
        return rows;
    }

    private async IAsyncEnumerable<MemberRow> StreamAsync(
        Func<PortalDbContext, IQueryable<Member>> people, MemberSort sort, bool descending, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await foreach (var row in Rows(db, MemberOrder.Apply(people(db).AsNoTracking(), sort, descending, null)).AsAsyncEnumerable().WithCancellation(cancellationToken)) yield return row;
    }

    private static IQueryable<MemberRow> Rows(PortalDbContext db, IQueryable<Member> people)
    {
        var open = OpenItems(db);
#pragma warning disable CA1862, CA1304, CA1311 // Translated to SQL, where only lower() exists.
        return people.Select(m => new
        {
            Member = m,
            Open = open.Where(i => i.MembershipUri == m.Uri).Select(i => new OpenItem(i.RequestId, i.Request!.Number, i.Request.State, i.State)).FirstOrDefault(),
            OwnsConnection = db.Connections.Any(c => c.CalendlyUserUri == m.UserUri && c.State != ConnectionState.Disconnected),
            Change = db.Changes.Where(c => c.MemberId == m.Id).OrderByDescending(c => c.SeenAt).ThenByDescending(c => c.Id).Select(c => new { Kind = (ChangeKind?)c.Kind, SeenAt = (DateTimeOffset?)c.SeenAt }).FirstOrDefault(),
            InvitedAt = db.Invitations.Where(i => i.Status == InvitationStatus.Pending && i.Email.ToLower() == m.Email.ToLower()).Max(i => (DateTimeOffset?)i.LastSentAt),
        }).Select(r => new MemberRow(r.Member.Id, r.Member.UserUri, r.Member.Name, r.Member.Email, r.Member.Role, r.Member.JoinedAt, r.Member.SchedulingUrl, r.Open, r.OwnsConnection)
        {
            Uri = r.Member.Uri,
            TimeZone = r.Member.TimeZone,
            LeftAt = r.Member.LeftAt,
            LastChange = LastChange(r.Change!.Kind, r.Change.SeenAt),
            InvitedAt = r.InvitedAt,
        });
#pragma warning restore CA1862, CA1304, CA1311
    }

    private static (ChangeKind, DateTimeOffset)? LastChange(ChangeKind? kind, DateTimeOffset? at) => kind is { } what && at is { } when ? (what, when) : null;

    private static IQueryable<Member> Matching(PortalDbContext db, MemberFilter filter)
    {
        var people = MemberSearch.Matching(db, filter.Search).Where(m => (m.LeftAt != null) == filter.Left);
        people = filter.Role switch
        {
            null => people,
            MemberRole.Other => people.Where(m => !MemberRole.Known.Contains(m.Role)),
            var role => people.Where(m => m.Role == role),
        };
        if (filter.InRemoval) people = people.Where(m => OpenItems(db).Any(i => i.MembershipUri == m.Uri));
#pragma warning disable CA1862, CA1304, CA1311 // Translated to SQL, where only lower() exists.
        if (filter.Invited) people = people.Where(m => db.Invitations.Any(i => i.Status == InvitationStatus.Pending && i.Email.ToLower() == m.Email.ToLower()));
#pragma warning restore CA1862, CA1304, CA1311
        if (filter.Since is { } day)
        {
            var from = new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero);
            people = filter.Left ? people.Where(m => m.LeftAt >= from) : people.Where(m => m.JoinedAt >= from);
        }
        return people;
    }

    private static IQueryable<RemovalItem> OpenItems(PortalDbContext db) =>
        db.RemovalItems.Where(i => i.State == ItemState.Pending || i.State == ItemState.Executing || i.State == ItemState.Attention);
}
