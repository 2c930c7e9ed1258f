using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Audit;
using AdminPortal.Web.Security;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace AdminPortal.Web.Features.Directory;

/// <summary>
/// Ends a sweep: a complete one becomes the directory, with every difference as a change beside it; a partial one is forgotten and says why.
/// Set-based, and only over what differs: a sync that changes nothing writes no member's row, also with a million members.
/// </summary>
public sealed class SweepPicture(IDbContextFactory<PortalDbContext> contexts, SweepLease lease, AuditTrail audit, TimeProvider clock)
{
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    // A version 7 UUID (RFC 9562, 5.7) as the portal's other keys: 48 bits of Unix milliseconds, then the version, then chance. PostgreSQL 15
    // makes only version 4, which differs from 7 in two bits of the version.
    private const string NewId =
        "encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid()) placing substring(int8send(@milliseconds) from 3) from 1 for 6), 52, 1), 53, 1), 'hex')::uuid";

    public async Task CompleteAsync(Sweep claim, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        db.Database.SetCommandTimeout(Patience);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        await lease.ExtendAsync(db, claim, cancellationToken);
        // The first picture is where the history begins: nobody in it has joined just now.
        var isFirst = !await db.Sweeps.AnyAsync(s => s.OrganizationUri == claim.OrganizationUri && s.State == SweepState.Complete, cancellationToken);
        var invitations = await MergeInvitationsAsync(db, claim, now, isFirst, cancellationToken);
        var merged = await MergeMembersAsync(db, claim, cancellationToken);
        if (!isFirst) await RecordMembersAsync(db, claim, now, cancellationToken);
        var joined = await db.StagedMemberships.CountAsync(s => s.SweepId == claim.Id && s.WasRole == null, cancellationToken);
        var changed = merged - joined;
        await db.Database.ExecuteSqlAsync($"UPDATE sweeps SET joined = {joined}, changed = {changed} WHERE id = {claim.Id}", cancellationToken);
        await EndAsync(db, claim.Id, SweepState.Complete, null, now, new { joined, changed, invitations }, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <param name="problem">In words for people: what happened; the directory keeps its last picture.</param>
    public async Task PartialAsync(Sweep claim, string problem, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        await lease.ExtendAsync(db, claim, cancellationToken);
        await EndAsync(db, claim.Id, SweepState.Partial, problem, clock.GetUtcNow(), null, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>In the caller's transaction: what was staged is forgotten, and the entry in the trail is written.</summary>
    public async Task EndAsync(PortalDbContext db, Guid sweep, SweepState state, string? problem, DateTimeOffset now, object? changes, CancellationToken cancellationToken)
    {
        await db.Database.ExecuteSqlAsync($"""
            UPDATE sweeps SET state = {EnumText.Word(state)}, phase = {EnumText.Word(SweepPhase.Finished)}, finished_at = {now}, problem = {problem}, next_page_token = NULL
            WHERE id = {sweep}
            """, cancellationToken);
        await db.StagedMemberships.Where(s => s.SweepId == sweep).ExecuteDeleteAsync(cancellationToken);
        await db.StagedPages.Where(s => s.SweepId == sweep).ExecuteDeleteAsync(cancellationToken);
        await db.SweepSuspects.Where(s => s.SweepId == sweep).ExecuteDeleteAsync(cancellationToken);
        await db.StagedInvitations.Where(s => s.SweepId == sweep).ExecuteDeleteAsync(cancellationToken);
        var read = await db.Sweeps.AsNoTracking().Where(s => s.Id == sweep)
            .Select(s => new { s.PagesRead, s.MembershipsRead, s.InvitationsRead, s.Left, s.ReadAt, s.Missing, s.DecidedBy }).SingleAsync(cancellationToken);
        audit.Add(db, Actor.Portal, state == SweepState.Complete ? "sweep.completed" : "sweep.partial",
            new AuditObject("sweep", sweep.ToString(), $"{read.MembershipsRead} people, {read.InvitationsRead} invitations"),
            state == SweepState.Complete ? AuditOutcome.Done : AuditOutcome.Failed, new { read, changes, problem });
        await db.SaveChangesAsync(cancellationToken);
    }

    // Somebody whom a removal has taken out since stays out: only who had left before this sweep can be back.
    private static Task<int> MergeMembersAsync(PortalDbContext db, Sweep claim, CancellationToken cancellationToken) => db.Database.ExecuteSqlAsync($"""
        MERGE INTO members m USING (SELECT * FROM staged_memberships WHERE sweep_id = {claim.Id}) s ON m.id = s.member_id
        WHEN MATCHED THEN UPDATE SET role = s.role, name = s.name, email = s.email, scheduling_url = s.scheduling_url, time_zone = s.time_zone,
            joined_at = s.joined_at, updated_at = s.updated_at, left_at = CASE WHEN s.was_left_at IS NULL THEN m.left_at END
        WHEN NOT MATCHED THEN INSERT (id, uri, organization_uri, user_uri, role, name, email, scheduling_url, time_zone, joined_at, updated_at)
            VALUES (s.member_id, s.uri, {claim.OrganizationUri}, s.user_uri, s.role, s.name, s.email, s.scheduling_url, s.time_zone, s.joined_at, s.updated_at)
        """, cancellationToken);

    // Whoever came by an invitation that somebody sent here is ours: invitations are read after members, so its acceptance is known by now.
    private static Task<int> RecordMembersAsync(PortalDbContext db, Sweep claim, DateTimeOffset now, CancellationToken cancellationToken) => db.Database.ExecuteSqlRawAsync(
        $"""
        INSERT INTO changes (id, organization_uri, kind, member_id, subject, before, after, seen_at, happened_at, sweep_id, origin, person_id)
        SELECT {NewId}, @organization, k.kind, s.member_id, coalesce(s.was_name, s.name), k.before, k.after, @now, k.happened_at, @sweep,
            CASE WHEN k.invited_by IS NULL THEN 'out_of_band' ELSE 'ours' END, k.invited_by
        FROM staged_memberships s
        LEFT JOIN LATERAL (
            SELECT i.invited_by FROM invitations i
            WHERE i.user_uri = s.user_uri AND i.invited_by IS NOT NULL AND (s.was_left_at IS NULL OR i.created_at > s.was_left_at)
            ORDER BY i.created_at DESC LIMIT 1) own ON s.was_role IS NULL OR s.was_left_at IS NOT NULL
        CROSS JOIN LATERAL (VALUES
            ('joined', s.was_role IS NULL, NULL, NULL, s.joined_at, own.invited_by),
            ('returned', s.was_left_at IS NOT NULL, NULL, NULL, NULL, own.invited_by),
            ('role_changed', s.was_role <> s.role, s.was_role, s.role, CASE WHEN s.updated_at > s.was_updated_at THEN s.updated_at END, NULL),
            ('renamed', s.was_name <> s.name, s.was_name, s.name, NULL, NULL),
            ('email_changed', s.was_email <> s.email, s.was_email, s.email, NULL, NULL)) AS k (kind, differs, before, after, happened_at, invited_by)
        WHERE s.sweep_id = @sweep AND k.differs
        """, Parameters(claim, now), cancellationToken);

    // What only this ledger knows stays: that we revoked it, who invited, and what a click has learned of it since this sweep began.
    private static Task<int> MergeInvitationsAsync(PortalDbContext db, Sweep claim, DateTimeOffset now, bool isFirst, CancellationToken cancellationToken) => db.Database.ExecuteSqlRawAsync(
        $"""
        WITH known AS (
            UPDATE invitations i SET email = s.email, status = s.status, user_uri = s.user_uri, updated_at = s.updated_at, last_sent_at = s.last_sent_at,
                ended_at = CASE WHEN s.status = 'pending' THEN NULL ELSE coalesce(i.ended_at, s.updated_at) END
            FROM (SELECT s.*, b.id, b.status AS was FROM staged_invitations s JOIN invitations b ON b.uri = s.uri
                  WHERE s.sweep_id = @sweep AND b.status <> 'revoked' AND (b.ended_at < @started) IS NOT FALSE
                    AND (b.email, b.status, b.user_uri, b.updated_at, b.last_sent_at) IS DISTINCT FROM (s.email, s.status, s.user_uri, s.updated_at, s.last_sent_at)
                  ORDER BY b.id FOR UPDATE OF b) s
            WHERE i.id = s.id
            RETURNING i.id, i.email, i.status, i.updated_at, i.invited_by, s.was
        ), added AS (
            INSERT INTO invitations (id, uri, organization_uri, email, status, user_uri, created_at, updated_at, last_sent_at, ended_at)
            SELECT {NewId}, s.uri, @organization, s.email, s.status, s.user_uri, s.created_at, s.updated_at, s.last_sent_at,
                CASE WHEN s.status = 'pending' THEN NULL ELSE s.updated_at END
            FROM staged_invitations s
            WHERE s.sweep_id = @sweep AND NOT EXISTS (SELECT FROM invitations i WHERE i.uri = s.uri)
            ON CONFLICT (uri) DO NOTHING
            RETURNING id, email, status, created_at, updated_at
        )
        INSERT INTO changes (id, organization_uri, kind, invitation_id, subject, seen_at, happened_at, sweep_id, origin, person_id)
        SELECT {NewId}, @organization, k.kind, k.id, k.email, @now, k.happened_at, @sweep, CASE WHEN k.invited_by IS NULL THEN 'out_of_band' ELSE 'ours' END, k.invited_by
        FROM (
            SELECT id, email, 'invited' AS kind, created_at AS happened_at, NULL::uuid AS invited_by FROM added
            UNION ALL SELECT id, email, CASE status WHEN 'accepted' THEN 'invitation_accepted' WHEN 'declined' THEN 'invitation_declined' END, updated_at, NULL FROM added
            UNION ALL SELECT id, email, CASE status WHEN 'accepted' THEN 'invitation_accepted' WHEN 'declined' THEN 'invitation_declined' END, updated_at, invited_by
                FROM known WHERE status <> was) k
        WHERE k.kind IS NOT NULL AND NOT @first
        """, [.. Parameters(claim, now), new NpgsqlParameter("started", claim.StartedAt), new NpgsqlParameter("first", isFirst)], cancellationToken);

    private static object[] Parameters(Sweep claim, DateTimeOffset now) =>
    [
        new NpgsqlParameter("sweep", claim.Id), new NpgsqlParameter("organization", claim.OrganizationUri), new NpgsqlParameter("now", now),
        new NpgsqlParameter("milliseconds", now.ToUnixTimeMilliseconds()),
    ];
}
