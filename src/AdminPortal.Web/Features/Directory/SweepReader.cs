using AdminPortal.Calendly;
using AdminPortal.Web.Features.Connections;
using AdminPortal.Web.Security;

namespace AdminPortal.Web.Features.Directory;

/// <summary>The sweep cannot go on; the message says why, in words for people.</summary>
public sealed class SweepStoppedException(string problem, Exception? inner = null) : Exception(problem, inner);

/// <summary>What a sweep reads of an organization.</summary>
public interface ISweepReader
{
    Task<Page<OrganizationMembership>> MembershipsAsync(Sweep claim, string? pageToken, CancellationToken cancellationToken);

    Task<Page<OrganizationInvitation>> InvitationsAsync(Sweep claim, string? pageToken, CancellationToken cancellationToken);

    /// <returns>Null when Calendly says that there is no such membership.</returns>
    Task<OrganizationMembership?> MembershipAsync(Sweep claim, Missing missing, CancellationToken cancellationToken);

    /// <returns>Null when Calendly says that there is no such invitation.</returns>
    Task<OrganizationInvitation?> InvitationAsync(Sweep claim, MissingInvitation missing, CancellationToken cancellationToken);

    /// <summary>The lists are refused to whoever is not admin. Whether that has become of the connection's owner no list will say: their own membership does.</summary>
    Task LookAtOwnerAsync(Sweep claim, CancellationToken cancellationToken);
}

/// <summary>
/// Reads from Calendly for one claimed sweep: holds the lease while an answer is awaited, tries again a few times what may pass, and turns
/// everything else into words.
/// </summary>
public sealed class SweepReader(CalendlyAccess calendly, AccountLook accounts, SweepLease lease, TimeProvider clock) : ISweepReader
{
    public const int PageSize = 100;
    private const int Attempts = 3;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    public Task<Page<OrganizationMembership>> MembershipsAsync(Sweep claim, string? pageToken, CancellationToken cancellationToken) =>
        ReadAsync(claim, "the list of members", (client, token) =>
            client.Memberships.ListAsync(new MembershipQuery(Organization: claim.OrganizationUri, Count: PageSize, PageToken: pageToken), token), cancellationToken);

    public Task<Page<OrganizationInvitation>> InvitationsAsync(Sweep claim, string? pageToken, CancellationToken cancellationToken) =>
        ReadAsync(claim, "the list of invitations", (client, token) =>
            client.Invitations.ListAsync(new InvitationQuery(claim.OrganizationUri, Count: PageSize, PageToken: pageToken), token), cancellationToken);

    public Task<OrganizationMembership?> MembershipAsync(Sweep claim, Missing missing, CancellationToken cancellationToken) =>
        ReadAsync(claim, $"the membership of {missing.Name}", (client, token) => OrGoneAsync(client.Memberships.GetAsync(missing.Uri, token)), cancellationToken);

    public Task<OrganizationInvitation?> InvitationAsync(Sweep claim, MissingInvitation missing, CancellationToken cancellationToken) =>
        ReadAsync(claim, $"the invitation of {missing.Email}", (client, token) => OrGoneAsync(client.Invitations.GetAsync(missing.Uri, token)), cancellationToken);

    private static async Task<T?> OrGoneAsync<T>(Task<T> reading) where T : class
    {
        try
        {
            return await reading;
        }
        catch (CalendlyException exception) when (exception.Failure == CalendlyFailure.NotFound)
        {
            return null;
        }
    }

    public async Task LookAtOwnerAsync(Sweep claim, CancellationToken cancellationToken)
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

    private async Task<T> ReadAsync<T>(Sweep claim, string what, Func<CalendlyClient, CancellationToken, Task<T>> read, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await HoldingAsync(claim, token => read(calendly.For(claim.ConnectionId, Lane.Background), token), cancellationToken);
            }
            catch (ConnectionUnusableException exception) when (!exception.IsTemporary || attempt == Attempts)
            {
                throw new SweepStoppedException($"The connection that reads the directory does not work. {exception.Message}", exception);
            }
            catch (CalendlyException exception) when (exception.Failure != CalendlyFailure.Unreadable || attempt == Attempts)
            {
                throw new SweepStoppedException(Words(exception, what), exception);
            }
            catch (Exception exception) when (exception is CalendlyException or ConnectionUnusableException)
            {
                // Half an answer, or a connection that is just being renewed. The connection itself repeats what had no answer at all.
                await Task.Delay(Pause * attempt, clock, cancellationToken);
            }
        }
    }

    /// <summary>Extends the lease while the work takes its time; stops the work when the lease is lost.</summary>
    private async Task<T> HoldingAsync<T>(Sweep claim, Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = work(stop.Token);
        try
        {
            while (await Task.WhenAny(running, Task.Delay(lease.Length / 3, clock, stop.Token)) != running) await lease.ExtendAsync(claim, cancellationToken);
            return await running;
        }
        finally
        {
            await stop.CancelAsync();
            await ((Task)running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static string Words(CalendlyException exception, string what) => exception.Failure switch
    {
        CalendlyFailure.RateLimited => $"Calendly asks us to slow down; {what} could not be read.",
        CalendlyFailure.ServerError => $"Calendly had an error of its own ({(int?)exception.Status}) when {what} was read.",
        CalendlyFailure.Unreachable => $"Calendly did not answer when {what} was read.",
        CalendlyFailure.Unreadable => $"Calendly's answer could not be understood when {what} was read.",
        CalendlyFailure.InsufficientScope => $"Calendly refused {what}: the connection lacks {string.Join(", ", exception.RequiredScopes)}.",
        CalendlyFailure.Unauthenticated => $"Calendly no longer accepts the connection with which {what} is read.",
        CalendlyFailure.InvalidArgument => $"Calendly lost the place in {what}. The next sync starts from its beginning.",
        _ => $"Calendly refused {what}: {exception.CalendlyMessage ?? exception.Title ?? exception.Failure.ToString()}",
    };
}
