using AdminPortal.Calendly;
using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Connections;
using AdminPortal.Web.Features.Removals;
using Microsoft.EntityFrameworkCore;
using InvitationStatus = AdminPortal.Web.Features.Invitations.InvitationStatus;

namespace AdminPortal.Web.Features.Directory;

/// <summary>
/// One claimed round: what is new in Calendly's activity log, usually one request. Entries about members and invitations are kept until they
/// have explained what they can; one of which the directory knows nothing brings the next sweep forward.
/// </summary>
public sealed class ActivityRound(IDbContextFactory<PortalDbContext> contexts, CalendlyAccess calendly, ActivityFeedLease lease, TimeProvider clock)
{
    /// <summary>Entries may become visible late, and the times asked for are excluded: so much is read again each time, and known entries are dropped by their URI.</summary>
    private static readonly TimeSpan Overlap = TimeSpan.FromMinutes(5);

    /// <summary>Where reading begins when nothing was read yet.</summary>
    private static readonly TimeSpan FirstReach = TimeSpan.FromDays(1);

    /// <summary>What has explained nothing for so long will not.</summary>
    private static readonly TimeSpan Kept = TimeSpan.FromDays(7);

    private const int MostPages = 10;

    /// <returns>Whether the log could be read.</returns>
    /// <exception cref="ActivityFeedLostException">Another worker has taken it over.</exception>
    public async Task<bool> ReadAsync(FeedClaim claim, CancellationToken cancellationToken)
    {
        if (!claim.Connection.MayHave(Scopes.ActivityLogRead)) return await EndAsync(claim, FeedState.MissingScope, null, cancellationToken);
        var now = clock.GetUtcNow();
        var from = claim.Feed.ReadTo is not { } read ? now - FirstReach : claim.Feed.Behind ? read - TimeSpan.FromMilliseconds(1) : read - Overlap;
        var query = new ActivityLogQuery(claim.Organization.Uri, Sort: ["occurred_at:asc"], MinOccurredAt: from);
        var client = calendly.For(claim.Connection.Id, Lane.Background);
        try
        {
            for (var pages = 1; ; pages++)
            {
                var page = await lease.HoldingAsync(claim, token => client.ActivityLog.ListAsync(query, token), cancellationToken);
                var behind = page.NextPageToken is not null && page.Items.Count > 0;
                await StoreAsync(claim, page.Items, behind && pages == MostPages, now, cancellationToken);
                if (!behind || pages == MostPages) return true;
                query = query with { PageToken = page.NextPageToken };
            }
        }
        catch (CalendlyException exception) when (exception.Failure is CalendlyFailure.EnterpriseRequired)
        {
            return await EndAsync(claim, FeedState.NotEnterprise, null, cancellationToken);
        }
        catch (CalendlyException exception) when (exception.Failure is CalendlyFailure.InsufficientScope)
        {
            return await EndAsync(claim, FeedState.MissingScope, null, cancellationToken);
        }
        catch (CalendlyException exception) when (exception.Failure is CalendlyFailure.PermissionDenied)
        {
            return await EndAsync(claim, FeedState.Refused, CalendlyWords.Why(exception), cancellationToken);
        }
        catch (Exception exception) when (exception is CalendlyException or ConnectionUnusableException)
        {
            // It may pass. What is known stays, and the next round asks again from the same place.
            return false;
        }
    }

    private async Task<bool> EndAsync(FeedClaim claim, FeedState state, string? problem, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        await lease.ExtendAsync(db, claim, cancellationToken);
        await db.Database.ExecuteSqlAsync($"UPDATE activity_feed SET state = {EnumText.Word(state)}, problem = {problem} WHERE organization_uri = {claim.Feed.OrganizationUri}", cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return false;
    }

    private async Task StoreAsync(FeedClaim claim, IReadOnlyList<ActivityLogEntry> page, bool behind, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var organization = claim.Organization.Uri;
        var deeds = page.Where(entry => entry.Organization is null || entry.Organization == organization).Select(ActivityDeeds.Of).OfType<LoggedDeed>().ToList();
        DateTimeOffset? readTo = page.Count == 0 ? null : page.Max(entry => entry.OccurredAt).ToUniversalTime();
        // A list that leads in a circle is not read on and on.
        behind = behind && (claim.Feed.ReadTo is null || readTo > claim.Feed.ReadTo);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        await lease.ExtendAsync(db, claim, cancellationToken);
        var known = deeds.Select(d => d.Uri).ToArray() is { Length: > 0 } uris
            ? await db.LoggedDeeds.Where(d => uris.Contains(d.Uri)).Select(d => d.Uri).ToHashSetAsync(cancellationToken) : [];
        var fresh = deeds.Where(d => known.Add(d.Uri)).Select(d => new LoggedDeed
        {
            Uri = d.Uri,
            OrganizationUri = organization,
            OccurredAt = d.OccurredAt,
            Name = d.Name,
            Kind = d.Kind,
            UserUri = d.UserUri,
            MembershipUri = d.MembershipUri,
            InvitationUri = d.InvitationUri,
            Email = d.Email,
            Before = d.Before,
            After = d.After,
            ActorName = d.ActorName,
            ActorUri = d.ActorUri,
        }).ToList();
        db.LoggedDeeds.AddRange(fresh);
        await db.SaveChangesAsync(cancellationToken);
        DateTimeOffset? newsAt = await AnyNewsAsync(db, organization, fresh, cancellationToken) ? now : null;
        await db.Database.ExecuteSqlAsync($"""
            UPDATE activity_feed SET state = {EnumText.Word(FeedState.Reading)}, problem = NULL, behind = {behind}, read_at = {now},
                   read_to = greatest(read_to, {readTo}), news_at = coalesce({newsAt}, news_at)
            WHERE organization_uri = {organization}
            """, cancellationToken);
        // Never what the next round reads again: it would come back as new.
        await db.LoggedDeeds.Where(d => d.OrganizationUri == organization && d.OccurredAt < now - Kept
            && d.OccurredAt < db.ActivityFeeds.Where(f => f.OrganizationUri == organization).Select(f => f.ReadTo).FirstOrDefault() - Overlap).ExecuteDeleteAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private static async Task<bool> AnyNewsAsync(PortalDbContext db, string organization, IReadOnlyList<LoggedDeed> deeds, CancellationToken cancellationToken)
    {
        if (deeds.Count == 0) return false;
        string[] users = [.. deeds.Select(d => d.UserUri).OfType<string>()], memberships = [.. deeds.Select(d => d.MembershipUri).OfType<string>()];
        var members = await db.Members.AsNoTracking().Where(m => m.OrganizationUri == organization && (users.Contains(m.UserUri) || memberships.Contains(m.Uri))).ToListAsync(cancellationToken);
        string[] invitationUris = [.. deeds.Select(d => d.InvitationUri).OfType<string>()], emails = [.. deeds.Select(d => d.Email).OfType<string>()];
#pragma warning disable CA1862, CA1304, CA1311 // Translated to SQL, where only lower() exists.
        var invited = await db.Invitations.AsNoTracking().Where(i => i.OrganizationUri == organization && i.Status == InvitationStatus.Pending && (invitationUris.Contains(i.Uri) || emails.Contains(i.Email.ToLower())))
            .Select(i => new { i.Uri, Email = i.Email.ToLower() }).ToListAsync(cancellationToken);
#pragma warning restore CA1862, CA1304, CA1311
        return deeds.Any(deed => ActivityNews.Is(
            deed,
            deed.UserUri is null && deed.MembershipUri is null ? null : Known(members.Where(m => m.UserUri == deed.UserUri || m.Uri == deed.MembershipUri).ToList()),
            invited.Exists(i => i.Uri == deed.InvitationUri || i.Email == deed.Email)));

        static KnownMember Known(List<Members.Member> rows) =>
            rows.Find(m => m.LeftAt is null) is { } there ? new(true, there.Role, there.Name, there.Email) : new(rows.Count > 0);
    }
}
