namespace AdminPortal.Calendly;

/// <summary>How far a webhook subscription reaches.</summary>
public static class WebhookScope
{
    public const string Organization = "organization";
    public const string User = "user";
    public const string Group = "group";
}

/// <summary>
/// A webhook subscription, without its callback URL, which may hold somebody's secret.
/// <see href="https://developer.calendly.com/api-docs/faac832d7c57d-list-webhook-subscriptions"/>
/// </summary>
/// <param name="Uri">https://api.calendly.com/webhook_subscriptions/…</param>
/// <param name="State">"active" or "disabled".</param>
/// <param name="Creator">https://api.calendly.com/users/…: whose leaving ends it.</param>
public sealed record WebhookSubscription(
    string Uri,
    string State,
    string Scope,
    IReadOnlyList<string>? Events = null,
    string? Organization = null,
    string? User = null,
    string? Group = null,
    string? Creator = null,
    DateTimeOffset? CreatedAt = null,
    DateTimeOffset? UpdatedAt = null,
    DateTimeOffset? RetryStartedAt = null);

/// <summary>What to list.</summary>
/// <param name="Organization">Full URI; required.</param>
/// <param name="Scope">One of <see cref="WebhookScope"/>; required.</param>
/// <param name="User">Full URI; required with scope user.</param>
/// <param name="Group">Full URI; required with scope group.</param>
/// <param name="Count">Rows per page, 1 to 100.</param>
/// <param name="PageToken">From the page before.</param>
public sealed record WebhookQuery(
    string Organization,
    string Scope,
    string? User = null,
    string? Group = null,
    int Count = 100,
    string? PageToken = null);

/// <summary>Webhook subscriptions. Scope webhooks:read.</summary>
public sealed class Webhooks
{
    /// <summary>A count reads at most this many pages of 100 of each scope.</summary>
    public const int MaxPages = 5;

    private readonly CalendlyApi api;

    internal Webhooks(CalendlyApi api) => this.api = api;

    /// <summary>One page of subscriptions. <see href="https://developer.calendly.com/api-docs/faac832d7c57d-list-webhook-subscriptions"/></summary>
    /// <exception cref="CalendlyException">PermissionDenied, also where the plan has no webhooks; the message says so.</exception>
    public async Task<Page<WebhookSubscription>> ListAsync(WebhookQuery query, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(query);
        CalendlyUri.Check(query.Organization, CalendlyKind.Organization);
        var request = new QueryText("webhook_subscriptions")
            .Reference("organization", query.Organization, CalendlyKind.Organization)
            .Text("scope", query.Scope)
            .Reference("user", query.User, CalendlyKind.User)
            .Reference("group", query.Group, CalendlyKind.Group)
            .Page(query.Count, query.PageToken);
        return await api.ListAsync(request, CalendlyJson.Default.CollectionWebhookSubscription, ct);
    }

    /// <summary>
    /// How many subscriptions end with this person: those that they created for the organization, and those of their own.
    /// Subscriptions of a group are not looked at.
    /// <see href="https://developer.calendly.com/api-docs/faac832d7c57d-list-webhook-subscriptions"/>
    /// </summary>
    /// <exception cref="CalendlyException">As <see cref="ListAsync"/>.</exception>
    public async Task<BoundedCount> CountCreatedByAsync(string organizationUri, string userUri, CancellationToken ct)
    {
        CalendlyUri.Check(organizationUri, CalendlyKind.Organization);
        CalendlyUri.Check(userUri, CalendlyKind.User);
        var shared = await ReadAsync(new WebhookQuery(organizationUri, WebhookScope.Organization));
        var own = await ReadAsync(new WebhookQuery(organizationUri, WebhookScope.User, userUri));
        var count = shared.Items.Concat(own.Items)
            .Where(hook => hook.Creator == userUri || hook.User == userUri)
            .DistinctBy(hook => hook.Uri)
            .Count();
        return new BoundedCount(count, shared.Capped || own.Capped);

        Task<(IReadOnlyList<WebhookSubscription> Items, bool Capped)> ReadAsync(WebhookQuery query) =>
            CalendlyApi.ReadPagesAsync(token => ListAsync(query with { PageToken = token }, ct), hook => hook.Uri, MaxPages);
    }
}
