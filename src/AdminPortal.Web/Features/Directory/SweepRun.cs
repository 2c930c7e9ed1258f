using AdminPortal.Calendly;
using AdminPortal.Web.Features.Connections;
using AdminPortal.Web.Security;

namespace AdminPortal.Web.Features.Directory;

/// <summary>
/// Carries one claimed sweep from where it stands to its end: memberships, invitations, a direct read of everybody who is missing, then
/// the new picture. Every step is stored before the next begins, so another worker can go on after any of them.
/// </summary>
public sealed class SweepRun(SweepReader reader, SweepStaging staging, SweepDepartures departures, SweepPicture picture, AccountLook accounts, TimeProvider clock)
{
    /// <summary>A sweep that has met something unforeseen again and again makes way for a new one.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromHours(6);

    /// <summary>Pages in a row that bring nothing new: the cursor runs in a circle.</summary>
    private const int IdlePages = 3;

    private const string Circle = "Calendly's list leads back to pages that were read already, so its end cannot be found.";

    /// <exception cref="SweepLostException">Another worker has taken it over.</exception>
    public async Task ToEndAsync(Sweep claim, CancellationToken cancellationToken)
    {
        try
        {
            if (clock.GetUtcNow() - claim.StartedAt > Longest) throw new SweepStoppedException($"It did not come to its end within {Longest.TotalHours} hours.");
            var (phase, token) = (claim.Phase, claim.NextPageToken);
            if (phase == SweepPhase.Memberships)
            {
                await PagesAsync(token, next => MembershipPageAsync(claim, next, cancellationToken));
                (phase, token) = (SweepPhase.Invitations, null);
            }
            if (phase == SweepPhase.Invitations) await PagesAsync(token, next => InvitationPageAsync(claim, next, cancellationToken));
            await ConfirmAsync(claim, cancellationToken);
            await picture.CompleteAsync(claim, cancellationToken);
        }
        catch (SweepStoppedException stopped)
        {
            if (stopped.InnerException is CalendlyException { Failure: CalendlyFailure.PermissionDenied }) await LookAtOwnerAsync(claim, cancellationToken);
            await picture.PartialAsync(claim, stopped.Message, cancellationToken);
        }
    }

    /// <summary>The lists are refused to whoever is not admin. Whether that has become of the connection's owner no list will say: their own membership does.</summary>
    private async Task LookAtOwnerAsync(Sweep claim, CancellationToken cancellationToken)
    {
        try
        {
            await accounts.LookAsync(claim.ConnectionId, Lane.Background, Actor.Portal, cancellationToken);
        }
        catch (Exception exception) when (exception is CalendlyException or ConnectionUnusableException)
        {
            // Not known: the next sweep asks again.
        }
    }

    private static async Task PagesAsync(string? token, Func<string?, Task<(int Added, int Read, string? Next)>> readAsync)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var idle = 0; ;)
        {
            if (token is not null && !seen.Add(token)) throw new SweepStoppedException(Circle);
            var (added, read, next) = await readAsync(token);
            idle = added == 0 && read > 0 ? idle + 1 : 0;
            if (next is null) return;
            if (idle == IdlePages) throw new SweepStoppedException(Circle);
            token = next;
        }
    }

    private async Task<(int, int, string?)> MembershipPageAsync(Sweep claim, string? token, CancellationToken cancellationToken)
    {
        var page = await reader.MembershipsAsync(claim, token, cancellationToken);
        if (page.Items.Any(m => m.Organization != claim.OrganizationUri)) throw new SweepStoppedException("Calendly's list holds members of another organization.");
        if (!page.Items.All(m => CalendlyUri.TryId(m.Uri, CalendlyKind.Membership, out _) && CalendlyUri.TryId(m.User.Uri, CalendlyKind.User, out _)))
            throw new SweepStoppedException("Calendly's list holds references that could not be understood.");
        if (token is null && page is { Items: [], NextPageToken: null })
            throw new SweepStoppedException("Calendly's list of members was empty, though every organization has an owner.");
        var added = await staging.MembershipsAsync(claim, [.. page.Items.Select(m => Staged(claim, m))], page.NextPageToken, cancellationToken);
        return (added, page.Items.Count, page.NextPageToken);
    }

    private async Task<(int, int, string?)> InvitationPageAsync(Sweep claim, string? token, CancellationToken cancellationToken)
    {
        var page = await reader.InvitationsAsync(claim, token, cancellationToken);
        var added = await staging.InvitationsAsync(claim, [.. page.Items.Select(i => Staged(claim, i))], page.NextPageToken, cancellationToken);
        return (added, page.Items.Count, page.NextPageToken);
    }

    private async Task ConfirmAsync(Sweep claim, CancellationToken cancellationToken)
    {
        var missing = await departures.MissingAsync(claim, cancellationToken);
        if (await departures.WhyTooManyAsync(claim, missing, cancellationToken) is { } tooMany) throw new SweepStoppedException(tooMany);
        foreach (var member in missing)
        {
            if (await reader.MembershipAsync(claim, member, cancellationToken) is { } found) await staging.FoundAsync(claim, Staged(claim, found), cancellationToken);
            else await departures.LeftAsync(claim, member, cancellationToken);
        }
    }

    private static StagedMembership Staged(Sweep claim, OrganizationMembership membership) => new()
    {
        SweepId = claim.Id,
        Uri = membership.Uri,
        UserUri = membership.User.Uri,
        Role = membership.Role,
        Name = membership.User.Name,
        Email = membership.User.Email,
        SchedulingUrl = membership.User.SchedulingUrl,
        TimeZone = membership.User.Timezone,
        JoinedAt = membership.CreatedAt,
        UpdatedAt = membership.UpdatedAt,
    };

    private static StagedInvitation Staged(Sweep claim, OrganizationInvitation invitation) => new()
    {
        SweepId = claim.Id,
        Uri = invitation.Uri,
        Email = invitation.Email,
        Status = invitation.Status,
        UserUri = invitation.User,
        CreatedAt = invitation.CreatedAt,
        UpdatedAt = invitation.UpdatedAt,
        LastSentAt = invitation.LastSentAt,
    };
}
