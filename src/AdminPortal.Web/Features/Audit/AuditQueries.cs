using AdminPortal.Web.Data;
using AdminPortal.Web.Security;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Web.Features.Audit;

/// <summary>Which entries to list; a page ends before or begins after a sequence number.</summary>
/// <param name="Text">In the name of the actor or in what the entry is about.</param>
/// <param name="Who">An Entra object id, or <see cref="PortalItself"/>.</param>
/// <param name="Below">Entries older than this one.</param>
/// <param name="Above">Entries newer than this one.</param>
public sealed record AuditFilter(string? Text = null, string? Who = null, string? Action = null, AuditOutcome? Outcome = null, int Rows = 25, long? Below = null, long? Above = null)
{
    public const string PortalItself = "portal";
    public const int LongestText = 200;
}

/// <summary>A page of the trail, newest first. There is no total: counting a trail that only grows costs more than it tells.</summary>
public sealed record AuditList(IReadOnlyList<AuditEntry> Entries, bool HasNewer, bool HasOlder);

/// <summary>Somebody whose entries can be picked.</summary>
public sealed record AuditActor(string Key, string Name);

/// <summary>Reads the trail. Every list is a walk along an index in the order of the sequence, so its cost does not grow with the trail's length.</summary>
public sealed class AuditQueries(IDbContextFactory<PortalDbContext> contexts)
{
    private const int ActorLimit = 200;

    public async Task<AuditList> ListAsync(AuditFilter filter, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var query = Matching(db, filter);
        if (filter.Above is { } above)
        {
            var newer = await query.Where(e => e.Sequence > above).OrderBy(e => e.Sequence).Take(filter.Rows + 1).ToListAsync(cancellationToken);
            // Fewer than a page are left: the newest page, whole, is what "newer" ends at.
            if (newer.Count >= filter.Rows)
                return new([.. newer.Take(filter.Rows).Reverse()], HasNewer: newer.Count > filter.Rows, HasOlder: true);
        }
        var below = filter.Above is null ? filter.Below : null;
        var older = await query.Where(e => below == null || e.Sequence < below).OrderByDescending(e => e.Sequence).Take(filter.Rows + 1).ToListAsync(cancellationToken);
        return new([.. older.Take(filter.Rows)], HasNewer: below is not null && await query.AnyAsync(e => e.Sequence >= below, cancellationToken), HasOlder: older.Count > filter.Rows);
    }

    /// <summary>The newest entries in which somebody or the portal did something; that somebody read the trail is left out.</summary>
    public async Task<IReadOnlyList<AuditEntry>> LatestAsync(int count, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.AuditEntries.AsNoTracking().Where(e => e.Action != AuditService.ReadAction).OrderByDescending(e => e.Sequence).Take(count).ToListAsync(cancellationToken);
    }

    /// <summary>The portal itself, then everybody it has seen, by name.</summary>
    public async Task<IReadOnlyList<AuditActor>> ActorsAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var people = await db.People.AsNoTracking().OrderBy(p => p.Name).Take(ActorLimit).Select(p => new AuditActor(p.ObjectId, p.Name)).ToListAsync(cancellationToken);
        return [new AuditActor(AuditFilter.PortalItself, Actor.Portal.Name), .. people];
    }

    private static IQueryable<AuditEntry> Matching(PortalDbContext db, AuditFilter filter)
    {
        var query = db.AuditEntries.AsNoTracking();
        if (filter.Who is { } who)
        {
            var objectId = who == AuditFilter.PortalItself ? Actor.Portal.ObjectId : who;
            query = query.Where(e => e.ActorObjectId == objectId);
        }
        if (filter.Action is { } action) query = query.Where(e => e.Action == action);
        if (filter.Outcome is { } outcome) query = query.Where(e => e.Outcome == outcome);
        if (filter.Text?.Trim() is { Length: > 0 and <= AuditFilter.LongestText } text)
        {
            var pattern = $"%{Escape(text)}%";
            query = query.Where(e => EF.Functions.ILike(e.ObjectLabel, pattern, "\\") || EF.Functions.ILike(e.ActorName, pattern, "\\"));
        }
        return query;
    }

    private static string Escape(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal);
}
