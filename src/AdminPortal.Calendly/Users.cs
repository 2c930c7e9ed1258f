namespace AdminPortal.Calendly;

/// <summary>
/// A person at Calendly. The role is not here but on the membership.
/// <see href="https://developer.calendly.com/api-docs/calendly-api/users/get-user"/>
/// </summary>
/// <param name="Uri">https://api.calendly.com/users/…</param>
/// <param name="Timezone">IANA name, for example Europe/Berlin.</param>
/// <param name="TimeNotation">"12h" or "24h"; may be missing.</param>
/// <param name="CreatedAt">UTC, microseconds.</param>
/// <param name="CurrentOrganization">https://api.calendly.com/organizations/…</param>
public sealed record User(
    string Uri,
    string Name,
    string Email,
    string CurrentOrganization,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    string? Slug = null,
    string? SchedulingUrl = null,
    string? Timezone = null,
    string? TimeNotation = null,
    string? AvatarUrl = null,
    string? Locale = null,
    string? ResourceType = null);

/// <summary>People. Scope users:read. There is no list of users: see <see cref="Memberships"/>.</summary>
public sealed class Users
{
    private readonly CalendlyApi api;

    internal Users(CalendlyApi api) => this.api = api;

    /// <summary>
    /// Whose token this is. <see href="https://developer.calendly.com/api-docs/calendly-api/users/get-current-user"/>
    /// </summary>
    /// <exception cref="CalendlyException">Unauthenticated, InsufficientScope, and what any call may meet.</exception>
    public Task<User> MeAsync(CancellationToken ct) => api.GetAsync("users/me", CalendlyJson.Default.ResourceUser, ct);

    /// <summary>
    /// One user. <see href="https://developer.calendly.com/api-docs/calendly-api/users/get-user"/>
    /// </summary>
    /// <exception cref="CalendlyException">PermissionDenied for somebody of another organization; NotFound.</exception>
    public async Task<User> GetAsync(string userUri, CancellationToken ct) =>
        await api.GetAsync(CalendlyUri.Path(userUri, CalendlyKind.User), CalendlyJson.Default.ResourceUser, ct);
}
