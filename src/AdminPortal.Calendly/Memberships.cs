namespace AdminPortal.Calendly;

/// <summary>Roles that Calendly documents; an unknown one is kept as it came.</summary>
public static class MembershipRole
{
    public const string Owner = "owner";
    public const string Admin = "admin";
    public const string User = "user";
}

/// <summary>The person of a membership: a <see cref="User"/> without organization and resource type.</summary>
public sealed record MembershipUser(
    string Uri,
    string Name,
    string Email,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    string? Slug = null,
    string? SchedulingUrl = null,
    string? Timezone = null,
    string? TimeNotation = null,
    string? AvatarUrl = null,
    string? Locale = null);

/// <summary>
/// That a person belongs to an organization, and as what.
/// <see href="https://developer.calendly.com/api-docs/calendly-api/organizations/get-organization-membership"/>
/// </summary>
/// <param name="Uri">https://api.calendly.com/organization_memberships/…</param>
/// <param name="Role">One of <see cref="MembershipRole"/>, or something newer.</param>
/// <param name="Organization">https://api.calendly.com/organizations/…</param>
public sealed record OrganizationMembership(
    string Uri,
    string Role,
    MembershipUser User,
    string Organization,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt);

/// <summary>What to list. With neither organization nor user Calendly answers with the caller's own membership.</summary>
/// <param name="Organization">Full URI. The whole organization: only for its admins and owner.</param>
/// <param name="User">Full URI of one person.</param>
/// <param name="Email">Exact address of one person.</param>
/// <param name="Role">One of <see cref="MembershipRole"/>.</param>
/// <param name="Count">Rows per page, 1 to 100.</param>
/// <param name="PageToken">From the page before.</param>
public sealed record MembershipQuery(
    string? Organization = null,
    string? User = null,
    string? Email = null,
    string? Role = null,
    int Count = 100,
    string? PageToken = null);

/// <summary>Who belongs to the organization. Roles can't be changed over this API.</summary>
public sealed class Memberships
{
    private readonly CalendlyApi api;

    internal Memberships(CalendlyApi api) => this.api = api;

    /// <summary>
    /// One page of memberships. Scope organizations:read.
    /// <see href="https://developer.calendly.com/api-docs/calendly-api/organizations/list-organization-memberships"/>
    /// </summary>
    /// <exception cref="CalendlyException">PermissionDenied ("This user is not in your organization"), InvalidArgument.</exception>
    public async Task<Page<OrganizationMembership>> ListAsync(MembershipQuery query, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(query);
        var request = new QueryText("organization_memberships")
            .Reference("organization", query.Organization, CalendlyKind.Organization)
            .Reference("user", query.User, CalendlyKind.User)
            .Text("email", query.Email)
            .Text("role", query.Role)
            .Page(query.Count, query.PageToken);
        return await api.ListAsync(request, CalendlyJson.Default.CollectionOrganizationMembership, ct);
    }

    /// <summary>
    /// One membership. Scope organizations:read.
    /// <see href="https://developer.calendly.com/api-docs/calendly-api/organizations/get-organization-membership"/>
    /// </summary>
    /// <exception cref="CalendlyException">NotFound once it is gone; PermissionDenied for another organization's.</exception>
    public async Task<OrganizationMembership> GetAsync(string membershipUri, CancellationToken ct) =>
        await api.GetAsync(CalendlyUri.Path(membershipUri, CalendlyKind.Membership), CalendlyJson.Default.ResourceOrganizationMembership, ct);

    /// <summary>
    /// Takes a person out of the organization. There is no undo, and the seat stays paid. Scope organizations:write.
    /// <see href="https://developer.calendly.com/api-docs/269e89d9f559f-remove-user-from-organization"/>
    /// </summary>
    /// <exception cref="CalendlyException">
    /// PermissionDenied with Calendly's reason ("You can not change owner role", "You can not remove yourself from
    /// organization", "You cannot modify members from another organization", "You do not have permission to perform this
    /// action"); NotFound; ScimEnforced. After Unreachable, Unreadable or ServerError the outcome is unknown: read again.
    /// </exception>
    public async Task RemoveAsync(string membershipUri, CancellationToken ct) =>
        await api.DeleteAsync(CalendlyUri.Path(membershipUri, CalendlyKind.Membership), ct);
}
