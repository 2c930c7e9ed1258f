namespace AdminPortal.Web.Features.Directory;

/// <summary>What the directory says about whom a deed is about.</summary>
/// <param name="Known">There was such a member at some time.</param>
/// <param name="Role">Of the member who is there now; null when nobody is.</param>
public sealed record KnownMember(bool Known, string? Role = null, string? Name = null, string? Email = null);

/// <summary>Whether the directory knows already what a deed tells: only what it does not know is worth a sweep before its time.</summary>
public static class ActivityNews
{
    /// <param name="member">Null: whom the entry means cannot be looked up.</param>
    /// <param name="isInvited">An invitation to that address is pending here.</param>
    public static bool Is(LoggedDeed deed, KnownMember? member, bool isInvited) => deed.Kind switch
    {
        ChangeKind.Invited => !isInvited,
        ChangeKind.InvitationAccepted or ChangeKind.InvitationDeclined or ChangeKind.InvitationRevoked => isInvited,
        _ when member is null => true,
        ChangeKind.Joined => member.Role is null,
        ChangeKind.Left => member.Role is not null,
        ChangeKind.RoleChanged => IsOther(deed.After, member.Role),
        ChangeKind.Renamed => IsOther(deed.After, member.Name),
        ChangeKind.EmailChanged => IsOther(deed.After, member.Email),
        _ => false,
    };

    private static bool IsOther(string? said, string? known) => known is null || said is null || !string.Equals(said, known, StringComparison.OrdinalIgnoreCase);
}
