using AdminPortal.Calendly;

namespace AdminPortal.Web.Features.Connections;

/// <summary>
/// Which needed scopes a personal access token has: Calendly does not say, so each is tried with a read that changes nothing. What only a
/// write could show is not known until it is used.
/// </summary>
public static class ScopeProbe
{
    public static async Task<(IReadOnlyList<string> Granted, IReadOnlyList<string> Unknown)> ReadAsync(CalendlyClient client, string user, string organization, CancellationToken cancellationToken)
    {
        // Whose account it is, and that it belongs to the organization, has been read with these two.
        List<string> granted = [Scopes.UsersRead, Scopes.OrganizationsRead], unknown = [Scopes.OrganizationsWrite];
        await TryAsync(Scopes.ScheduledEventsRead, () => client.ScheduledEvents.ListAsync(new ScheduledEventQuery(organization, user, Count: 1), cancellationToken));
        await TryAsync(Scopes.EventTypesRead, () => client.EventTypes.ListAsync(new EventTypeQuery(User: user, Count: 1), cancellationToken));
        await TryAsync(Scopes.WebhooksRead, () => client.Webhooks.ListAsync(new WebhookQuery(organization, WebhookScope.User, user, Count: 1), cancellationToken));
        await TryAsync(Scopes.GroupsRead, () => client.Groups.ListAsync(new GroupQuery(organization, Count: 1), cancellationToken));
        await TryAsync(Scopes.ActivityLogRead, () => client.ActivityLog.ListAsync(new ActivityLogQuery(organization, Count: 1), cancellationToken));
        return (granted, unknown);

        async Task TryAsync(string scope, Func<Task> read)
        {
            try
            {
                await read();
                granted.Add(scope);
            }
            catch (CalendlyException exception) when (exception.Failure == CalendlyFailure.InsufficientScope)
            {
            }
            // The plan may have no webhooks, groups or activity log, or Calendly a bad moment: neither says anything about the scope.
            catch (CalendlyException exception) when (exception.Failure != CalendlyFailure.Unauthenticated)
            {
                unknown.Add(scope);
            }
        }
    }
}
