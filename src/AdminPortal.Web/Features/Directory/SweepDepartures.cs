using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Audit;
using AdminPortal.Web.Features.Invitations;
using AdminPortal.Web.Security;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace AdminPortal.Web.Features.Directory;

/// <summary>A member in the directory whom a complete list did not name.</summary>
/// <param name="HasLeft">Recorded meanwhile, so nobody needs to be asked.</param>
public sealed record Missing(Guid Id, string Uri, string Name, bool RemovedByUs, bool HasLeft);

/// <summary>An invitation that was pending and that a complete list did not name.</summary>
public sealed record MissingInvitation(Guid Id, string Uri, string Email);

/// <summary>The removal of ours that ended a membership.</summary>
public sealed record OurRemoval(Guid RequestId, Guid RequesterId);

/// <summary>
/// Who may have left. Absence in a complete list is only a question; the answer is a direct read. When far more people are missing than
/// usually leave, a person is asked first: then the list is more likely wrong than the company empty.
/// </summary>
public sealed class SweepDepartures(IDbContextFactory<PortalDbContext> contexts, SweepLease lease, AuditTrail audit, IOptions<DirectoryOptions> options, TimeProvider clock)
{
    private const int Batch = 100;

    /// <summary>An invitation sent while the list was being read may be missing in it; Calendly's clock and ours may differ this much.</summary>
    private static readonly TimeSpan TooYoungToVanish = TimeSpan.FromMinutes(1);

    /// <summary>Once, when both lists have been read: everybody whom they do not name is suspected.</summary>
    /// <returns>False when so many are missing that a person has to decide.</returns>
    public async Task<bool> CompareAsync(Sweep claim, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        db.Database.SetCommandTimeout(SweepPicture.Patience);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        await lease.ExtendAsync(db, claim, cancellationToken);
        var suspects = await db.Database.ExecuteSqlAsync($"""
            WITH named AS MATERIALIZED (SELECT unnest(member_ids) AS id FROM staged_pages WHERE sweep_id = {claim.Id})
            INSERT INTO sweep_suspects (sweep_id, member_id, removed_by_us)
            SELECT {claim.Id}, m.id, EXISTS (SELECT FROM removal_items r WHERE r.membership_uri = m.uri AND (r.state IN ('removed', 'already_gone') OR r.delete_sent_at IS NOT NULL))
            FROM members m
            WHERE m.organization_uri = {claim.OrganizationUri} AND m.left_at IS NULL AND NOT EXISTS (SELECT FROM named WHERE named.id = m.id)
            """, cancellationToken);
        var present = await db.Members.CountAsync(m => m.OrganizationUri == claim.OrganizationUri && m.LeftAt == null, cancellationToken);
        var missing = suspects == 0 ? 0 : await db.SweepSuspects.CountAsync(s => s.SweepId == claim.Id && !s.RemovedByUs, cancellationToken);
        var asks = IsTooMany(missing, present, options.Value);
        await db.Database.ExecuteSqlAsync($"""
            UPDATE sweeps SET phase = {EnumText.Word(SweepPhase.Confirming)}, present = {present}, missing = {missing},
                memberships_read = {present - suspects} + (SELECT count(*) FROM staged_memberships WHERE sweep_id = {claim.Id} AND (was_role IS NULL OR was_left_at IS NOT NULL)),
                invitations_read = (SELECT count(*) FROM staged_invitations WHERE sweep_id = {claim.Id}),
                state = {EnumText.Word(asks ? SweepState.Asking : SweepState.Running)}, asked_at = {(asks ? clock.GetUtcNow() : (DateTimeOffset?)null)}
            WHERE id = {claim.Id}
            """, cancellationToken);
        if (asks)
            audit.Add(db, Actor.Portal, "sweep.asked", new AuditObject("sweep", claim.Id.ToString(), SweepQuestion.Words(missing, present)), AuditOutcome.Done, new { missing, present });
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return !asks;
    }

    /// <summary>The loss guard. Our own removals are not among the missing.</summary>
    public static bool IsTooMany(int missing, int present, DirectoryOptions options) =>
        missing > options.LossGuardPeople && (long)missing * 100 > (long)present * options.LossGuardPercent;

    /// <summary>The next suspects who have had no answer yet; none when all have.</summary>
    public async Task<IReadOnlyList<Missing>> SuspectsAsync(Sweep claim, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.SweepSuspects.Where(s => s.SweepId == claim.Id).OrderBy(s => s.MemberId).Take(Batch)
            .Join(db.Members, s => s.MemberId, m => m.Id, (s, m) => new Missing(m.Id, m.Uri, m.Name, s.RemovedByUs, m.LeftAt != null))
            .ToListAsync(cancellationToken);
    }

    /// <summary>A direct read found no membership: the person has left.</summary>
    public async Task LeftAsync(Sweep claim, Missing member, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        await lease.ExtendAsync(db, claim, cancellationToken);
        await db.SweepSuspects.Where(s => s.SweepId == claim.Id && s.MemberId == member.Id).ExecuteDeleteAsync(cancellationToken);
        // Looked up now: a removal may have been sent after the lists were compared. The request is locked before the member, as by whoever removes.
        var removal = (await db.Database.SqlQuery<OurRemoval>($"""
            SELECT q.id AS request_id, q.requester_id FROM removal_requests q
            WHERE q.id = (SELECT r.request_id FROM removal_items r WHERE r.membership_uri = {member.Uri} AND r.delete_sent_at IS NOT NULL
                AND r.state IN ('executing', 'attention', 'removed') ORDER BY r.delete_sent_at DESC LIMIT 1)
            FOR KEY SHARE
            """).ToListAsync(cancellationToken)).SingleOrDefault();
        if (await MemberRemovedAsync(db, member.Uri, clock.GetUtcNow(), claim.Id, removal, cancellationToken))
        {
            await db.Database.ExecuteSqlAsync($"""UPDATE sweeps SET "left" = "left" + 1 WHERE id = {claim.Id}""", cancellationToken);
            audit.Add(db, Actor.Portal, "member.left", new AuditObject("member", member.Id.ToString(), member.Name), AuditOutcome.Done,
                new { Membership = member.Uri, Sweep = claim.Id, RemovedByUs = removal is not null });
            await db.SaveChangesAsync(cancellationToken);
        }
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>Takes a member out of the directory and writes that change, in the caller's transaction: only after a read that found no membership.</summary>
    /// <param name="sweep">The sweep that found it; null when the portal did it itself.</param>
    /// <param name="removal">Null when it was not us.</param>
    /// <returns>False when the member had left already.</returns>
    public static async Task<bool> MemberRemovedAsync(
        PortalDbContext db, string membershipUri, DateTimeOffset now, Guid? sweep, OurRemoval? removal, CancellationToken cancellationToken) =>
        await db.Database.ExecuteSqlAsync($"""
            WITH gone AS (UPDATE members SET left_at = {now} WHERE uri = {membershipUri} AND left_at IS NULL RETURNING id, organization_uri, name)
            INSERT INTO changes (id, organization_uri, kind, member_id, subject, seen_at, sweep_id, origin, removal_request_id, person_id)
            SELECT {Guid.CreateVersion7(now)}, organization_uri, {EnumText.Word(ChangeKind.Left)}, id, name, {now}, {sweep},
                {EnumText.Word(removal is null ? ChangeOrigin.OutOfBand : ChangeOrigin.Ours)}, {removal?.RequestId}, {removal?.RequesterId}
            FROM gone
            """, cancellationToken) > 0;

    /// <summary>Invitations that were pending and are not in the list. Neither is believed without a direct read.</summary>
    public async Task<IReadOnlyList<MissingInvitation>> InvitationsAsync(Sweep claim, CancellationToken cancellationToken)
    {
        var before = claim.StartedAt - TooYoungToVanish;
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.Invitations
            .Where(i => i.OrganizationUri == claim.OrganizationUri && i.Status == InvitationStatus.Pending && i.CreatedAt < before
                && !db.StagedInvitations.Any(s => s.SweepId == claim.Id && s.Uri == i.Uri))
            .OrderBy(i => i.Id).Select(i => new MissingInvitation(i.Id, i.Uri, i.Email)).ToListAsync(cancellationToken);
    }

    /// <summary>A direct read found no invitation: revoked or expired outside, Calendly does not say which.</summary>
    public async Task VanishedAsync(Sweep claim, MissingInvitation invitation, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        await lease.ExtendAsync(db, claim, cancellationToken);
        await db.Database.ExecuteSqlAsync($"""
            WITH gone AS (
                UPDATE invitations SET status = {InvitationStatus.Vanished}, ended_at = {now}, updated_at = {now}
                WHERE id = {invitation.Id} AND status = {InvitationStatus.Pending} RETURNING id, organization_uri, email
            )
            INSERT INTO changes (id, organization_uri, kind, invitation_id, subject, seen_at, sweep_id, origin)
            SELECT {Guid.CreateVersion7(now)}, organization_uri, {EnumText.Word(ChangeKind.InvitationVanished)}, id, email, {now}, {claim.Id}, {EnumText.Word(ChangeOrigin.OutOfBand)}
            FROM gone
            """, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>Everybody has been asked about: what is left is to apply.</summary>
    public async Task ConfirmedAsync(Sweep claim, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        await lease.ExtendAsync(db, claim, cancellationToken);
        await db.Database.ExecuteSqlAsync($"UPDATE sweeps SET phase = {EnumText.Word(SweepPhase.Applying)} WHERE id = {claim.Id}", cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }
}
