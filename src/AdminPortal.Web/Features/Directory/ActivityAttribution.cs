using AdminPortal.Web.Data;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Web.Features.Directory;

/// <summary>Names who made the changes that were found: entries of the activity log and changes of the same days, matched by <see cref="ActivityMatch"/>.</summary>
public sealed class ActivityAttribution(IDbContextFactory<PortalDbContext> contexts, ActivityFeedLease lease)
{
    /// <summary>An entry that has explained nothing for so long is left alone, and so is a change.</summary>
    private static readonly TimeSpan Reach = TimeSpan.FromDays(2);

    /// <summary>How much Calendly's clock and ours may differ.</summary>
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(2);

    /// <summary>Without a complete sweep before it, a change may be so old.</summary>
    private static readonly TimeSpan Unbounded = TimeSpan.FromDays(1);

    private const int MostDeeds = 10_000;

    /// <returns>How many changes were explained.</returns>
    /// <exception cref="ActivityFeedLostException">Another worker has taken it over.</exception>
    public async Task<int> ExplainAsync(FeedClaim claim, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        // Changes that were seen after the log was read may have entries that were not; their turn comes with the next round.
        if (await db.ActivityFeeds.Where(f => f.OrganizationUri == claim.Feed.OrganizationUri).Select(f => f.ReadAt).SingleAsync(cancellationToken) is not { } readAt) return 0;
        var since = readAt - Reach;
        var deeds = await db.LoggedDeeds.AsNoTracking()
            .Where(d => d.OrganizationUri == claim.Feed.OrganizationUri && d.OccurredAt > since && !db.Changes.Any(c => c.ActivityUri == d.Uri))
            .OrderByDescending(d => d.OccurredAt).Take(MostDeeds).ToListAsync(cancellationToken);
        if (deeds.Count == 0) return 0;
        var changes = await ChangesAsync(db, claim.Feed.OrganizationUri, since, readAt, deeds, cancellationToken);
        var explained = ActivityMatch.Explain(changes, deeds);
        if (explained.Count == 0) return 0;
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        await lease.ExtendAsync(db, claim, cancellationToken);
        var (ids, found) = (explained.Keys.ToArray(), explained.Values.ToList());
        var written = await db.Database.ExecuteSqlAsync($"""
            UPDATE changes c SET actor_name = e.actor_name, actor_uri = e.actor_uri, activity_uri = e.uri, happened_at = e.occurred_at
            FROM unnest({ids}, {found.Select(d => d.ActorName).ToArray()}, {found.Select(d => d.ActorUri).ToArray()}, {found.Select(d => d.Uri).ToArray()}, {found.Select(d => d.OccurredAt).ToArray()})
                 AS e (id, actor_name, actor_uri, uri, occurred_at)
            WHERE c.id = e.id AND c.activity_uri IS NULL AND c.origin = 'out_of_band'
            """, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return written;
    }

    private static async Task<List<ChangeToExplain>> ChangesAsync(
        PortalDbContext db, string organization, DateTimeOffset since, DateTimeOffset until, List<LoggedDeed> deeds, CancellationToken cancellationToken)
    {
        string[] users = [.. deeds.Select(d => d.UserUri).OfType<string>().Distinct()], memberships = [.. deeds.Select(d => d.MembershipUri).OfType<string>().Distinct()];
        string[] invitations = [.. deeds.Select(d => d.InvitationUri).OfType<string>().Distinct()], emails = [.. deeds.Select(d => d.Email).OfType<string>().Distinct()];
#pragma warning disable CA1862, CA1304, CA1311 // Translated to SQL, where only lower() exists.
        var rows = await (
            from change in db.Changes.AsNoTracking()
            join m in db.Members on change.MemberId equals m.Id into member
            from m in member.DefaultIfEmpty()
            join i in db.Invitations on change.InvitationId equals i.Id into invitation
            from i in invitation.DefaultIfEmpty()
            where change.OrganizationUri == organization && change.SeenAt > since && change.SeenAt <= until && change.ActivityUri == null
                && (users.Contains(m!.UserUri) || memberships.Contains(m.Uri) || emails.Contains(m.Email.ToLower()) || invitations.Contains(i!.Uri) || emails.Contains(i.Email.ToLower())
                    || emails.Contains(change.Before!.ToLower()))
            select new { Change = change, m!.UserUri, MembershipUri = m.Uri, MemberEmail = m.Email, InvitationUri = i!.Uri, InvitationEmail = i.Email }).ToListAsync(cancellationToken);
#pragma warning restore CA1862, CA1304, CA1311
        var sweeps = await db.Sweeps.AsNoTracking().Where(s => s.OrganizationUri == organization && s.State == SweepState.Complete && s.FinishedAt > since - Unbounded)
            .OrderBy(s => s.FinishedAt).Select(s => new { s.Id, s.StartedAt, FinishedAt = s.FinishedAt!.Value }).ToListAsync(cancellationToken);
        return [.. rows.Select(row =>
        {
            var change = row.Change;
            // Read completely before this sweep: then it had not happened yet.
            var before = sweeps.FindLast(s => s.FinishedAt < change.SeenAt && s.Id != change.SweepId);
            string?[] addresses = change.Kind == ChangeKind.EmailChanged ? [row.MemberEmail, change.Before, change.After] : [row.MemberEmail, row.InvitationEmail];
            return new ChangeToExplain(
                change.Id, change.Kind, change.Origin, row.UserUri, row.MembershipUri, row.InvitationUri, [.. addresses.OfType<string>().Select(one => one.ToLowerInvariant()).Distinct()],
                change.Before, change.After, (before?.StartedAt ?? change.SeenAt - Unbounded) - Skew, change.SeenAt + Skew);
        })];
    }
}
