using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Directory;
using AdminPortal.Web.Features.Members;
using AdminPortal.Web.Security;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace AdminPortal.Web.Features.Removals;

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

    /// <summary>Removals are requested only from a complete and recent directory; null when it is.</summary>
    public async Task<Refusal?> WhyDirectoryTooOldAsync(PortalDbContext db, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var complete = await db.Sweeps.AsNoTracking().Where(s => s.State == SweepState.Complete).MaxAsync(s => s.FinishedAt, cancellationToken);
        if (complete is null) return new("directory", "The member list has not been read completely yet. Removals need a complete one.");
        var (age, limit) = (now - complete.Value, policy.Value.DirectoryMaxAge);
        return age <= limit ? null
            : new("directory", $"This list is {(int)age.TotalMinutes} min old. Removals need one younger than {(int)limit.TotalMinutes} min; choose Sync now.");
    }
}
