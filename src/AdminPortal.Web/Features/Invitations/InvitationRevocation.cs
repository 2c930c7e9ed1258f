using AdminPortal.Calendly;
using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Audit;
using AdminPortal.Web.Features.Connections;
using AdminPortal.Web.Features.Directory;
using AdminPortal.Web.Security;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Web.Features.Invitations;

/// <summary>What became of a revocation, in words.</summary>
public sealed record RevokeResult(bool Revoked, string Words);

/// <summary>Takes a pending invitation back: the intent is recorded, Calendly is asked on the clicker's connection, and the outcome is what a fresh read says.</summary>
public sealed class InvitationRevocation(IDbContextFactory<PortalDbContext> contexts, UseCase useCase, CalendlyAccess calendly, AuditTrail audit, TimeProvider clock)
{
    private const string Asked = "invitation.revocation_asked";

    /// <summary>What a read of the invitation showed; a null status means that Calendly no longer lists it.</summary>
    private sealed record Reading(bool Known, string? Status);

    /// <exception cref="RefusedException">Calendly was not asked; the words say why.</exception>
    public async Task<RevokeResult> RevokeAsync(Guid commandId, Guid invitationId, Actor actor, CancellationToken cancellationToken)
    {
        (Invitation Invitation, Guid Connection, Actor Actor)? asked = null;
        var ran = await useCase.RunOnceAsync(new Command(commandId, Asked, Permission.Invite, invitationId), actor, async (work, ct) =>
        {
            // The row is locked so that two clicks on one invitation come one after the other.
            var invitation = await work.Db.Invitations.FromSql($"SELECT *, xmin FROM invitations WHERE id = {invitationId} FOR UPDATE").AsNoTracking().SingleOrDefaultAsync(ct)
                ?? throw new RefusedException("unknown_invitation", "There is no such invitation.");
            if (invitation.Status != InvitationStatus.Pending) throw new RefusedException("not_pending", "Only a pending invitation can be revoked.");
            var connection = await InvitationService.ConnectionOfAsync(work.Db, work.Person.Id, ct);
            if (InvitationService.WhyNot(connection) is { } refusal) throw new RefusedException(refusal);
            asked = (invitation, connection!.Id, work.Actor);
            return new Done(About(invitation), invitation.Id);
        }, cancellationToken);
        // Of two that race, the one that lost has looked at everything as well, but nothing of it was stored.
        if (ran.IsRepeat || asked is not { } ask) return await SeenBeforeAsync(invitationId, cancellationToken);

        // From here on a browser that goes away changes nothing: what was recorded as intended gets its outcome.
        var intent = await IntentAsync(commandId);
        var client = calendly.For(ask.Connection, Lane.People);
        try
        {
            await client.Invitations.RevokeAsync(ask.Invitation.Uri, CancellationToken.None);
        }
        catch (ConnectionUnusableException unusable)
        {
            return await EndAsync(ask.Invitation, ask.Actor, intent, null, $"{unusable.Message} Nothing was revoked.");
        }
        catch (CalendlyException exception) when (exception.Failure == CalendlyFailure.InvitationAlreadyAccepted)
        {
            return await EndAsync(ask.Invitation, ask.Actor, intent, InvitationStatus.Accepted, InvitationWords.RevokeRefusal(exception)!);
        }
        catch (CalendlyException exception) when (exception.Failure == CalendlyFailure.NotFound)
        {
            return await WasAskedBeforeAsync(ask.Invitation.Id, intent)
                ? await EndAsync(ask.Invitation, ask.Actor, intent, InvitationStatus.Revoked, "Revoked.")
                : await EndAsync(ask.Invitation, ask.Actor, intent, InvitationStatus.Vanished, "Calendly no longer listed this invitation. Nothing was left to revoke.");
        }
        catch (CalendlyException exception) when (InvitationWords.RevokeRefusal(exception) is { } refusal)
        {
            return await EndAsync(ask.Invitation, ask.Actor, intent, null, refusal);
        }
        catch (CalendlyException)
        {
            // No answer that says what happened: the read below does.
        }
        return await ReadAsync(client, ask.Invitation.Uri) switch
        {
            { Known: true, Status: null } => await EndAsync(ask.Invitation, ask.Actor, intent, InvitationStatus.Revoked, "Revoked."),
            { Known: true, Status: InvitationStatus.Pending } => await EndAsync(ask.Invitation, ask.Actor, intent, null, "Calendly did not revoke it: it is still pending. Try again."),
            { Known: true, Status: { } status } => await EndAsync(ask.Invitation, ask.Actor, intent, status, $"It was not revoked: Calendly says that it is {status}."),
            _ => await EndAsync(ask.Invitation, ask.Actor, intent, null, "Calendly did not answer. We do not know yet whether it was revoked; the next sync shows it."),
        };
    }

    private static async Task<Reading> ReadAsync(CalendlyClient client, string uri)
    {
        try
        {
            return new Reading(true, (await client.Invitations.GetAsync(uri, CancellationToken.None)).Status);
        }
        catch (CalendlyException exception) when (exception.Failure == CalendlyFailure.NotFound)
        {
            return new Reading(true, null);
        }
        catch (Exception exception) when (exception is CalendlyException or ConnectionUnusableException)
        {
            return new Reading(false, null);
        }
    }

    private async Task<RevokeResult> EndAsync(Invitation invitation, Actor actor, long intent, string? status, string words)
    {
        var (now, revoked) = (clock.GetUtcNow(), status == InvitationStatus.Revoked);
        await using var db = await contexts.CreateDbContextAsync();
        await using var transaction = await db.Database.BeginTransactionAsync();
        if (status is not null)
        {
            var by = revoked ? actor.PersonId : null;
            var ended = await db.Invitations.Where(i => i.Id == invitation.Id && i.Status == InvitationStatus.Pending).ExecuteUpdateAsync(set => set
                .SetProperty(i => i.Status, status).SetProperty(i => i.RevokedBy, by).SetProperty(i => i.EndedAt, now).SetProperty(i => i.UpdatedAt, now));
            (ChangeKind Kind, Guid? Behind)? told = status switch
            {
                InvitationStatus.Revoked => (ChangeKind.InvitationRevoked, by),
                InvitationStatus.Accepted => (ChangeKind.InvitationAccepted, invitation.InvitedBy),
                InvitationStatus.Declined => (ChangeKind.InvitationDeclined, invitation.InvitedBy),
                InvitationStatus.Vanished => (ChangeKind.InvitationVanished, null),
                _ => null,
            };
            if (ended > 0 && told is var (kind, behind)) db.Changes.Add(Change.Of(invitation.Id, invitation.Email, invitation.OrganizationUri, kind, now, null, behind));
        }
        audit.Add(db, actor, "invitation.revoked", About(invitation), revoked ? AuditOutcome.Done : AuditOutcome.Failed, new { Status = status, Result = words }, intent: intent);
        await db.SaveChangesAsync();
        await transaction.CommitAsync();
        return new RevokeResult(revoked, words);
    }

    private async Task<RevokeResult> SeenBeforeAsync(Guid invitationId, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var status = await db.Invitations.Where(i => i.Id == invitationId).Select(i => i.Status).SingleAsync(cancellationToken);
        return status == InvitationStatus.Revoked ? new RevokeResult(true, "Revoked.") : new RevokeResult(false, "This click is being carried out already.");
    }

    private async Task<long> IntentAsync(Guid commandId)
    {
        await using var db = await contexts.CreateDbContextAsync();
        return await db.AuditEntries.Where(e => e.CommandId == commandId).Select(e => e.Sequence).SingleAsync();
    }

    /// <summary>Whether an earlier click was cut off between asking Calendly and hearing its answer: then it was us who revoked it.</summary>
    private async Task<bool> WasAskedBeforeAsync(Guid invitationId, long intent)
    {
        var id = invitationId.ToString();
        await using var db = await contexts.CreateDbContextAsync();
        return await db.AuditEntries.AnyAsync(e => e.ObjectType == "invitation" && e.ObjectId == id && e.Action == Asked && e.Outcome == AuditOutcome.Done
            && e.Sequence < intent && !db.AuditEntries.Any(outcome => outcome.IntentSequence == e.Sequence));
    }

    private static AuditObject About(Invitation invitation) => new("invitation", invitation.Id.ToString(), $"Invitation of {invitation.Email}");
}
