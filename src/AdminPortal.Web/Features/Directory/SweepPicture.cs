using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Audit;
using AdminPortal.Web.Security;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace AdminPortal.Web.Features.Directory;

/// <summary>
/// Ends a sweep: a complete one becomes the directory, a partial one is forgotten and says why. Set-based, and rows that are the same
/// are not rewritten: a sync that changes nothing writes almost nothing, also with 100,000 members.
/// </summary>
public sealed class SweepPicture(IDbContextFactory<PortalDbContext> contexts, SweepLease lease, AuditTrail audit, TimeProvider clock)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    /// <summary>An invitation sent while the list was being read may be missing in it; Calendly's clock and ours may differ this much.</summary>
    private static readonly TimeSpan TooYoungToVanish = TimeSpan.FromMinutes(1);

    // A version 7 UUID (RFC 9562, 5.7) as the portal's other keys: 48 bits of Unix milliseconds, then the version, then chance. PostgreSQL 15
    // makes only version 4, which differs from 7 in two bits of the version.
    private const string NewId =
        "encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid()) placing substring(int8send(@now) from 3) from 1 for 6), 52, 1), 53, 1), 'hex')::uuid";

    public async Task CompleteAsync(Sweep claim, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        db.Database.SetCommandTimeout(Patience);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        await lease.ExtendAsync(db, claim, cancellationToken);
        var changed = await UpdateMembersAsync(db, claim, cancellationToken);
        var joined = await InsertMembersAsync(db, claim, now, cancellationToken);
        var invitations = await UpdateInvitationsAsync(db, claim, cancellationToken) + await InsertInvitationsAsync(db, claim, now, cancellationToken);
        var vanished = await VanishInvitationsAsync(db, claim, now, cancellationToken);
        await db.Database.ExecuteSqlAsync($"UPDATE sweeps SET joined = {joined}, changed = {changed} WHERE id = {claim.Id}", cancellationToken);
        await EndAsync(db, claim, SweepState.Complete, null, now, new { joined, changed, invitations, vanished }, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <param name="problem">In words for people: what happened; the directory keeps its last picture.</param>
    public async Task PartialAsync(Sweep claim, string problem, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        await lease.ExtendAsync(db, claim, cancellationToken);
        await EndAsync(db, claim, SweepState.Partial, problem, clock.GetUtcNow(), null, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private async Task EndAsync(PortalDbContext db, Sweep claim, SweepState state, string? problem, DateTimeOffset now, object? changes, CancellationToken cancellationToken)
    {
        await db.Database.ExecuteSqlAsync($"""
            UPDATE sweeps SET state = {EnumText.Word(state)}, phase = {EnumText.Word(SweepPhase.Finished)}, finished_at = {now}, problem = {problem}, next_page_token = NULL
            WHERE id = {claim.Id}
            """, cancellationToken);
        await db.StagedMemberships.Where(s => s.SweepId == claim.Id).ExecuteDeleteAsync(cancellationToken);
        await db.StagedInvitations.Where(s => s.SweepId == claim.Id).ExecuteDeleteAsync(cancellationToken);
        var read = await db.Sweeps.AsNoTracking().Where(s => s.Id == claim.Id)
            .Select(s => new { s.PagesRead, s.MembershipsRead, s.InvitationsRead, s.Left }).SingleAsync(cancellationToken);
        audit.Add(db, Actor.Portal, state == SweepState.Complete ? "sweep.completed" : "sweep.partial",
            new AuditObject("sweep", claim.Id.ToString(), $"{read.MembershipsRead} people, {read.InvitationsRead} invitations"),
            state == SweepState.Complete ? AuditOutcome.Done : AuditOutcome.Failed, new { read, changes, problem });
        await db.SaveChangesAsync(cancellationToken);
    }

    // Who left after this sweep began was read before that and is not brought back by it.
    private static Task<int> UpdateMembersAsync(PortalDbContext db, Sweep claim, CancellationToken cancellationToken) => db.Database.ExecuteSqlAsync($"""
        UPDATE members m SET role = s.role, name = s.name, email = s.email, scheduling_url = s.scheduling_url, time_zone = s.time_zone,
               joined_at = s.joined_at, updated_at = s.updated_at, left_at = NULL
        FROM staged_memberships s
        WHERE s.sweep_id = {claim.Id} AND m.uri = s.uri AND (m.left_at IS NULL OR m.left_at < {claim.StartedAt})
          AND (m.role, m.name, m.email, m.scheduling_url, m.time_zone, m.joined_at, m.updated_at, m.left_at)
              IS DISTINCT FROM (s.role, s.name, s.email, s.scheduling_url, s.time_zone, s.joined_at, s.updated_at, NULL)
        """, cancellationToken);

    private static Task<int> InsertMembersAsync(PortalDbContext db, Sweep claim, DateTimeOffset now, CancellationToken cancellationToken) => db.Database.ExecuteSqlRawAsync(
        $"""
        INSERT INTO members (id, uri, organization_uri, user_uri, role, name, email, scheduling_url, time_zone, joined_at, updated_at)
        SELECT {NewId}, s.uri, @organization, s.user_uri, s.role, s.name, s.email, s.scheduling_url, s.time_zone, s.joined_at, s.updated_at
        FROM staged_memberships s
        WHERE s.sweep_id = @sweep AND NOT EXISTS (SELECT FROM members m WHERE m.uri = s.uri)
        """, Parameters(claim, now), cancellationToken);

    // What only this ledger knows stays: that we revoked it, and who invited.
    private static Task<int> UpdateInvitationsAsync(PortalDbContext db, Sweep claim, CancellationToken cancellationToken) => db.Database.ExecuteSqlAsync($"""
        UPDATE invitations i SET email = s.email, status = s.status, user_uri = s.user_uri, updated_at = s.updated_at, last_sent_at = s.last_sent_at,
               ended_at = CASE WHEN s.status = 'pending' THEN NULL ELSE coalesce(i.ended_at, s.updated_at) END
        FROM staged_invitations s
        WHERE s.sweep_id = {claim.Id} AND i.uri = s.uri AND i.status <> 'revoked'
          AND (i.email, i.status, i.user_uri, i.updated_at, i.last_sent_at) IS DISTINCT FROM (s.email, s.status, s.user_uri, s.updated_at, s.last_sent_at)
        """, cancellationToken);

    private static Task<int> InsertInvitationsAsync(PortalDbContext db, Sweep claim, DateTimeOffset now, CancellationToken cancellationToken) => db.Database.ExecuteSqlRawAsync(
        $"""
        INSERT INTO invitations (id, uri, organization_uri, email, status, user_uri, created_at, updated_at, last_sent_at, ended_at)
        SELECT {NewId}, s.uri, @organization, s.email, s.status, s.user_uri, s.created_at, s.updated_at, s.last_sent_at,
               CASE WHEN s.status = 'pending' THEN NULL ELSE s.updated_at END
        FROM staged_invitations s
        WHERE s.sweep_id = @sweep
        ON CONFLICT (uri) DO NOTHING
        """, Parameters(claim, now), cancellationToken);

    private static Task<int> VanishInvitationsAsync(PortalDbContext db, Sweep claim, DateTimeOffset now, CancellationToken cancellationToken) => db.Database.ExecuteSqlAsync($"""
        UPDATE invitations i SET status = 'vanished', ended_at = {now}, updated_at = {now}
        WHERE i.organization_uri = {claim.OrganizationUri} AND i.status = 'pending' AND i.created_at < {claim.StartedAt - TooYoungToVanish}
          AND NOT EXISTS (SELECT FROM staged_invitations s WHERE s.sweep_id = {claim.Id} AND s.uri = i.uri)
        """, cancellationToken);

    private static object[] Parameters(Sweep claim, DateTimeOffset now) =>
    [
        new NpgsqlParameter("sweep", claim.Id), new NpgsqlParameter("organization", claim.OrganizationUri), new NpgsqlParameter("now", now.ToUnixTimeMilliseconds()),
    ];
}
