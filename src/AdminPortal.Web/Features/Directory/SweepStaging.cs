using AdminPortal.Web.Data;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Web.Features.Directory;

/// <summary>
/// Keeps what a sweep has read until it is applied: each page in one transaction with the token of the next one, so that a page is either
/// stored and passed, or read again. A row that comes twice is kept once: the list may move while it is read.
/// </summary>
public sealed class SweepStaging(IDbContextFactory<PortalDbContext> contexts, SweepLease lease)
{
    /// <returns>How many memberships were new to this sweep.</returns>
    public async Task<int> MembershipsAsync(Sweep claim, IReadOnlyList<StagedMembership> page, string? nextPageToken, CancellationToken cancellationToken)
    {
        var phase = EnumText.Word(nextPageToken is null ? SweepPhase.Invitations : SweepPhase.Memberships);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        await lease.ExtendAsync(db, claim, cancellationToken);
        var added = await InsertAsync(db, claim, page, cancellationToken);
        await db.Database.ExecuteSqlAsync($"""
            UPDATE sweeps SET phase = {phase}, next_page_token = {nextPageToken}, pages_read = pages_read + 1, memberships_read = memberships_read + {added}
            WHERE id = {claim.Id}
            """, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return added;
    }

    /// <returns>How many invitations were new to this sweep.</returns>
    public async Task<int> InvitationsAsync(Sweep claim, IReadOnlyList<StagedInvitation> page, string? nextPageToken, CancellationToken cancellationToken)
    {
        var phase = EnumText.Word(nextPageToken is null ? SweepPhase.Confirming : SweepPhase.Invitations);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        await lease.ExtendAsync(db, claim, cancellationToken);
        // One statement and one round trip for the page; COPY could not pass over a row that is there already.
        var added = await db.Database.ExecuteSqlAsync($"""
            INSERT INTO staged_invitations (sweep_id, uri, email, status, user_uri, created_at, updated_at, last_sent_at)
            SELECT {claim.Id}, page.* FROM unnest({page.Select(i => i.Uri).ToArray()}, {page.Select(i => i.Email).ToArray()},
                {page.Select(i => i.Status).ToArray()}, {page.Select(i => i.UserUri).ToArray()}, {page.Select(i => i.CreatedAt.ToUniversalTime()).ToArray()},
                {page.Select(i => i.UpdatedAt.ToUniversalTime()).ToArray()}, {page.Select(i => i.LastSentAt?.ToUniversalTime()).ToArray()}) AS page
            ON CONFLICT DO NOTHING
            """, cancellationToken);
        await db.Database.ExecuteSqlAsync($"""
            UPDATE sweeps SET phase = {phase}, next_page_token = {nextPageToken}, pages_read = pages_read + 1, invitations_read = invitations_read + {added}
            WHERE id = {claim.Id}
            """, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return added;
    }

    /// <summary>A member whom the list had left out is still there, as a direct read says: it belongs to the picture.</summary>
    public async Task FoundAsync(Sweep claim, StagedMembership found, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        await lease.ExtendAsync(db, claim, cancellationToken);
        var added = await InsertAsync(db, claim, [found], cancellationToken);
        await db.Database.ExecuteSqlAsync($"UPDATE sweeps SET memberships_read = memberships_read + {added} WHERE id = {claim.Id}", cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private static Task<int> InsertAsync(PortalDbContext db, Sweep claim, IReadOnlyList<StagedMembership> page, CancellationToken cancellationToken) =>
        db.Database.ExecuteSqlAsync($"""
            INSERT INTO staged_memberships (sweep_id, uri, user_uri, role, name, email, scheduling_url, time_zone, joined_at, updated_at)
            SELECT {claim.Id}, page.* FROM unnest({page.Select(m => m.Uri).ToArray()}, {page.Select(m => m.UserUri).ToArray()},
                {page.Select(m => m.Role).ToArray()}, {page.Select(m => m.Name).ToArray()}, {page.Select(m => m.Email).ToArray()},
                {page.Select(m => m.SchedulingUrl).ToArray()}, {page.Select(m => m.TimeZone).ToArray()},
                {page.Select(m => m.JoinedAt.ToUniversalTime()).ToArray()}, {page.Select(m => m.UpdatedAt.ToUniversalTime()).ToArray()}) AS page
            ON CONFLICT DO NOTHING
            """, cancellationToken);
}
