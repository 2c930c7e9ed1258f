using System.Security.Claims;
using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Audit;
using Microsoft.EntityFrameworkCore;
using Microsoft.Identity.Web;

namespace AdminPortal.Web.Security;

/// <summary>The people that the portal has seen: written at every sign-in, read wherever a name or a right is needed.</summary>
public sealed class People(IDbContextFactory<PortalDbContext> contexts, AuditTrail audit, TimeProvider clock)
{
    /// <summary>Takes over who signed in and with which roles, as Entra has just confirmed them, in the caller's transaction. Somebody who is blocked is confirmed as well: what Entra says is a fact, but it opens nothing.</summary>
    /// <param name="isSignIn">False when Entra was only asked again: that is recorded when it brought something new.</param>
    public async Task<Person> ConfirmAsync(PortalDbContext db, ClaimsPrincipal user, bool isSignIn, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var objectId = user.GetObjectId() ?? throw new RefusedException("no_object_id", "The sign-in brought no object id.");
        var tenantId = user.GetTenantId() ?? throw new RefusedException("no_tenant_id", "The sign-in brought no tenant id.");
        var name = user.FindFirstValue("name") ?? user.Identity?.Name ?? objectId;
        var address = user.Identity?.Name ?? "";
        string[] roles = [.. user.FindAll(ClaimTypes.Role).Select(c => c.Value).Where(Roles.All.Contains).Distinct().Order(StringComparer.Ordinal)];

        // Two first sign-ins at once must not trip over each other: whoever comes second finds the row.
        await db.Database.ExecuteSqlAsync($"""
            INSERT INTO people (id, object_id, tenant_id, name, address, roles, first_seen_at, roles_confirmed_at)
            VALUES ({Guid.CreateVersion7()}, {objectId}, {tenantId}, {name}, {address}, ARRAY[]::text[], {now}, {now})
            ON CONFLICT (object_id, tenant_id) DO NOTHING
            """, cancellationToken);
        var person = await db.People.FromSql($"SELECT *, xmin FROM people WHERE object_id = {objectId} AND tenant_id = {tenantId} FOR UPDATE")
            .SingleAsync(cancellationToken);
        var before = person.Roles;
        var isNews = (person.Name, person.Address) != (name, address) || !before.SequenceEqual(roles, StringComparer.Ordinal);
        person.Confirm(name, address, roles, now);
        var actor = new Actor(person.Id, objectId, tenantId, name, ActorSource.Page);
        var about = new AuditObject("person", person.Id.ToString(), name);
        if (person.BlockedAt is not null) audit.Add(db, actor, "person.signed_in", about, AuditOutcome.Refused, new { UseCase.Blocked.Code, Roles = roles, RolesBefore = before });
        else if (isSignIn || isNews) audit.Add(db, actor, isSignIn ? "person.signed_in" : "person.confirmed", about, AuditOutcome.Done, new { Roles = roles, RolesBefore = before });
        return person;
    }

    public async Task<Person?> FindAsync(Actor actor, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.People.AsNoTracking().SingleOrDefaultAsync(p => p.ObjectId == actor.ObjectId && p.TenantId == actor.TenantId, cancellationToken);
    }

    /// <summary>Names of the people who were seen with any of these roles: for sentences that say who could act.</summary>
    public async Task<IReadOnlyList<string>> NamesWithRolesAsync(IReadOnlyList<string> roles, CancellationToken cancellationToken)
    {
        string[] any = [.. roles];
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.People.AsNoTracking().Where(p => p.BlockedAt == null && p.Roles.Any(role => any.Contains(role)))
            .OrderBy(p => p.Name).Take(10).Select(p => p.Name).ToListAsync(cancellationToken);
    }
}
