using AdminPortal.Calendly;
using AdminPortal.Web.Features.Connections;
using AdminPortal.Web.Security;
using AdminPortal.Web.Shell.Kit;

namespace AdminPortal.Web.Features.Directory;

public enum TroubleKind
{
    OwnerBlocked,
    OwnerWithoutRole,
    NeedsReconnect,
    /// <summary>Its access token has ended and no new one can be had at the moment.</summary>
    NotRenewed,
    Disconnected,
    OwnerDemoted,
    OwnerLeft,
    MissingScope,
}

/// <summary>Why the connection that reads the directory cannot be relied on, and who can mend that.</summary>
/// <param name="OwnerObjectId">To say "you" to them.</param>
/// <param name="Problem">What stands in the way of renewing it, and who can mend that.</param>
/// <param name="Choosers">Administrators who were seen: they can choose another connection.</param>
public sealed record DirectoryTrouble(TroubleKind Kind, string Owner, string OwnerObjectId, IReadOnlyList<string> Choosers, string? Problem = null)
{
    private const int MostNames = 3;

    /// <param name="connection">With its person.</param>
    public static TroubleKind? Of(Connection connection, DateTimeOffset now) => connection switch
    {
        { Person.BlockedAt: not null } => TroubleKind.OwnerBlocked,
        _ when !connection.Person!.Can(Permission.Connect) => TroubleKind.OwnerWithoutRole,
        { State: ConnectionState.NeedsReconnect } => TroubleKind.NeedsReconnect,
        { State: ConnectionState.Disconnected } => connection.EndedBecause switch
        {
            OrphanReason.Demoted => TroubleKind.OwnerDemoted,
            OrphanReason.LeftCalendly => TroubleKind.OwnerLeft,
            _ => TroubleKind.Disconnected,
        },
        { CalendlyRole: not (MembershipRole.Owner or MembershipRole.Admin) } => TroubleKind.OwnerDemoted,
        _ when !connection.MayHave(Scopes.OrganizationsRead) => TroubleKind.MissingScope,
        _ => connection.WhyNotRenewed(now) is null ? null : TroubleKind.NotRenewed,
    };

    /// <summary>For the banner above every page.</summary>
    /// <param name="isOwner">The reader is the connection's owner.</param>
    /// <param name="isChooser">The reader is an Administrator.</param>
    public string Words(bool isOwner, bool isChooser)
    {
        var (whose, who, has) = isOwner ? ("Your", "You", "have") : ($"{Owner}’s", Owner, "has");
        var what = Kind switch
        {
            TroubleKind.OwnerBlocked => $"{who}, whose Calendly connection reads the member list, {(isOwner ? "are" : "is")} blocked in this portal.",
            TroubleKind.OwnerWithoutRole => $"{who}, whose Calendly connection reads the member list, no longer {has} a role that may connect.",
            TroubleKind.OwnerDemoted => $"{who}, whose connection reads the member list, {(isOwner ? "are" : "is")} no longer owner or admin in Calendly.",
            TroubleKind.OwnerLeft => $"{who}, whose connection read the member list, {(isOwner ? "are" : "is")} no longer a member of the organization in Calendly.",
            TroubleKind.NeedsReconnect => $"{whose} Calendly connection, which reads the member list, stopped working.",
            TroubleKind.Disconnected => $"{whose} Calendly connection, which read the member list, was ended.",
            TroubleKind.NotRenewed => $"{whose} Calendly connection, which reads the member list, could not be renewed. {Problem} It is tried again by itself.",
            _ => $"{whose} Calendly connection may not read the member list: it lacks organizations:read.",
        };
        var mend = Kind switch
        {
            TroubleKind.NeedsReconnect => $"{who} can reconnect it",
            TroubleKind.Disconnected => $"{who} can connect again",
            TroubleKind.MissingScope => $"{who} can reconnect and allow it",
            _ => null,
        };
        var choose = isChooser ? "you can choose another"
            : Choosers.Count == 0 ? "an Administrator can choose another, but none has signed in yet" : $"{WordList.Or([.. Choosers.Take(MostNames)])} can choose another";
        return mend is null ? $"{what} {char.ToUpperInvariant(choose[0])}{choose[1..]}." : $"{what} {mend}; {choose}.";
    }
}
