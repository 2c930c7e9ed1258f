using AdminPortal.Calendly;
using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Connections;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Web.Features.Removals;

/// <summary>
/// Counts what a removal would break, on the directory connection. Counts and dates only; titles and invitees are never read.
/// What cannot be read is unknown and says why; it is never none.
/// </summary>
public sealed class ImpactReader(IDbContextFactory<PortalDbContext> contexts, CalendlyAccess calendly, TimeProvider clock)
{
    /// <param name="lane">People when somebody is looking at it, Background when it is read for later.</param>
    public async Task<Impact> ReadAsync(string userUri, Lane lane, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var organization = await db.Organizations.AsNoTracking().SingleOrDefaultAsync(cancellationToken);
        if (organization is null) return Unknown("no Calendly account is connected");
        try
        {
            var client = calendly.For(organization.DirectoryConnectionId, lane);
            var meetings = await client.ScheduledEvents.SummarizeUpcomingAsync(organization.Uri, userUri, clock.GetUtcNow(), cancellationToken);
            var eventTypes = await client.EventTypes.CountOwnedAsync(userUri, cancellationToken);
            int? webhooks;
            try
            {
                webhooks = (await client.Webhooks.CountCreatedByAsync(organization.Uri, userUri, cancellationToken)).Count;
            }
            // Webhooks exist on paid plans only; without them nothing can break.
            catch (CalendlyException exception) when (exception.Failure is CalendlyFailure.PermissionDenied)
            {
                webhooks = null;
            }
            return new Impact(meetings.Count, meetings.Next, meetings.Last, meetings.HostedAlone, eventTypes.Count, webhooks, null);
        }
        catch (CalendlyException exception)
        {
            return Unknown(CalendlyWords.Why(exception), exception.Failure is CalendlyFailure.Unreachable or CalendlyFailure.ServerError or CalendlyFailure.RateLimited or CalendlyFailure.Unreadable);
        }
        catch (ConnectionUnusableException exception)
        {
            return Unknown(exception.Message, exception.IsTemporary);
        }
    }

    /// <summary>Reads one item's impact and freezes it; false when there was none to read.</summary>
    public async Task<bool> FreezeNextAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var next = await db.RemovalItems.AsNoTracking().Where(i => i.State == ItemState.Pending && i.ImpactReadAt == null)
            .OrderBy(i => i.Id).Select(i => new { i.Id, i.UserUri }).FirstOrDefaultAsync(cancellationToken);
        if (next is null) return false;
        var impact = await ReadAsync(next.UserUri, Lane.People, cancellationToken);
        if (impact.IsPassing) return false;
        var item = await db.RemovalItems.SingleAsync(i => i.Id == next.Id, cancellationToken);
        // Another instance may have been faster, and somebody may have decided meanwhile: the first reading stays.
        if (item.ImpactReadAt is not null || item.State != ItemState.Pending) return true;
        item.FreezeImpact(impact, clock.GetUtcNow());
        try
        {
            await db.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateConcurrencyException)
        {
            // The row moved between the read and the write; the next round looks again.
        }
        return true;
    }

    private static Impact Unknown(string why, bool passing = false) => new(null, null, null, null, null, null, why, passing);
}
