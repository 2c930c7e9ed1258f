namespace AdminPortal.Calendly;

/// <summary>
/// An organization. Calendly's API tells no seat counts.
/// <see href="https://developer.calendly.com/openapi/calendly-api.yaml"/> (GET /organizations/{uuid})
/// </summary>
/// <param name="Uri">https://api.calendly.com/organizations/…</param>
/// <param name="Kind">"single" or "multiple".</param>
/// <param name="Plan">For example "teams" or "enterprise".</param>
/// <param name="Stage">"trial", "free" or "paid".</param>
public sealed record Organization(
    string Uri,
    string? Name = null,
    string? Kind = null,
    string? Plan = null,
    string? Stage = null,
    DateTimeOffset? CreatedAt = null,
    DateTimeOffset? UpdatedAt = null);

/// <summary>The organization itself. Scope organizations:read.</summary>
public sealed class Organizations
{
    private readonly CalendlyApi api;

    internal Organizations(CalendlyApi api) => this.api = api;

    /// <summary>
    /// One organization. <see href="https://developer.calendly.com/openapi/calendly-api.yaml"/> (GET /organizations/{uuid})
    /// </summary>
    /// <exception cref="CalendlyException">PermissionDenied, NotFound.</exception>
    public async Task<Organization> GetAsync(string organizationUri, CancellationToken ct) =>
        await api.GetAsync(CalendlyUri.Path(organizationUri, CalendlyKind.Organization), CalendlyJson.Default.ResourceOrganization, ct);
}
