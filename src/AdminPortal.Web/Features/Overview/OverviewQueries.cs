using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Audit;
using AdminPortal.Web.Features.Connections;
using AdminPortal.Web.Features.Directory;
using AdminPortal.Web.Features.Invitations;
using AdminPortal.Web.Features.Removals;
using AdminPortal.Web.Security;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace AdminPortal.Web.Features.Overview;

/// <summary>Reads what the overview shows. Rights come from the person's row, not from the session.</summary>
public sealed class OverviewQueries(
    IDbContextFactory<PortalDbContext> contexts, RemovalQueries removals, AuditQueries audit, People people,
    IOptions<InvitationOptions> invitations, IOptions<DirectoryOptions> directory, TimeProvider clock)
{
    private const int ActivityLength = 8;
    private const int AttentionLength = 5;
    private static readonly TimeSpan Month = TimeSpan.FromDays(30);

    public async Task<OverviewPicture> ReadAsync(Actor actor, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var person = await people.FindAsync(actor, cancellationToken);
        var organization = await db.Organizations.AsNoTracking().Include(o => o.DirectoryConnection).SingleOrDefaultAsync(cancellationToken);
        var complete = await db.Sweeps.AsNoTracking().Where(s => s.State == SweepState.Complete).MaxAsync(s => s.FinishedAt, cancellationToken);
        var activity = person?.Can(Permission.ReadAudit) == true ? (await audit.LatestAsync(ActivityLength, cancellationToken)).Select(Tell).ToList() : null;
        if (organization is null || complete is null)
        {
            var firstRun = await FirstRunAsync(db, organization, person, cancellationToken);
            return new(organization?.Name, firstRun, new(null, [], [], 0, invitations.Value.AgeingDays), null, [], [], activity, null);
        }

        var byAge = await InvitationsByAgeAsync(db, now, cancellationToken);
        return new(organization.Name, null, await NeedsAsync(db, organization, person, actor, now, cancellationToken), await NumbersAsync(db, byAge, now, cancellationToken),
            await RemovalsByStateAsync(db, now, cancellationToken), byAge, activity,
            organization.DirectoryConnection?.State == ConnectionState.Healthy ? complete + directory.Value.SyncInterval : null);
    }

    private async Task<FirstRun> FirstRunAsync(PortalDbContext db, ManagedOrganization? organization, Person? person, CancellationToken cancellationToken)
    {
        var mayConnect = person?.Can(Permission.Connect) == true;
        var who = mayConnect ? [] : (await people.NamesWithRolesAsync(Permissions.RolesFor(Permission.Connect), cancellationToken)).Take(3).ToList();
        var last = await db.Sweeps.AsNoTracking().OrderByDescending(s => s.StartedAt).FirstOrDefaultAsync(cancellationToken);
        var reading = last?.State == SweepState.Running ? new Reading(last.Phase, last.PagesRead, last.MembershipsRead, last.InvitationsRead, last.ExpectedMemberships) : null;
        var mine = person?.Id;
        var unconfirmed = organization is not null ? null : await db.Connections.AsNoTracking().Where(c => c.State == ConnectionState.Healthy)
            .OrderByDescending(c => c.PersonId == mine).ThenBy(c => c.ConnectedAt).Select(c => new { c.Person!.Name, Own = c.PersonId == mine }).FirstOrDefaultAsync(cancellationToken);
        return new(organization?.DirectoryConnection?.CalendlyName, organization?.DirectoryConnection?.State, unconfirmed?.Name, unconfirmed?.Own == true, mayConnect, who, reading, last?.State == SweepState.Partial ? last.Problem : null);
    }

    private async Task<Needs> NeedsAsync(PortalDbContext db, ManagedOrganization organization, Person? person, Actor actor, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var queue = (await removals.QueueAsync(actor, cancellationToken)).ForYou;
        var waiting = queue.Count == 0 ? null : new Waiting(queue.Count, queue.Min(v => v.Request.FiledAt), queue.Min(v => v.Request.ExpiresAt));
        var attention = (await removals.ListAsync(new RemovalFilter("attention", MineOnly: true, Rows: AttentionLength), actor, cancellationToken)).Requests
            .Select(r => new OwnAttention(r.Id, r.Label, RemovalQueries.Title(r), r.Items.First(i => i.State == ItemState.Attention).Explanation ?? "It needs a person.")).ToList();
        var mine = person?.Id;
        var broken = await db.Connections.AsNoTracking()
            .Where(c => c.State == ConnectionState.NeedsReconnect && (c.PersonId == mine || c.Id == organization.DirectoryConnectionId))
            .OrderByDescending(c => c.PersonId == mine).Select(c => new BrokenConnection(c.Person!.Name, c.PersonId == mine, c.Id == organization.DirectoryConnectionId, c.Problem)).ToListAsync(cancellationToken);
        var agedBefore = now.AddDays(-invitations.Value.AgeingDays);
        // Only whoever can send again or revoke has something to do about them.
        var aged = person?.Can(Permission.Invite) != true ? 0
            : await db.Invitations.CountAsync(i => i.Status == InvitationStatus.Pending && (i.LastSentAt ?? i.CreatedAt) < agedBefore, cancellationToken);
        return new(waiting, attention, broken, aged, invitations.Value.AgeingDays);
    }

    private static async Task<Numbers> NumbersAsync(PortalDbContext db, IReadOnlyList<AgeCount> byAge, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var roles = await db.Members.AsNoTracking().Where(m => m.LeftAt == null).GroupBy(m => m.Role).Select(g => new { g.Key, Count = g.Count() }).ToListAsync(cancellationToken);
        int Of(string role) => roles.Where(r => r.Key == role).Sum(r => r.Count);
        var since = now - Month;
        return new(roles.Sum(r => r.Count), Of("owner"), Of("admin"), byAge.Sum(a => a.Invitations),
            await db.RemovalItems.CountAsync(i => i.State == ItemState.Removed && i.FinishedAt > since, cancellationToken),
            await db.RemovalRequests.CountAsync(r => r.State == RequestState.Awaiting || r.State == RequestState.Approved || r.State == RequestState.Executing, cancellationToken));
    }

    /// <summary>People in requests that are open or were filed within 30 days.</summary>
    private static async Task<IReadOnlyList<StateCount>> RemovalsByStateAsync(PortalDbContext db, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var since = now - Month;
        var counts = await db.RemovalItems.AsNoTracking()
            .Where(i => i.Request!.FiledAt > since || i.State == ItemState.Pending || i.State == ItemState.Executing || i.State == ItemState.Attention)
            .GroupBy(i => new { Item = i.State, Request = i.Request!.State }).Select(g => new { g.Key.Item, g.Key.Request, Count = g.Count() }).ToListAsync(cancellationToken);
        return [.. counts.GroupBy(c => Kind(c.Item, c.Request)).Select(g => new StateCount(g.Key, g.Sum(c => c.Count))).OrderBy(s => Array.IndexOf(Kinds, s.Kind))];
    }

    /// <summary>The order in which a removal goes through its states, then the ends that are none.</summary>
    private static readonly string[] Kinds =
    [
        "removal.awaiting", "removal.approved", "removal.executing", "removal.attention", "removal.removed", "removal.gone",
        "removal.failed", "removal.rejected", "removal.leftout", "removal.cancelled", "removal.expired", "removal.stale",
    ];

    /// <summary>A pending person is as far as the request is.</summary>
    public static string Kind(ItemState item, RequestState request) =>
        item == ItemState.Pending && request != RequestState.Awaiting ? "removal.approved" : RemovalChips.Kind(item);

    private async Task<IReadOnlyList<AgeCount>> InvitationsByAgeAsync(PortalDbContext db, DateTimeOffset now, CancellationToken cancellationToken)
    {
        // The setting is one of the limits, so that the bars after it are exactly those that stand out.
        int[] limits = [.. new[] { 0, 3, 7, invitations.Value.AgeingDays, 30 }.Distinct().Order()];
        var ages = new List<AgeCount>();
        for (var i = 0; i < limits.Length; i++)
        {
            var youngest = now.AddDays(-limits[i]);
            DateTimeOffset? oldest = i + 1 < limits.Length ? now.AddDays(-limits[i + 1]) : null;
            var count = await db.Invitations.CountAsync(p => p.Status == InvitationStatus.Pending
                && (i == 0 || (p.LastSentAt ?? p.CreatedAt) < youngest) && (oldest == null || (p.LastSentAt ?? p.CreatedAt) >= oldest), cancellationToken);
            ages.Add(new(limits[i], i + 1 < limits.Length ? limits[i + 1] - 1 : null, count));
        }
        return ages;
    }

    private static Happening Tell(AuditEntry entry) =>
        new(entry.Sequence, entry.At, entry.ActorName, entry.Source == ActorSource.Worker, AuditWords.InSentence(entry.Action, entry.Outcome),
            // "Sam Okafor signed in" says it all.
            entry.ObjectLabel == entry.ActorName ? "" : entry.ObjectLabel, AuditWords.Icon(entry.Action));
}
