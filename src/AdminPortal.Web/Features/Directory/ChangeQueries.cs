using System.Linq.Expressions;
using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Members;
using AdminPortal.Web.Features.Removals;
using AdminPortal.Web.Security;
using AdminPortal.Web.Shell;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace AdminPortal.Web.Features.Directory;

/// <summary>A change with what its words need.</summary>
/// <param name="Removal">Number of the request that the portal carried out.</param>
/// <param name="Person">Who did it here.</param>
/// <param name="BySubject">Whoever did it in Calendly did it to themselves.</param>
/// <param name="InvitedAt">Of an invitation: when it was sent.</param>
public sealed record ChangeLine(Change Change, int? Removal, string? Person, bool BySubject, DateTimeOffset? InvitedAt)
{
    private static readonly TimeSpan AtOnce = TimeSpan.FromMinutes(1);

    public DateTimeOffset At => Change.HappenedAt ?? Change.SeenAt;

    /// <summary>It was done noticeably before it was seen.</summary>
    public bool IsLate => Change.SeenAt - At >= AtOnce;
}

/// <summary>A page of changes, newest first. There is no total: counting what only grows costs more than it tells.</summary>
/// <param name="TooMany">The text means more people than are looked for; only changes of the first are listed.</param>
public sealed record ChangeList(IReadOnlyList<ChangeLine> Lines, bool HasNewer, bool HasOlder, bool TooMany = false);

/// <summary>
/// Reads the changes. Whatever the filter, a page is read from the front of a few indexes, each in the order of time, so that its cost does
/// not grow with their number.
/// </summary>
public sealed class ChangeQueries(IDbContextFactory<PortalDbContext> contexts)
{
    /// <summary>Whom a text may mean.</summary>
    public const int MostPeople = 1000;

    public async Task<ChangeList> ListAsync(GridQuery query, CancellationToken cancellationToken)
    {
        var (filter, after, before) = (ChangeFilter.Of(query), ChangeKey.Parse(query.After), ChangeKey.Parse(query.Before));
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var people = filter.Person is null ? null : await PeopleAsync(db, filter.Person, cancellationToken);
        if (before is not null)
        {
            var newer = await ReadAsync(db, filter, people, null, before, query.Rows + 1, cancellationToken);
            // Fewer than a page are left: the newest page, whole, is what "newer" ends at.
            if (newer.Count >= query.Rows) return new([.. newer.Take(query.Rows).Reverse()], HasNewer: newer.Count > query.Rows, HasOlder: true, people is { TooMany: true });
        }
        var older = await ReadAsync(db, filter, people, after, null, query.Rows + 1, cancellationToken);
        var hasNewer = after is not null && (await ReadAsync(db, filter, people, null, older.Count == 0 ? after : KeyOf(older[0]), 1, cancellationToken)).Count > 0;
        return new([.. older.Take(query.Rows)], hasNewer, older.Count > query.Rows, people is { TooMany: true });
    }

    public static ChangeKey KeyOf(ChangeLine line) => new(line.Change.SeenAt, line.Change.Id);

    /// <summary>Whether Calendly names who did what, and why not.</summary>
    public async Task<ActivityFeed?> FeedAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.ActivityFeeds.AsNoTracking().SingleOrDefaultAsync(f => db.Organizations.Any(o => o.Uri == f.OrganizationUri), cancellationToken);
    }

    private sealed record People(Guid[] Members, Guid[] Invitations, bool TooMany);

    private static async Task<People> PeopleAsync(PortalDbContext db, string text, CancellationToken cancellationToken)
    {
        if (MemberSearch.For(text) is not { FindsNobody: false } search) return new([], [], false);
        // The condition is the search's own SQL; what was typed is its parameter.
        var sql = $"SELECT id AS \"Value\" FROM members WHERE {search.Candidates} LIMIT {MostPeople + 1}";
        var members = await db.Database.SqlQueryRaw<Guid>(sql, new NpgsqlParameter("like", search.Like)).ToArrayAsync(cancellationToken);
        var pattern = $"%{MemberSearch.Escape(text)}%";
        var invitations = await db.Invitations.Where(i => EF.Functions.ILike(i.Email, pattern, "\\")).Select(i => i.Id).Take(MostPeople + 1).ToArrayAsync(cancellationToken);
        return new(members[..Math.Min(members.Length, MostPeople)], invitations[..Math.Min(invitations.Length, MostPeople)], members.Length > MostPeople || invitations.Length > MostPeople);
    }

    private static async Task<List<ChangeLine>> ReadAsync(
        PortalDbContext db, ChangeFilter filter, People? people, ChangeKey? below, ChangeKey? above, int count, CancellationToken cancellationToken)
    {
        var changes = db.Changes.AsNoTracking();
        if (filter.Since is { } day)
        {
            var since = new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero);
            changes = changes.Where(c => c.SeenAt >= since);
        }
        if (below is not null) changes = changes.Where(c => EF.Functions.LessThan(ValueTuple.Create(c.SeenAt, c.Id), ValueTuple.Create(below.SeenAt, below.Id)));
        if (above is not null) changes = changes.Where(c => EF.Functions.GreaterThan(ValueTuple.Create(c.SeenAt, c.Id), ValueTuple.Create(above.SeenAt, above.Id)));
        IQueryable<Change> Ordered(IQueryable<Change> some) => above is null
            ? some.OrderByDescending(c => c.SeenAt).ThenByDescending(c => c.Id).Take(count) : some.OrderBy(c => c.SeenAt).ThenBy(c => c.Id).Take(count);
        var parts = Parts(changes, filter, people).Select(Ordered).ToList();
        return await Ordered(parts.Aggregate((all, part) => all.Concat(part))).Select(Line(db)).ToListAsync(cancellationToken);
    }

    /// <summary>The lists that the filter asks for, each in the order of one index.</summary>
    private static IEnumerable<IQueryable<Change>> Parts(IQueryable<Change> changes, ChangeFilter filter, People? people)
    {
        if (people is not null)
        {
            var (kinds, origin) = (filter.Kinds, filter.Origin);
            var wanted = changes.Where(c => kinds.Contains(c.Kind) && (origin == null || c.Origin == origin));
            return [wanted.Where(c => people.Members.Contains(c.MemberId!.Value)), wanted.Where(c => people.Invitations.Contains(c.InvitationId!.Value))];
        }
        if (filter is { Group: null, Origin: null }) return [changes];
        ChangeOrigin[] origins = filter.Origin is { } one ? [one] : Enum.GetValues<ChangeOrigin>();
        return origins.SelectMany(from => filter.Kinds.Select(kind => changes.Where(c => c.Origin == from && c.Kind == kind)));
    }

    /// <summary>For queries: a change as a line.</summary>
    public static Expression<Func<Change, ChangeLine>> Line(PortalDbContext db) => c => new ChangeLine(
        c,
        db.RemovalRequests.Where(r => r.Id == c.RemovalRequestId).Select(r => (int?)r.Number).FirstOrDefault(),
        db.People.Where(p => p.Id == c.PersonId).Select(p => p.Name).FirstOrDefault(),
        c.ActorUri != null && db.Members.Any(m => m.Id == c.MemberId && m.UserUri == c.ActorUri),
        db.Invitations.Where(i => i.Id == c.InvitationId).Select(i => (DateTimeOffset?)i.CreatedAt).FirstOrDefault());
}
