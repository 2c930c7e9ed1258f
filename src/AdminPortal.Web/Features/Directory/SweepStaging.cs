using AdminPortal.Calendly;
using AdminPortal.Web.Data;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Web.Features.Directory;

/// <summary>
/// Keeps what a sweep has read until it is applied: each page in one statement with the token of the next one, so that a page is either
/// stored and passed, or read again. Each page is compared with the directory at once: only what differs is kept whole, of the rest no more
/// than that it was named. What the directory says of a member changes only through sweeps, one at a time, so the comparison holds until then.
/// </summary>
public sealed class SweepStaging(IDbContextFactory<PortalDbContext> contexts, SweepLease lease, TimeProvider clock)
{
    /// <summary>Who left shortly before a sweep may stand in what it read; the clocks of two instances may differ this much.</summary>
    private static readonly TimeSpan TooYoungToReturn = TimeSpan.FromMinutes(1);

    public Task MembershipsAsync(Sweep claim, IReadOnlyList<OrganizationMembership> page, string? nextPageToken, CancellationToken cancellationToken) =>
        MembershipsAsync(claim, nextPageToken is null ? SweepPhase.Invitations : SweepPhase.Memberships, page, nextPageToken, pages: 1, suspect: null, cancellationToken);

    /// <summary>A member whom the list had left out is still there, as a direct read says: it belongs to the picture.</summary>
    public Task FoundAsync(Sweep claim, Missing suspect, OrganizationMembership found, CancellationToken cancellationToken) =>
        MembershipsAsync(claim, SweepPhase.Confirming, [found], null, pages: 0, suspect.Id, cancellationToken);

    public Task InvitationsAsync(Sweep claim, IReadOnlyList<OrganizationInvitation> page, string? nextPageToken, CancellationToken cancellationToken) =>
        InvitationsAsync(claim, nextPageToken is null ? SweepPhase.Comparing : SweepPhase.Invitations, page, nextPageToken, pages: 1, cancellationToken);

    /// <summary>An invitation that the list had left out is still there.</summary>
    public Task FoundAsync(Sweep claim, OrganizationInvitation found, CancellationToken cancellationToken) =>
        InvitationsAsync(claim, SweepPhase.Confirming, [found], null, pages: 0, cancellationToken);

    // One statement and one round trip for a page. COPY would need a temporary table first, a comparison and a catalogue that grows with every page.
    private async Task MembershipsAsync(
        Sweep claim, SweepPhase phase, IReadOnlyList<OrganizationMembership> read, string? nextPageToken, int pages, Guid? suspect, CancellationToken cancellationToken)
    {
        var page = read.DistinctBy(m => m.Uri, StringComparer.Ordinal).ToList();
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var mine = await db.Database.SqlQuery<Guid>($"""
            WITH mine AS (
                UPDATE sweeps SET lease_until = clock_timestamp() + {lease.Length}, phase = {EnumText.Word(phase)}, next_page_token = {nextPageToken},
                    pages_read = pages_read + {pages}, memberships_read = memberships_read + {page.Count}
                WHERE id = {claim.Id} AND fence = {claim.Fence} AND state = 'running'
                RETURNING id, pages_read, started_at
            ), compared AS (
                SELECT mine.id AS sweep_id, mine.started_at, page.*, m.id AS known, m.role AS was_role, m.name AS was_name, m.email AS was_email,
                    m.updated_at AS was_updated_at, m.left_at AS was_left_at,
                    (m.role, m.name, m.email, m.scheduling_url, m.time_zone, m.joined_at, m.updated_at)
                        IS DISTINCT FROM (page.role, page.name, page.email, page.scheduling_url, page.time_zone, page.joined_at, page.updated_at) AS differs
                FROM mine, unnest({page.Select(_ => Guid.CreateVersion7()).ToArray()}, {page.Select(m => m.Uri).ToArray()}, {page.Select(m => m.User.Uri).ToArray()},
                    {page.Select(m => m.Role).ToArray()}, {page.Select(m => m.User.Name).ToArray()}, {page.Select(m => m.User.Email).ToArray()},
                    {page.Select(m => m.User.SchedulingUrl).ToArray()}, {page.Select(m => m.User.Timezone).ToArray()},
                    {page.Select(m => m.CreatedAt.ToUniversalTime()).ToArray()}, {page.Select(m => m.UpdatedAt.ToUniversalTime()).ToArray()})
                    AS page (new_id, uri, user_uri, role, name, email, scheduling_url, time_zone, joined_at, updated_at)
                    LEFT JOIN members m ON m.uri = page.uri
            ), staged AS (
                INSERT INTO staged_memberships (sweep_id, uri, member_id, user_uri, role, name, email, scheduling_url, time_zone, joined_at, updated_at,
                    was_role, was_name, was_email, was_updated_at, was_left_at)
                SELECT sweep_id, uri, coalesce(known, new_id), user_uri, role, name, email, scheduling_url, time_zone, joined_at, updated_at,
                    was_role, was_name, was_email, was_updated_at, was_left_at
                FROM compared
                WHERE CASE WHEN was_left_at IS NULL THEN differs ELSE was_left_at < started_at - {TooYoungToReturn} END
                ON CONFLICT DO NOTHING
            ), marked AS (
                INSERT INTO staged_pages (sweep_id, number, member_ids)
                SELECT mine.id, mine.pages_read, array_agg(known) FROM mine, compared WHERE known IS NOT NULL AND {pages} > 0 GROUP BY mine.id, mine.pages_read
            ), answered AS (
                DELETE FROM sweep_suspects s USING mine WHERE s.sweep_id = mine.id AND s.member_id = {suspect}
            )
            SELECT id AS "Value" FROM mine
            """).ToListAsync(cancellationToken);
        if (mine.Count == 0) throw new SweepLostException();
    }

    private async Task InvitationsAsync(
        Sweep claim, SweepPhase phase, IReadOnlyList<OrganizationInvitation> page, string? nextPageToken, int pages, CancellationToken cancellationToken)
    {
        DateTimeOffset? end = phase == SweepPhase.Comparing ? clock.GetUtcNow() : null;
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var mine = await db.Database.SqlQuery<Guid>($"""
            WITH mine AS (
                UPDATE sweeps SET lease_until = clock_timestamp() + {lease.Length}, phase = {EnumText.Word(phase)}, next_page_token = {nextPageToken},
                    pages_read = pages_read + {pages}, invitations_read = invitations_read + {page.Count}, read_at = coalesce({end}, read_at)
                WHERE id = {claim.Id} AND fence = {claim.Fence} AND state = 'running'
                RETURNING id
            ), staged AS (
                INSERT INTO staged_invitations (sweep_id, uri, email, status, user_uri, created_at, updated_at, last_sent_at)
                SELECT mine.id, page.* FROM mine, unnest({page.Select(i => i.Uri).ToArray()}, {page.Select(i => i.Email).ToArray()},
                    {page.Select(i => i.Status).ToArray()}, {page.Select(i => i.User).ToArray()}, {page.Select(i => i.CreatedAt.ToUniversalTime()).ToArray()},
                    {page.Select(i => i.UpdatedAt.ToUniversalTime()).ToArray()}, {page.Select(i => i.LastSentAt?.ToUniversalTime()).ToArray()}) AS page
                ON CONFLICT DO NOTHING
            )
            SELECT id AS "Value" FROM mine
            """).ToListAsync(cancellationToken);
        if (mine.Count == 0) throw new SweepLostException();
    }
}
