using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Audit;
using AdminPortal.Web.Security;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace AdminPortal.Web.Features.Directory;

/// <summary>A member in the directory whom a complete list did not name.</summary>
public sealed record Missing(Guid Id, string Uri, string Name, bool RemovedByUs);

/// <summary>
/// Who may have left. Absence in a complete list is only a question; the answer is a direct read. When far more people are missing than
/// usually leave, nobody is asked about and nobody leaves: then the list is more likely wrong than the company empty.
/// </summary>
public sealed class SweepDepartures(IDbContextFactory<PortalDbContext> contexts, SweepLease lease, AuditTrail audit, IOptions<DirectoryOptions> options, TimeProvider clock)
{
    public async Task<IReadOnlyList<Missing>> MissingAsync(Sweep claim, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.Database.SqlQuery<Missing>($"""
            SELECT m.id, m.uri, m.name, EXISTS (SELECT FROM removal_items r WHERE r.membership_uri = m.uri
                AND (r.state IN ('removed', 'already_gone') OR r.delete_sent_at IS NOT NULL)) AS removed_by_us
            FROM members m
            WHERE m.organization_uri = {claim.OrganizationUri} AND m.left_at IS NULL
              AND NOT EXISTS (SELECT FROM staged_memberships s WHERE s.sweep_id = {claim.Id} AND s.uri = m.uri)
            ORDER BY m.id
            """).ToListAsync(cancellationToken);
    }

    /// <summary>Why so many missing people are not believed; null when they are few enough. Our own removals do not count.</summary>
    public async Task<string?> WhyTooManyAsync(Sweep claim, IReadOnlyList<Missing> missing, CancellationToken cancellationToken)
    {
        var lost = missing.Count(m => !m.RemovedByUs);
        if (lost <= options.Value.LossGuardPeople) return null;
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var members = await db.Members.CountAsync(m => m.OrganizationUri == claim.OrganizationUri && m.LeftAt == null, cancellationToken);
        return TooMany(lost, members, options.Value);
    }

    public static string? TooMany(int lost, int members, DirectoryOptions options) =>
        lost > options.LossGuardPeople && (long)lost * 100 > (long)members * options.LossGuardPercent
            ? $"Calendly's list is missing {lost} of {members} people, more than {options.LossGuardPercent} %. Nobody was marked as left. "
                + "If so many really left, somebody with access to the configuration can raise Directory:LossGuardPercent for one sync."
            : null;

    /// <summary>A direct read found no membership: the person has left.</summary>
    public async Task LeftAsync(Sweep claim, Missing member, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        await lease.ExtendAsync(db, claim, cancellationToken);
        if (await MemberRemovedAsync(db, member.Uri, clock.GetUtcNow(), cancellationToken))
        {
            await db.Database.ExecuteSqlAsync($"""UPDATE sweeps SET "left" = "left" + 1 WHERE id = {claim.Id}""", cancellationToken);
            audit.Add(db, Actor.Portal, "member.left", new AuditObject("member", member.Id.ToString(), member.Name), AuditOutcome.Done,
                new { Membership = member.Uri, Sweep = claim.Id, member.RemovedByUs });
            await db.SaveChangesAsync(cancellationToken);
        }
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>Takes a member out of the directory, in the caller's transaction: only after a read that found no membership.</summary>
    /// <returns>False when the member had left already.</returns>
    public static async Task<bool> MemberRemovedAsync(PortalDbContext db, string membershipUri, DateTimeOffset now, CancellationToken cancellationToken) =>
        await db.Members.Where(m => m.Uri == membershipUri && m.LeftAt == null)
            .ExecuteUpdateAsync(m => m.SetProperty(x => x.LeftAt, now), cancellationToken) > 0;
}
