using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Directory;
using AdminPortal.Web.Features.Members;
using AdminPortal.Web.Security;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace AdminPortal.Web.Features.Removals;

/// <summary>What does not depend on whom a list shows.</summary>
/// <param name="Admins">About whom no removal is open.</param>
public sealed record SharedFacts(Person Person, string[] CalendlyUsers, string? DirectoryUser, IReadOnlySet<string> Requesters, int Admins, DateTimeOffset? CompleteAsOf);

/// <summary>Reads what the rules look at. It decides nothing.</summary>
public sealed class RemovalFacts(IOptions<RemovalPolicy> policy)
{
    public async Task<HumanIdentity> IdentityAsync(PortalDbContext db, Person person, CancellationToken cancellationToken) =>
        HumanIdentity.Of(person, await db.PersonCalendlyUsers.Where(u => u.PersonId == person.Id).Select(u => u.CalendlyUserUri).ToListAsync(cancellationToken));

    public async Task<EligibilityFacts> ForAsync(PortalDbContext db, Person requester, IReadOnlyCollection<Member> selected, CancellationToken cancellationToken)
    {
        string[] uris = [.. selected.Select(m => m.Uri)];
        string[] admins = [.. selected.Where(m => m.Role == "admin").Select(m => m.Uri)];
        var open = await db.RemovalItems.AsNoTracking()
            .Where(i => uris.Contains(i.MembershipUri) && (i.State == ItemState.Pending || i.State == ItemState.Executing || i.State == ItemState.Attention))
            .Select(i => new { i.MembershipUri, i.RequestId, i.Request!.Number }).ToListAsync(cancellationToken);
        var requesters = await db.RemovalRequests.AsNoTracking().Where(r => r.State == RequestState.Approved || r.State == RequestState.Executing)
            .Select(r => r.RequesterCalendlyUsers).ToListAsync(cancellationToken);
        var directoryUser = await db.Organizations.AsNoTracking().Select(o => o.DirectoryConnection!.CalendlyUserUri).SingleOrDefaultAsync(cancellationToken);
        var staying = await db.Members.CountAsync(m => m.LeftAt == null && m.Role == "admin" && !admins.Contains(m.Uri)
            && !db.RemovalItems.Any(i => i.MembershipUri == m.Uri && (i.State == ItemState.Pending || i.State == ItemState.Executing || i.State == ItemState.Attention)), cancellationToken);
        return new EligibilityFacts(
            await IdentityAsync(db, requester, cancellationToken), directoryUser,
            open.ToDictionary(o => o.MembershipUri, o => new OpenRemoval(o.RequestId, $"R-{o.Number}")),
            requesters.SelectMany(users => users).ToHashSet(StringComparer.Ordinal), staying);
    }

    private sealed record Shared(
        Guid Id, string Name, string Address, string[] Roles, DateTimeOffset FirstSeenAt, DateTimeOffset RolesConfirmedAt, DateTimeOffset? BlockedAt,
        string[] CalendlyUsers, string[] Requesters, string? DirectoryUser, int Admins, DateTimeOffset? CompleteAsOf);

    /// <summary>All of it by one statement; null for somebody unknown.</summary>
    public async Task<SharedFacts?> SharedAsync(PortalDbContext db, Actor actor, CancellationToken cancellationToken)
    {
        var rows = await db.Database.SqlQuery<Shared>($"""
            SELECT p.id, p.name, p.address, p.roles, p.first_seen_at, p.roles_confirmed_at, p.blocked_at,
                   ARRAY(SELECT u.calendly_user_uri FROM person_calendly_users u WHERE u.person_id = p.id) AS calendly_users,
                   ARRAY(SELECT DISTINCT unnest(r.requester_calendly_users) FROM removal_requests r WHERE r.state IN ('approved', 'executing')) AS requesters,
                   (SELECT c.calendly_user_uri FROM organization o JOIN connections c ON c.id = o.directory_connection_id) AS directory_user,
                   (SELECT count(*) FROM members WHERE left_at IS NULL AND role = 'admin')::int
                       - (SELECT count(*) FROM removal_items i JOIN members m ON m.uri = i.membership_uri
                          WHERE i.state IN ('pending', 'executing', 'attention') AND m.role = 'admin' AND m.left_at IS NULL)::int AS admins,
                   (SELECT max(finished_at) FROM sweeps WHERE state = 'complete') AS complete_as_of
            FROM people p WHERE p.object_id = {actor.ObjectId} AND p.tenant_id = {actor.TenantId}
            """).ToListAsync(cancellationToken);
        return rows is not [var row] ? null : new(
            new()
            {
                Id = row.Id,
                ObjectId = actor.ObjectId,
                TenantId = actor.TenantId,
                Name = row.Name,
                Address = row.Address,
                Roles = row.Roles,
                FirstSeenAt = row.FirstSeenAt,
                RolesConfirmedAt = row.RolesConfirmedAt,
                BlockedAt = row.BlockedAt,
            },
            row.CalendlyUsers, row.DirectoryUser, row.Requesters.ToHashSet(StringComparer.Ordinal), row.Admins, row.CompleteAsOf);
    }

    /// <summary>Removals are requested only from a complete and recent directory; null when it is.</summary>
    public async Task<Refusal?> WhyDirectoryTooOldAsync(PortalDbContext db, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var complete = await db.Sweeps.AsNoTracking().Where(s => s.State == SweepState.Complete).MaxAsync(s => s.FinishedAt, cancellationToken);
        return WhyDirectoryTooOld(complete, now);
    }

    public Refusal? WhyDirectoryTooOld(DateTimeOffset? complete, DateTimeOffset now)
    {
        if (complete is null) return new("directory", "The member list has not been read completely yet. Removals need a complete one.");
        var (age, limit) = (now - complete.Value, policy.Value.DirectoryMaxAge);
        return age <= limit ? null
            : new("directory", $"This list is {(int)age.TotalMinutes} min old. Removals need one younger than {(int)limit.TotalMinutes} min; choose Sync now.");
    }
}
