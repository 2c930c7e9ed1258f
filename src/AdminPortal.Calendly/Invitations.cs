namespace AdminPortal.Calendly;

/// <summary>Statuses that Calendly documents; a revoked invitation simply disappears. An unknown one is kept as it came.</summary>
public static class InvitationStatus
{
    public const string Pending = "pending";
    public const string Accepted = "accepted";
    public const string Declined = "declined";
}

/// <summary>
/// An invitation to an organization. <see href="https://developer.calendly.com/openapi/calendly-api.yaml"/>
/// (GET /organizations/{org_uuid}/invitations/{uuid})
/// </summary>
/// <param name="Uri">https://api.calendly.com/organizations/…/invitations/…</param>
/// <param name="Status">One of <see cref="InvitationStatus"/>, or something newer.</param>
/// <param name="LastSentAt">When the mail last went out; Calendly reminds once by itself.</param>
/// <param name="User">https://api.calendly.com/users/…; missing until accepted.</param>
public sealed record OrganizationInvitation(
    string Uri,
    string Organization,
    string Email,
    string Status,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    DateTimeOffset? LastSentAt = null,
    string? User = null);

/// <summary>What to list.</summary>
/// <param name="Organization">Full URI.</param>
/// <param name="Email">Exact address.</param>
/// <param name="Status">One of <see cref="InvitationStatus"/>.</param>
/// <param name="Sort">"created_at:asc" (Calendly's default) or "created_at:desc".</param>
/// <param name="Count">Rows per page, 1 to 100.</param>
/// <param name="PageToken">From the page before.</param>
public sealed record InvitationQuery(
    string Organization,
    string? Email = null,
    string? Status = null,
    string? Sort = null,
    int Count = 100,
    string? PageToken = null);

/// <summary>The body of an invitation: an address, and nothing else is accepted.</summary>
internal sealed record InvitationBody(string Email);

/// <summary>Who was invited. Only for admins and the owner.</summary>
public sealed class Invitations
{
    private readonly CalendlyApi api;

    internal Invitations(CalendlyApi api) => this.api = api;

    /// <summary>
    /// One page of invitations. Scope organizations:read.
    /// <see href="https://developer.calendly.com/api-docs/3ad68ee2cc606-list-organization-invitations"/>
    /// </summary>
    /// <exception cref="CalendlyException">PermissionDenied, NotFound, InvalidArgument.</exception>
    public async Task<Page<OrganizationInvitation>> ListAsync(InvitationQuery query, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(query);
        var request = new QueryText($"{CalendlyUri.Path(query.Organization, CalendlyKind.Organization)}/invitations")
            .Text("email", query.Email)
            .Text("status", query.Status)
            .Text("sort", query.Sort)
            .Page(query.Count, query.PageToken);
        return await api.ListAsync(request, CalendlyJson.Default.CollectionOrganizationInvitation, ct);
    }

    /// <summary>
    /// One invitation. Scope organizations:read. <see href="https://developer.calendly.com/openapi/calendly-api.yaml"/>
    /// (GET /organizations/{org_uuid}/invitations/{uuid})
    /// </summary>
    /// <exception cref="CalendlyException">NotFound once it is revoked; PermissionDenied.</exception>
    public async Task<OrganizationInvitation> GetAsync(string invitationUri, CancellationToken ct) =>
        await api.GetAsync(CalendlyUri.Path(invitationUri, CalendlyKind.Invitation), CalendlyJson.Default.ResourceOrganizationInvitation, ct);

    /// <summary>
    /// Invites an address; Calendly sends the mail. Role, group and name can't be given. Scope organizations:write.
    /// <see href="https://developer.calendly.com/api-docs/calendly-api/organizations/create-organization-invitation"/>
    /// </summary>
    /// <exception cref="CalendlyException">
    /// InvalidEmail, InvalidArgument (blank), AlreadyMember, AlreadyInvited, RaceCondition, NoSeats, ScimEnforced,
    /// PermissionDenied, NotFound. After Unreachable, Unreadable or ServerError the outcome is unknown: list again.
    /// </exception>
    public async Task<OrganizationInvitation> CreateAsync(string organizationUri, string email, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(email);
        var path = $"{CalendlyUri.Path(organizationUri, CalendlyKind.Organization)}/invitations";
        return await api.PostAsync(
            path, new InvitationBody(email), CalendlyJson.Default.InvitationBody, CalendlyJson.Default.ResourceOrganizationInvitation, ct);
    }

    /// <summary>
    /// Takes a pending invitation back; it disappears. Scope organizations:write.
    /// <see href="https://developer.calendly.com/openapi/calendly-api.yaml"/> (DELETE /organizations/{org_uuid}/invitations/{uuid})
    /// </summary>
    /// <exception cref="CalendlyException">InvitationAlreadyAccepted, ScimEnforced, PermissionDenied, NotFound.</exception>
    public async Task RevokeAsync(string invitationUri, CancellationToken ct) =>
        await api.DeleteAsync(CalendlyUri.Path(invitationUri, CalendlyKind.Invitation), ct);
}
