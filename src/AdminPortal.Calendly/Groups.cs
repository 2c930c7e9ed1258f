namespace AdminPortal.Calendly;

/// <summary>
/// People that are administered together. <see href="https://developer.calendly.com/api-docs/calendly-api/groups/get-group"/>
/// </summary>
/// <param name="Uri">https://api.calendly.com/groups/…</param>
/// <param name="Organization">https://api.calendly.com/organizations/…</param>
/// <param name="MemberCount">May be missing.</param>
public sealed record Group(
    string Uri,
    string Name,
    string? Organization = null,
    int? MemberCount = null,
    DateTimeOffset? CreatedAt = null,
    DateTimeOffset? UpdatedAt = null);

/// <summary>Roles within a group that Calendly documents; an unknown one is kept as it came.</summary>
public static class GroupRole
{
    public const string Member = "member";
    public const string Admin = "admin";
}

/// <summary>
/// Who is in a group: a member of the organization or somebody invited. <paramref name="Type"/> "OrganizationMembership"
/// (then with a user) or "OrganizationInvitation" (then with an address), <paramref name="Uri"/> that one's URI.
/// </summary>
public sealed record GroupOwner(string Type, string Uri, MembershipUser? User = null, string? Email = null);

/// <summary>
/// That somebody belongs to a group or leads it. A person has one relationship as member at most, but any number as admin.
/// <see href="https://developer.calendly.com/api-docs/calendly-api/groups/get-group-relationship"/>
/// </summary>
/// <param name="Uri">https://api.calendly.com/group_relationships/…</param>
/// <param name="Role">One of <see cref="GroupRole"/>, or something newer.</param>
/// <param name="Group">https://api.calendly.com/groups/…</param>
/// <param name="Organization">https://api.calendly.com/organizations/…</param>
public sealed record GroupRelationship(
    string Uri,
    string Role,
    GroupOwner Owner,
    string Group,
    string? Organization = null,
    DateTimeOffset? CreatedAt = null,
    DateTimeOffset? UpdatedAt = null);

/// <summary>What to list.</summary>
/// <param name="Organization">Full URI; required.</param>
/// <param name="Count">Rows per page, 1 to 100.</param>
/// <param name="PageToken">From the page before.</param>
public sealed record GroupQuery(string Organization, int Count = 100, string? PageToken = null);

/// <summary>What to list: of an organization, of one person, of one group.</summary>
/// <param name="Organization">Full URI.</param>
/// <param name="Owner">Full URI of one membership or one invitation.</param>
/// <param name="Group">Full URI.</param>
/// <param name="Count">Rows per page, 1 to 100.</param>
/// <param name="PageToken">From the page before.</param>
public sealed record GroupRelationshipQuery(
    string? Organization = null,
    string? Owner = null,
    string? Group = null,
    int Count = 100,
    string? PageToken = null);

/// <summary>Groups and who belongs to them, for admins and the owner. Scope groups:read. Nothing can be changed over this API.</summary>
public sealed class Groups
{
    private readonly CalendlyApi api;

    internal Groups(CalendlyApi api) => this.api = api;

    /// <summary>One page of an organization's groups. <see href="https://developer.calendly.com/api-docs/calendly-api/groups/list-groups"/></summary>
    /// <exception cref="CalendlyException">PermissionDenied, also where the plan has no groups; InsufficientScope; InvalidArgument.</exception>
    public async Task<Page<Group>> ListAsync(GroupQuery query, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(query);
        CalendlyUri.Check(query.Organization, CalendlyKind.Organization);
        var request = new QueryText("groups")
            .Reference("organization", query.Organization, CalendlyKind.Organization)
            .Page(query.Count, query.PageToken);
        return await api.ListAsync(request, CalendlyJson.Default.CollectionGroup, ct);
    }

    /// <summary>One group. <see href="https://developer.calendly.com/api-docs/calendly-api/groups/get-group"/></summary>
    /// <exception cref="CalendlyException">NotFound; PermissionDenied; InsufficientScope.</exception>
    public async Task<Group> GetAsync(string groupUri, CancellationToken ct) =>
        await api.GetAsync(CalendlyUri.Path(groupUri, CalendlyKind.Group), CalendlyJson.Default.ResourceGroup, ct);

    /// <summary>
    /// One page of relationships: those of one owner, of one group, or all.
    /// <see href="https://developer.calendly.com/api-docs/calendly-api/groups/list-group-relationships"/>
    /// </summary>
    /// <exception cref="CalendlyException">PermissionDenied, also where the plan has no groups; InsufficientScope; InvalidArgument.</exception>
    public async Task<Page<GroupRelationship>> ListRelationshipsAsync(GroupRelationshipQuery query, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(query);
        var owner = CalendlyUri.TryId(query.Owner, CalendlyKind.Invitation, out _) ? CalendlyKind.Invitation : CalendlyKind.Membership;
        var request = new QueryText("group_relationships")
            .Reference("organization", query.Organization, CalendlyKind.Organization)
            .Reference("owner", query.Owner, owner)
            .Reference("group", query.Group, CalendlyKind.Group)
            .Page(query.Count, query.PageToken);
        return await api.ListAsync(request, CalendlyJson.Default.CollectionGroupRelationship, ct);
    }
}
