using AdminPortal.Calendly;

namespace AdminPortal.Web.Features.Directory;

/// <summary>
/// Carries one claimed sweep from where it stands to its end: memberships, then invitations, a direct read of everybody who is missing, then
/// the new picture. Every step is stored before the next begins, so another worker can go on after any of them.
/// </summary>
public sealed class SweepRun(ISweepReader reader, SweepStaging staging, SweepDepartures departures, SweepPicture picture, TimeProvider clock)
{
    /// <summary>A sweep that has met something unforeseen again and again makes way for a new one.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromHours(6);

    /// <summary>Pages in a row that are empty, or begin and end as an earlier one: the cursor runs in a circle.</summary>
    private const int IdlePages = 3;

    private const string Circle = "Calendly's list leads back to pages that were read already, so its end cannot be found.";
    private const string NotUnderstood = "Calendly's list holds references that could not be understood.";

    /// <summary>To its end, or until it asks a person.</summary>
    /// <exception cref="SweepLostException">Another worker has taken it over.</exception>
    public async Task ToEndAsync(Sweep claim, CancellationToken cancellationToken)
    {
        try
        {
            if (clock.GetUtcNow() - (claim.DecidedAt ?? claim.StartedAt) > Longest) throw new SweepStoppedException($"It did not come to its end within {Longest.TotalHours} hours.");
            if (claim.Phase == SweepPhase.Memberships)
                await PagesAsync(claim.NextPageToken, token => MembershipPageAsync(claim, token, cancellationToken), m => m.Uri,
                    page => staging.MembershipsAsync(claim, page.Items, page.NextPageToken, cancellationToken));
            if (claim.Phase <= SweepPhase.Invitations)
                await PagesAsync(claim.Phase == SweepPhase.Invitations ? claim.NextPageToken : null, token => InvitationPageAsync(claim, token, cancellationToken), i => i.Uri,
                    page => staging.InvitationsAsync(claim, page.Items, page.NextPageToken, cancellationToken));
            if (claim.Phase <= SweepPhase.Comparing && !await departures.CompareAsync(claim, cancellationToken)) return;
            if (claim.Phase <= SweepPhase.Confirming) await ConfirmAsync(claim, cancellationToken);
            await picture.CompleteAsync(claim, cancellationToken);
        }
        catch (SweepStoppedException stopped)
        {
            if (stopped.InnerException is CalendlyException { Failure: CalendlyFailure.PermissionDenied }) await reader.LookAtOwnerAsync(claim, cancellationToken);
            await picture.PartialAsync(claim, stopped.Message, cancellationToken);
        }
    }

    /// <summary>Each page is stored while the next one is read, so that storing costs no time where the request budget decides.</summary>
    private static async Task PagesAsync<T>(string? token, Func<string?, Task<Page<T>>> readAsync, Func<T, string> uri, Func<Page<T>, Task> storeAsync)
    {
        var (tokens, ends) = (new HashSet<string>(StringComparer.Ordinal), new HashSet<(string, string)>());
        var storing = Task.CompletedTask;
        try
        {
            for (var idle = 0; ;)
            {
                if (token is not null && !tokens.Add(token)) throw new SweepStoppedException(Circle);
                var page = await readAsync(token);
                await storing;
                idle = page.Items is [var first, ..] && ends.Add((uri(first), uri(page.Items[^1]))) ? 0 : idle + 1;
                if (idle == IdlePages && page.NextPageToken is not null) throw new SweepStoppedException(Circle);
                storing = storeAsync(page);
                if (page.NextPageToken is null) break;
                token = page.NextPageToken;
            }
        }
        finally
        {
            // Nobody may go on with the sweep while a page is still on its way to the database.
            await storing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        await storing;
    }

    private async Task<Page<OrganizationMembership>> MembershipPageAsync(Sweep claim, string? token, CancellationToken cancellationToken)
    {
        var page = await reader.MembershipsAsync(claim, token, cancellationToken);
        foreach (var membership in page.Items) Check(claim, membership);
        if (token is null && page is { Items: [], NextPageToken: null })
            throw new SweepStoppedException("Calendly's list of members was empty, though every organization has an owner.");
        return page;
    }

    private async Task<Page<OrganizationInvitation>> InvitationPageAsync(Sweep claim, string? token, CancellationToken cancellationToken)
    {
        var page = await reader.InvitationsAsync(claim, token, cancellationToken);
        if (!page.Items.All(i => CalendlyUri.TryId(i.Uri, CalendlyKind.Invitation, out _))) throw new SweepStoppedException(NotUnderstood);
        return page;
    }

    private async Task ConfirmAsync(Sweep claim, CancellationToken cancellationToken)
    {
        while (await departures.SuspectsAsync(claim, cancellationToken) is { Count: > 0 } suspects)
        {
            foreach (var member in suspects)
            {
                var found = member.HasLeft ? null : await reader.MembershipAsync(claim, member, cancellationToken);
                if (found is null)
                {
                    await departures.LeftAsync(claim, member, cancellationToken);
                    continue;
                }
                Check(claim, found);
                await staging.FoundAsync(claim, member, found, cancellationToken);
            }
        }
        foreach (var invitation in await departures.InvitationsAsync(claim, cancellationToken))
        {
            if (await reader.InvitationAsync(claim, invitation, cancellationToken) is { } found) await staging.FoundAsync(claim, found, cancellationToken);
            else await departures.VanishedAsync(claim, invitation, cancellationToken);
        }
        await departures.ConfirmedAsync(claim, cancellationToken);
    }

    private static void Check(Sweep claim, OrganizationMembership membership)
    {
        if (membership.Organization != claim.OrganizationUri) throw new SweepStoppedException("Calendly's list holds members of another organization.");
        if (!CalendlyUri.TryId(membership.Uri, CalendlyKind.Membership, out _) || !CalendlyUri.TryId(membership.User.Uri, CalendlyKind.User, out _))
            throw new SweepStoppedException(NotUnderstood);
    }
}
