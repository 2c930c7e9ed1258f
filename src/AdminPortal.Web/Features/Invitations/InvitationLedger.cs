using AdminPortal.Calendly;
using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Audit;
using AdminPortal.Web.Features.Directory;
using AdminPortal.Web.Security;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Web.Features.Invitations;

/// <summary>Writes what happens to one claimed address, each time together with its audit entry. A worker that lost its claim writes nothing.</summary>
public sealed class InvitationLedger(IDbContextFactory<PortalDbContext> contexts, AuditTrail audit, TimeProvider clock)
{
    private const string Action = "invitation.sent";

    /// <summary>Before the call: from here on only a read, or Calendly's answer, can say whether it was sent.</summary>
    /// <returns>The intent's number in the trail; null when the claim was lost.</returns>
    public async Task<long?> IntendAsync(InvitationSend send, Actor actor, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var mine = await Mine(db, send).ExecuteUpdateAsync(set => set
            .SetProperty(s => s.AttemptedAt, s => s.AttemptedAt ?? now).SetProperty(s => s.State, InvitationSendState.Sending), cancellationToken);
        if (mine == 0) return null;
        var intent = audit.Add(db, actor, Action, About(send), AuditOutcome.Intended, new { Batch = send.BatchId, Connection = send.ConnectionId });
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return intent.Sequence;
    }

    /// <summary>Calendly has it: the invitation joins the ledger with who invited.</summary>
    public async Task SentAsync(InvitationSend send, Actor actor, string organization, OrganizationInvitation invitation, long? intent)
    {
        var now = clock.GetUtcNow();
        await using var db = await contexts.CreateDbContextAsync();
        await using var transaction = await db.Database.BeginTransactionAsync();
        await db.Database.ExecuteSqlAsync($"""
            INSERT INTO invitations (id, uri, organization_uri, email, status, user_uri, created_at, updated_at, last_sent_at, invited_by)
            VALUES ({Guid.CreateVersion7()}, {invitation.Uri}, {organization}, {invitation.Email}, {invitation.Status}, {invitation.User},
                {invitation.CreatedAt}, {invitation.UpdatedAt}, {invitation.LastSentAt}, {send.SenderId})
            ON CONFLICT (uri) DO UPDATE SET invited_by = coalesce(invitations.invited_by, excluded.invited_by)
            """);
        var id = await db.Invitations.Where(i => i.Uri == invitation.Uri).Select(i => i.Id).SingleAsync();
        var mine = await Mine(db, send).ExecuteUpdateAsync(set => set
            .SetProperty(s => s.State, InvitationSendState.Sent).SetProperty(s => s.Result, "Sent.").SetProperty(s => s.InvitationId, id)
            .SetProperty(s => s.FinishedAt, now).SetProperty(s => s.LeaseUntil, (DateTimeOffset?)null));
        if (mine == 0) return;
        // A sweep may have been faster than Calendly's answer to us; then it has taken the invitation for somebody else's.
        var told = await db.Changes.Where(c => c.InvitationId == id && c.Kind == ChangeKind.Invited)
            .ExecuteUpdateAsync(set => set.SetProperty(c => c.Origin, ChangeOrigin.Ours).SetProperty(c => c.PersonId, send.SenderId));
        if (told == 0) db.Changes.Add(Change.Of(id, invitation.Email, organization, ChangeKind.Invited, now, invitation.CreatedAt, send.SenderId));
        audit.Add(db, actor, Action, About(send), AuditOutcome.Done, new { Batch = send.BatchId, Invitation = invitation.Uri, ReadBack = intent is null }, intent: intent);
        await db.SaveChangesAsync();
        await transaction.CommitAsync();
    }

    /// <summary>Calendly, or a rule of ours, said no; final.</summary>
    public Task RefusedAsync(InvitationSend send, Actor actor, string words, long? intent)
    {
        var now = clock.GetUtcNow();
        return RecordAsync(send, actor, AuditOutcome.Refused, words, intent, db => Mine(db, send).ExecuteUpdateAsync(set => set
            .SetProperty(s => s.State, InvitationSendState.Refused).SetProperty(s => s.Result, words)
            .SetProperty(s => s.FinishedAt, now).SetProperty(s => s.LeaseUntil, (DateTimeOffset?)null)));
    }

    /// <summary>Not now: it is taken up again after the wait, by whichever worker.</summary>
    /// <param name="attemptedAt">Since when a call of ours may have taken effect; null when none can have.</param>
    public Task LaterAsync(InvitationSend send, Actor actor, string words, TimeSpan wait, DateTimeOffset? attemptedAt, long? intent) =>
        RecordAsync(send, actor, AuditOutcome.Failed, words, intent, db => db.Database.ExecuteSqlAsync($"""
            UPDATE invitation_sends SET state = 'attention', result = {words}, attempted_at = {attemptedAt}, lease_until = clock_timestamp() + {wait}
            WHERE id = {send.Id} AND fence = {send.Fence} AND finished_at IS NULL
            """));

    private async Task RecordAsync(InvitationSend send, Actor actor, AuditOutcome outcome, string words, long? intent, Func<PortalDbContext, Task<int>> write)
    {
        await using var db = await contexts.CreateDbContextAsync();
        await using var transaction = await db.Database.BeginTransactionAsync();
        if (await write(db) == 0) return;
        // A failed look without a call of its own has no intent and tells nothing new.
        if (intent is not null || outcome == AuditOutcome.Refused) audit.Add(db, actor, Action, About(send), outcome, new { Batch = send.BatchId, Result = words }, intent: intent);
        await db.SaveChangesAsync();
        await transaction.CommitAsync();
    }

    private static IQueryable<InvitationSend> Mine(PortalDbContext db, InvitationSend send) =>
        db.InvitationSends.Where(s => s.Id == send.Id && s.Fence == send.Fence && s.FinishedAt == null);

    private static AuditObject About(InvitationSend send) => new("invitation_send", send.Id.ToString(), $"Invitation of {send.Email}");
}
