using AdminPortal.Web.Shell;

namespace AdminPortal.Web.Features.Members;

/// <summary>Which members a list, a selection or an export holds.</summary>
/// <param name="Search">Text in name or address; null for everybody.</param>
/// <param name="Role">A word of <see cref="MemberRole"/>; null for every role.</param>
/// <param name="Left">Those who have left instead of those who are there.</param>
/// <param name="Invited">Only who has a pending invitation to their address.</param>
/// <param name="InRemoval">Only about whom a removal request is open.</param>
/// <param name="Since">Only who joined on this day (UTC) or later; of those who have left, who left then or later.</param>
public sealed record MemberFilter(string? Search = null, string? Role = null, bool Left = false, bool Invited = false, bool InRemoval = false, DateOnly? Since = null)
{
    public const string LeftStatus = "left";
    public const string HasInvitation = "invitation";
    public const string HasRemoval = "removal";

    /// <summary>The list of these members, in its own order.</summary>
    public GridQuery Query => new()
    {
        Q = Search,
        Role = Role,
        Status = Left ? LeftStatus : null,
        Has = Names.None.With(HasInvitation, Invited).With(HasRemoval, InRemoval),
        Since = Since,
    };

    /// <summary>What an address asks for; what it cannot mean is left out.</summary>
    public static MemberFilter Of(GridQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        return new(query.Q, MemberRole.Parse(query.Role), query.Status == LeftStatus, query.Has.Contains(HasInvitation), query.Has.Contains(HasRemoval), query.Since);
    }
}
