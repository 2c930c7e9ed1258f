using AdminPortal.Web.Features.Directory;
using AdminPortal.Web.Features.Removals;

namespace AdminPortal.Web.Features.Members;

/// <summary>The open item of a removal request about this person.</summary>
public sealed record OpenItem(Guid RequestId, int Number, RequestState Request, ItemState Item)
{
    public string Chip => (Request, Item) switch
    {
        (_, ItemState.Attention) => "removal.attention",
        (_, ItemState.Executing) or (RequestState.Executing, _) => "removal.executing",
        (RequestState.Approved, _) => "removal.approved",
        _ => "removal.awaiting",
    };
}

/// <summary>One line of the grid.</summary>
public sealed record MemberRow(
    Guid Id, string UserUri, string Name, string Email, string Role, DateTimeOffset JoinedAt, string? SchedulingUrl, OpenItem? Open, bool OwnsConnection)
{
    /// <summary>Of the membership.</summary>
    public string Uri { get; init; } = "";
    public string? TimeZone { get; init; }
    public DateTimeOffset? LeftAt { get; init; }
    /// <summary>The last thing about this person that the portal saw change.</summary>
    public (ChangeKind Kind, DateTimeOffset At)? LastChange { get; init; }
    /// <summary>When the pending invitation to this address was sent.</summary>
    public DateTimeOffset? InvitedAt { get; init; }
}

/// <summary>One page of the grid, in the grid's order.</summary>
public sealed record MemberPage(IReadOnlyList<MemberRow> Rows, string? PreviousKey, string? NextKey, bool IsFirst)
{
    public static readonly MemberPage Empty = new([], null, null, true);
}

/// <summary>How many people a search finds, by role.</summary>
public sealed record MemberCounts(int All, int Owner, int Admin, int User, int Other)
{
    public int Of(string? role) => role switch
    {
        null => All,
        MemberRole.Owner => Owner,
        MemberRole.Admin => Admin,
        MemberRole.User => User,
        _ => Other,
    };
}

/// <summary>The role filter's words. "other" is every role that Calendly may invent next.</summary>
public static class MemberRole
{
    public const string Owner = "owner";
    public const string Admin = "admin";
    public const string User = "user";
    public const string Other = "other";

    public static readonly IReadOnlyList<string> Known = [Owner, Admin, User];

    public static string? Parse(string? value) => value is Owner or Admin or User or Other ? value : null;
}

/// <summary>Everything the page of one member shows.</summary>
public sealed record MemberView(Member Member, OpenItem? Open, Invitations.Invitation? PendingInvitation, bool OwnsConnection);
