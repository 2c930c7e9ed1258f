using System.Buffers.Text;
using System.Globalization;
using System.Text;
using AdminPortal.Web.Data;
using AdminPortal.Web.Security;
using AdminPortal.Web.Shell;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Web.Features.Invitations;

public sealed record InvitationRow(Guid Id, string Email, string Status, DateTimeOffset SentAt, DateTimeOffset CreatedAt, DateTimeOffset? EndedAt, string? InvitedBy, string? RevokedBy);

/// <param name="FirstKey">Key of the first row; null on an empty page.</param>
public sealed record InvitationPage(IReadOnlyList<InvitationRow> Rows, long Total, IReadOnlyDictionary<string, long> Counts, bool HasBefore, bool HasAfter, string? FirstKey, string? LastKey);

public sealed record SendRow(Guid Id, string Email, InvitationSendState State, string? Result);

/// <summary>The batch that somebody asked for last.</summary>
public sealed record SendBatch(Guid Id, DateTimeOffset AskedAt, IReadOnlyList<SendRow> Rows)
{
    public int Sent => Rows.Count(row => row.State == InvitationSendState.Sent);
    public int Refused => Rows.Count(row => row.State == InvitationSendState.Refused);
    public int Open => Rows.Count - Sent - Refused;
}

/// <summary>Reads the ledger of invitations, a page at a time by key.</summary>
public sealed class InvitationList(IDbContextFactory<PortalDbContext> contexts, TimeProvider clock)
{
    public static readonly IReadOnlyList<string> Statuses =
        [InvitationStatus.Pending, InvitationStatus.Accepted, InvitationStatus.Declined, InvitationStatus.Revoked, InvitationStatus.Vanished];

    private const int AnywhereFrom = 3;
    private static readonly TimeSpan BatchIsShown = TimeSpan.FromHours(24);

    /// <summary>Where a page begins or ends: the list is ordered by creation, newest first unless asked otherwise.</summary>
    private sealed record Key(DateTimeOffset CreatedAt, Guid Id)
    {
        public string Text => Base64Url.EncodeToString(Encoding.ASCII.GetBytes($"{CreatedAt.UtcTicks.ToString(CultureInfo.InvariantCulture)}.{Id:N}"));

        public static Key? Parse(string? text)
        {
            if (text is null || !Base64Url.IsValid(text)) return null;
            return Encoding.ASCII.GetString(Base64Url.DecodeFromChars(text)).Split('.') is [var ticks, var id]
                && long.TryParse(ticks, NumberStyles.None, CultureInfo.InvariantCulture, out var at) && at <= DateTimeOffset.MaxValue.UtcTicks && Guid.TryParseExact(id, "N", out var guid)
                ? new Key(new DateTimeOffset(at, TimeSpan.Zero), guid)
                : null;
        }
    }

    public static string StatusOf(GridQuery query) => Statuses.FirstOrDefault(status => status == query.Status) ?? InvitationStatus.Pending;

    public static bool OldestFirst(GridQuery query) => query is { Sort: "sent", Descending: false };

    public async Task<InvitationPage> PageAsync(GridQuery query, CancellationToken cancellationToken)
    {
        var status = StatusOf(query);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var counts = await db.Invitations.GroupBy(i => i.Status).Select(g => new { g.Key, Count = g.LongCount() }).ToDictionaryAsync(g => g.Key, g => g.Count, cancellationToken);
        var all = db.Invitations.AsNoTracking().Where(i => i.Status == status);
        if (query.Q is { Length: > 0 } q)
        {
            var text = q.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal);
            var pattern = q.Length < AnywhereFrom ? $"{text}%" : $"%{text}%";
            all = all.Where(i => EF.Functions.ILike(i.Email, pattern, "\\"));
        }
        var total = query.Q is null ? counts.GetValueOrDefault(status) : await all.LongCountAsync(cancellationToken);

        var (after, before) = (Key.Parse(query.After), Key.Parse(query.Before));
        var fromEnd = query.Before == GridQuery.End && total > 0;
        var backwards = fromEnd || before is not null;
        var take = fromEnd ? (int)((total - 1) % query.Rows) + 1 : query.Rows;
        // Newest first going forward is the same direction as oldest first going back.
        var descending = OldestFirst(query) == backwards;
        if ((before ?? after) is { } key)
        {
            all = descending
                ? all.Where(i => EF.Functions.LessThan(ValueTuple.Create(i.CreatedAt, i.Id), ValueTuple.Create(key.CreatedAt, key.Id)))
                : all.Where(i => EF.Functions.GreaterThan(ValueTuple.Create(i.CreatedAt, i.Id), ValueTuple.Create(key.CreatedAt, key.Id)));
        }
        var ordered = descending ? all.OrderByDescending(i => i.CreatedAt).ThenByDescending(i => i.Id) : all.OrderBy(i => i.CreatedAt).ThenBy(i => i.Id);
        // One more than the page shows whether there is another page in this direction.
        var rows = await ordered.Take(take + 1)
            .Select(i => new InvitationRow(i.Id, i.Email, i.Status, i.LastSentAt ?? i.CreatedAt, i.CreatedAt, i.EndedAt,
                db.People.Where(p => p.Id == i.InvitedBy).Select(p => p.Name).FirstOrDefault(), db.People.Where(p => p.Id == i.RevokedBy).Select(p => p.Name).FirstOrDefault()))
            .ToListAsync(cancellationToken);
        var more = rows.Count > take;
        if (more) rows.RemoveAt(take);
        if (backwards) rows.Reverse();
        return new InvitationPage(rows, total, counts,
            HasBefore: backwards ? more : after is not null, HasAfter: backwards ? !fromEnd : more,
            rows.Count == 0 ? null : new Key(rows[0].CreatedAt, rows[0].Id).Text, rows.Count == 0 ? null : new Key(rows[^1].CreatedAt, rows[^1].Id).Text);
    }

    /// <summary>What this person asked for last, while it is news.</summary>
    public async Task<SendBatch?> LatestBatchAsync(Actor actor, CancellationToken cancellationToken)
    {
        var since = clock.GetUtcNow() - BatchIsShown;
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var latest = await db.InvitationSends
            .Where(s => db.People.Any(p => p.Id == s.SenderId && p.ObjectId == actor.ObjectId && p.TenantId == actor.TenantId) && (s.CreatedAt > since || s.FinishedAt == null))
            .OrderByDescending(s => s.CreatedAt).Select(s => new { s.BatchId, s.CreatedAt }).FirstOrDefaultAsync(cancellationToken);
        if (latest is null) return null;
        var rows = await db.InvitationSends.Where(s => s.BatchId == latest.BatchId).OrderBy(s => s.Line).Take(InvitationService.MostAtOnce)
            .Select(s => new SendRow(s.Id, s.Email, s.State, s.Result)).ToListAsync(cancellationToken);
        return new SendBatch(latest.BatchId, latest.CreatedAt, rows);
    }
}
