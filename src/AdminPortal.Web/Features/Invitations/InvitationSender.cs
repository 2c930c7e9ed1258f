using AdminPortal.Calendly;
using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Connections;
using AdminPortal.Web.Security;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Web.Features.Invitations;

/// <summary>
/// Carries one claimed address to its outcome: intent, call, outcome. Where an earlier call may have taken effect, Calendly's list is read
/// before anything is sent again.
/// </summary>
public sealed class InvitationSender(IDbContextFactory<PortalDbContext> contexts, CalendlyAccess calendly, InvitationLedger ledger, TimeProvider clock)
{
    private const string Unanswered = "Calendly did not answer. We do not know yet whether it was sent; the invitation list is read before anything is sent again.";
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan TryAgain = TimeSpan.FromSeconds(20);
    /// <summary>How far Calendly's clock may be behind ours.</summary>
    private static readonly TimeSpan ClockDifference = TimeSpan.FromMinutes(5);

    public async Task SendAsync(InvitationSend send, CancellationToken cancellationToken)
    {
        var (sender, organization) = await ReadAsync(send, cancellationToken);
        var client = calendly.For(send.ConnectionId, Lane.People);
        var actor = Actor.Portal with { PersonId = sender.Id };
        try
        {
            if (send.AttemptedAt is { } attempted && await FindAsync(client, organization, send.Email, attempted, cancellationToken) is { } found)
            {
                await ledger.SentAsync(send, actor, organization, found, null);
                return;
            }
            // Rights count at the moment of the action, too.
            if (!sender.Can(Permission.Invite))
            {
                await ledger.RefusedAsync(send, actor, $"{sender.Name} may no longer invite people. Nothing was sent.", null);
                return;
            }
        }
        catch (Exception exception) when (exception is CalendlyException or ConnectionUnusableException)
        {
            // Nothing was sent now, and what an earlier call did is still open.
            await ledger.LaterAsync(send, actor, exception is ConnectionUnusableException ? exception.Message : Unanswered, TryAgain, send.AttemptedAt, null);
            return;
        }
        await PostAsync(client, send, actor, organization, mayRepeat: true, cancellationToken);
    }

    private async Task PostAsync(CalendlyClient client, InvitationSend send, Actor actor, string organization, bool mayRepeat, CancellationToken cancellationToken)
    {
        var attempt = clock.GetUtcNow();
        if (await ledger.IntendAsync(send, actor, attempt, cancellationToken) is not { } intent) return;
        try
        {
            var invitation = await client.Invitations.CreateAsync(organization, send.Email, cancellationToken);
            await ledger.SentAsync(send, actor, organization, invitation, intent);
        }
        catch (ConnectionUnusableException unusable)
        {
            // Thrown before anything was sent, or after a 401: nothing happened.
            await ledger.LaterAsync(send, actor, unusable.Message, TryAgain, null, intent);
        }
        catch (CalendlyException exception) when (exception.Failure == CalendlyFailure.RateLimited)
        {
            var wait = exception.RetryAfter ?? RetryAfter.Default;
            await ledger.LaterAsync(send, actor, "Calendly asks us to slow down. This goes out by itself.", wait, null, intent);
        }
        catch (CalendlyException exception) when (exception.Failure == CalendlyFailure.RaceCondition && mayRepeat)
        {
            await ledger.LaterAsync(send, actor, "Calendly asked to try again.", TryAgain, null, intent);
            await PostAsync(client, send, actor, organization, mayRepeat: false, cancellationToken);
        }
        catch (CalendlyException exception) when (exception.Failure == CalendlyFailure.AlreadyInvited && send.AttemptedAt is not null)
        {
            // It may be our own, from the call that nobody answered, arrived meanwhile; the list says. An older one is somebody else's.
            if (await FindAsync(client, organization, send.Email, send.AttemptedAt.Value, cancellationToken) is { } own) await ledger.SentAsync(send, actor, organization, own, intent);
            else await ledger.RefusedAsync(send, actor, InvitationWords.Refusal(exception) ?? "Already invited.", intent);
        }
        catch (CalendlyException exception) when (InvitationWords.Refusal(exception) is { } words)
        {
            await ledger.RefusedAsync(send, actor, words, intent);
        }
        catch (CalendlyException)
        {
            await ledger.LaterAsync(send, actor, Unanswered, LookAgain, send.AttemptedAt ?? attempt, intent);
        }
    }

    /// <summary>The invitation that a call since then created; null when there is none.</summary>
    private static async Task<OrganizationInvitation?> FindAsync(
        CalendlyClient client, string organization, string email, DateTimeOffset since, CancellationToken cancellationToken)
    {
        var page = await client.Invitations.ListAsync(new InvitationQuery(organization, Email: email, Sort: "created_at:desc"), cancellationToken);
        return page.Items.FirstOrDefault(i => string.Equals(i.Email, email, StringComparison.OrdinalIgnoreCase) && i.CreatedAt >= since - ClockDifference);
    }

    private async Task<(Person Sender, string Organization)> ReadAsync(InvitationSend send, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var sender = await db.People.AsNoTracking().SingleAsync(p => p.Id == send.SenderId, cancellationToken);
        return (sender, await db.Connections.Where(c => c.Id == send.ConnectionId).Select(c => c.OrganizationUri).SingleAsync(cancellationToken));
    }
}
