using System.Text.Json.Serialization;
using AdminPortal.Simulator.Model;

namespace AdminPortal.Simulator.Calendly;

/// <summary>Users, memberships and invitations as they appear on the wire.</summary>
internal static class Shapes
{
    private static readonly string[] Locales = ["en", "en", "en", "fr", "es", "de", "pt"];

    public static object User(World world, Member member) => new
    {
        Uri = world.Uris.User(member.UserId),
        member.Name,
        member.Slug,
        member.Email,
        SchedulingUrl = $"https://calendly.com/{member.Slug}",
        Timezone = member.TimeZone,
        TimeNotation = TimeNotation(member),
        AvatarUrl = (string?)null,
        Locale = Locale(member),
        CreatedAt = Wire.Time(member.UserCreatedAt),
        UpdatedAt = Wire.Time(member.UpdatedAt),
        CurrentOrganization = world.Uris.Organization(member.OrganizationId),
        ResourceType = "User",
    };

    public static object Membership(World world, Member member) => new
    {
        Uri = world.Uris.Membership(member.Id),
        member.Role,
        User = MembershipUser(world, member),
        Organization = world.Uris.Organization(member.OrganizationId),
        CreatedAt = Wire.Time(member.CreatedAt),
        UpdatedAt = Wire.Time(member.UpdatedAt),
    };

    /// <summary>The membership as the owner of a group relationship, where it names its type.</summary>
    public static object GroupOwner(World world, Member member) => new
    {
        Type = "OrganizationMembership",
        Uri = world.Uris.Membership(member.Id),
        member.Role,
        User = MembershipUser(world, member),
        Organization = world.Uris.Organization(member.OrganizationId),
        CreatedAt = Wire.Time(member.CreatedAt),
        UpdatedAt = Wire.Time(member.UpdatedAt),
    };

    /// <summary>Somebody who is invited into a group; pending, so without a <c>user</c>.</summary>
    public static object GroupOwner(World world, Invitation invitation) => new
    {
        Type = "OrganizationInvitation",
        Uri = world.Uris.Invitation(world.OrganizationId, invitation.Id),
        Organization = world.Uris.Organization(world.OrganizationId),
        invitation.Email,
        invitation.Status,
        CreatedAt = Wire.Time(invitation.CreatedAt),
        UpdatedAt = Wire.Time(invitation.UpdatedAt),
        LastSentAt = invitation.LastSentAt is { } sent ? Wire.Time(sent) : null,
    };

    /// <summary>Without <c>current_organization</c> and <c>resource_type</c>.</summary>
    private static object MembershipUser(World world, Member member) => new
    {
        Uri = world.Uris.User(member.UserId),
        member.Name,
        member.Slug,
        member.Email,
        SchedulingUrl = $"https://calendly.com/{member.Slug}",
        Timezone = member.TimeZone,
        TimeNotation = TimeNotation(member),
        AvatarUrl = (string?)null,
        Locale = Locale(member),
        CreatedAt = Wire.Time(member.UserCreatedAt),
        UpdatedAt = Wire.Time(member.UpdatedAt),
    };

    public static object Invitation(World world, Invitation invitation) => new InvitationShape(
        world.Uris.Invitation(world.OrganizationId, invitation.Id),
        world.Uris.Organization(world.OrganizationId),
        invitation.Email,
        invitation.Status,
        Wire.Time(invitation.CreatedAt),
        Wire.Time(invitation.UpdatedAt),
        invitation.LastSentAt is { } sent ? Wire.Time(sent) : null,
        invitation.UserId is { } user ? world.Uris.User(user) : null);

    private static string TimeNotation(Member member) =>
        member.TimeZone.StartsWith("America/", StringComparison.Ordinal) || member.TimeZone.StartsWith("Australia/", StringComparison.Ordinal) ? "12h" : "24h";

    private static string Locale(Member member) => Locales[member.Sequence % Locales.Length];

    /// <summary><c>user</c> is missing, not null, until the invitation was accepted.</summary>
    private sealed record InvitationShape(
        string Uri,
        string Organization,
        string Email,
        string Status,
        string CreatedAt,
        string UpdatedAt,
        string? LastSentAt,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? User);
}
