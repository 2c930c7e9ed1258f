using AdminPortal.Web.Data;
using AdminPortal.Web.Security;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Web.Features.Connections;

/// <summary>Why a grant may no longer be used, although Calendly would still honour it.</summary>
public enum OrphanReason
{
    Blocked,
    LostRole,
    LeftCalendly,
    Demoted,
    /// <summary>Calendly answers for another user or organization than the one that consented.</summary>
    OtherAccount,
}

/// <summary>A connection whose owner is not, or no longer, who may have one.</summary>
public sealed record Orphan(Guid ConnectionId, Guid PersonId, string Person, string CalendlyName, OrphanReason Reason)
{
    public string Words => Reason switch
    {
        OrphanReason.Blocked => $"{Person} was blocked in this portal, so it no longer uses this grant.",
        OrphanReason.LostRole => $"{Person} no longer has the role {string.Join(" or ", Permissions.RolesFor(Permission.Connect))}, so the portal no longer uses this grant.",
        OrphanReason.LeftCalendly => $"{CalendlyName} is no longer a member of the organization in Calendly, so the portal no longer uses this grant.",
        OrphanReason.Demoted => $"{CalendlyName} is no longer admin or owner in Calendly, so the portal no longer uses this grant.",
        _ => "Calendly answered for another account than the one that was connected, so the portal no longer uses this grant.",
    };
}

/// <summary>
/// Whether the owners of grants may still have them: by the person's row as it is now, by the role that Calendly told a test, and by what a
/// complete sweep has read since they connected. A partial sweep, or one that began before, says nothing about them; a role that we do not know is none that takes it away.
/// </summary>
public sealed class GrantOwners(IDbContextFactory<PortalDbContext> contexts)
{
    private sealed record Row(Guid ConnectionId, Guid PersonId, string Person, string CalendlyName, string Reason);

    public async Task<Orphan?> WhyNotAsync(Guid connectionId, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return (await FindAsync(db, connectionId, cancellationToken)).SingleOrDefault();
    }

    /// <param name="only">Null: all grants that have not ended.</param>
    public static async Task<IReadOnlyList<Orphan>> FindAsync(PortalDbContext db, Guid? only, CancellationToken cancellationToken)
    {
        string[] roles = [.. Permissions.RolesFor(Permission.Connect)];
        var rows = await db.Database.SqlQuery<Row>($"""
            SELECT o.* FROM (
                SELECT c.id AS connection_id, c.person_id, p.name AS person, c.calendly_name, CASE
                    WHEN p.blocked_at IS NOT NULL THEN 'blocked'
                    WHEN NOT p.roles && {roles} THEN 'lost_role'
                    WHEN m.role IS NULL AND (d.is_read OR d.is_gone) THEN 'left_calendly'
                    WHEN c.calendly_role = 'user' OR (m.role = 'user' AND d.is_read) THEN 'demoted'
                    END AS reason
                FROM connections c
                JOIN people p ON p.id = c.person_id
                LEFT JOIN LATERAL (
                    SELECT role FROM members
                    WHERE organization_uri = c.organization_uri AND user_uri = c.calendly_user_uri AND left_at IS NULL
                    ORDER BY joined_at DESC LIMIT 1) m ON true
                CROSS JOIN LATERAL (
                    SELECT EXISTS (SELECT FROM sweeps WHERE organization_uri = c.organization_uri AND state = 'complete' AND started_at > c.connected_at) AS is_read,
                           EXISTS (SELECT FROM members WHERE organization_uri = c.organization_uri AND user_uri = c.calendly_user_uri AND left_at > c.connected_at) AS is_gone) d
                WHERE c.state <> 'disconnected' AND ({only}::uuid IS NULL OR c.id = {only})) o
            WHERE o.reason IS NOT NULL
            ORDER BY o.connection_id
            """).ToListAsync(cancellationToken);
        return [.. rows.Select(row => new Orphan(row.ConnectionId, row.PersonId, row.Person, row.CalendlyName,
            Enum.GetValues<OrphanReason>().Single(reason => EnumText.Word(reason) == row.Reason)))];
    }
}
