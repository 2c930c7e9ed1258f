using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace AdminPortal.Calendly;

/// <summary>The kinds of thing that Calendly names by URI.</summary>
public enum CalendlyKind
{
    User,
    Organization,
    Membership,
    Invitation,
    ScheduledEvent,
    EventType,
    Webhook,
    Group,
}

/// <summary>
/// Calendly's references: absolute URIs such as <c>https://api.calendly.com/users/AAAAAAAAAAAAAAAA</c>. They are names,
/// not addresses: a request path is built from the checked id, never by following a URI. Ids are opaque (UUIDs on newer
/// rows, 16 characters on older ones) but must be safe as one path segment: letters, digits, '-' and '_'.
/// <see href="https://developer.calendly.com/docs/api-guides/how-to-find-the-organization-or-user-uri"/>
/// </summary>
public static class CalendlyUri
{
    /// <summary>The prefix of every reference, also when the API is reached at another address.</summary>
    public const string Prefix = "https://api.calendly.com/";

    private const int LongestId = 128;

    /// <summary>The id in a reference of this kind.</summary>
    /// <exception cref="ArgumentException">A bare id, another kind, another host, or an id that is unsafe in a path.</exception>
    public static string Id(string? uri, CalendlyKind kind, [CallerArgumentExpression(nameof(uri))] string? name = null) =>
        TryId(uri, kind, out var id) ? id : throw Refused(kind, name);

    /// <summary>True, with the id, if <paramref name="uri"/> is a reference of this kind.</summary>
    public static bool TryId(string? uri, CalendlyKind kind, [NotNullWhen(true)] out string? id)
    {
        id = null;
        if (uri is null || !uri.StartsWith(Prefix, StringComparison.Ordinal))
            return false;
        var segments = uri[Prefix.Length..].Split('/');
        if (kind == CalendlyKind.Invitation)
        {
            // https://api.calendly.com/organizations/<organization>/invitations/<invitation>
            if (segments is not ["organizations", var organization, "invitations", var invitation] || !IsSafe(organization) || !IsSafe(invitation))
                return false;
            id = invitation;
            return true;
        }

        if (segments is not [var collection, var last] || collection != Collection(kind) || !IsSafe(last))
            return false;
        id = last;
        return true;
    }

    /// <summary>The reference, unchanged, if it is one of this kind.</summary>
    /// <exception cref="ArgumentException">As <see cref="Id"/>.</exception>
    public static string Check(string? uri, CalendlyKind kind, [CallerArgumentExpression(nameof(uri))] string? name = null)
    {
        _ = Id(uri, kind, name);
        return uri!;
    }

    /// <summary>The organization that an invitation belongs to, read from the invitation's own reference.</summary>
    /// <exception cref="ArgumentException">Not an invitation's URI.</exception>
    public static string OrganizationOf(string invitationUri)
    {
        _ = Id(invitationUri, CalendlyKind.Invitation);
        return Organization(invitationUri[Prefix.Length..].Split('/')[1]);
    }

    /// <summary>The reference of a user. An unsafe id throws <see cref="ArgumentException"/>.</summary>
    public static string User(string id) => Build(CalendlyKind.User, id);

    /// <summary>The reference of an organization. An unsafe id throws <see cref="ArgumentException"/>.</summary>
    public static string Organization(string id) => Build(CalendlyKind.Organization, id);

    /// <summary>The reference of an organization membership. An unsafe id throws <see cref="ArgumentException"/>.</summary>
    public static string Membership(string id) => Build(CalendlyKind.Membership, id);

    /// <summary>The reference of an invitation of an organization. An unsafe id throws <see cref="ArgumentException"/>.</summary>
    public static string Invitation(string organizationId, string id) =>
        $"{Organization(organizationId)}/invitations/{Safe(id, nameof(id))}";

    /// <summary>The reference of a scheduled event. An unsafe id throws <see cref="ArgumentException"/>.</summary>
    public static string ScheduledEvent(string id) => Build(CalendlyKind.ScheduledEvent, id);

    /// <summary>The reference of an event type. An unsafe id throws <see cref="ArgumentException"/>.</summary>
    public static string EventType(string id) => Build(CalendlyKind.EventType, id);

    /// <summary>The reference of a webhook subscription. An unsafe id throws <see cref="ArgumentException"/>.</summary>
    public static string Webhook(string id) => Build(CalendlyKind.Webhook, id);

    /// <summary>The reference of a group. An unsafe id throws <see cref="ArgumentException"/>.</summary>
    public static string Group(string id) => Build(CalendlyKind.Group, id);

    /// <summary>The path of a single thing, relative to the API's root.</summary>
    internal static string Path(string? uri, CalendlyKind kind, [CallerArgumentExpression(nameof(uri))] string? name = null)
    {
        var id = Id(uri, kind, name);
        return kind == CalendlyKind.Invitation
            ? $"organizations/{uri![Prefix.Length..].Split('/')[1]}/invitations/{id}"
            : $"{Collection(kind)}/{id}";
    }

    private static string Build(CalendlyKind kind, string id) => $"{Prefix}{Collection(kind)}/{Safe(id, nameof(id))}";

    private static string Collection(CalendlyKind kind) => kind switch
    {
        CalendlyKind.User => "users",
        CalendlyKind.Organization => "organizations",
        CalendlyKind.Membership => "organization_memberships",
        CalendlyKind.ScheduledEvent => "scheduled_events",
        CalendlyKind.EventType => "event_types",
        CalendlyKind.Webhook => "webhook_subscriptions",
        CalendlyKind.Group => "groups",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "This kind has no collection of its own."),
    };

    private static string Safe(string id, string name) => IsSafe(id)
        ? id
        : throw new ArgumentException("A Calendly id has 1 to 128 letters, digits, '-' or '_'.", name);

    private static bool IsSafe(string id) =>
        id.Length is > 0 and <= LongestId && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    // The value itself stays out of the message: whoever mixes up two arguments may have passed a token.
    private static ArgumentException Refused(CalendlyKind kind, string? name)
    {
        var form = kind == CalendlyKind.Invitation ? "organizations/<id>/invitations/<id>" : $"{Collection(kind)}/<id>";
        return new ArgumentException($"Expected the full URI of a Calendly {kind}, as in {Prefix}{form}.", name);
    }
}
