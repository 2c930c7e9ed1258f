namespace AdminPortal.Web.Security;

/// <summary>What a person may do. Roles add up; Administrator implies neither Operator nor Approver.</summary>
public enum Permission
{
    Read,
    Invite,
    RequestRemoval,
    DecideRemoval,
    SyncNow,
    Connect,
    DisconnectOthers,
    ChooseDirectoryConnection,
    SeeAllConnections,
    ReadAudit,
    Export,
    PauseRemovals,
    BlockPeople,
}

public static class Permissions
{
    /// <summary>The roles of which any one grants the permission.</summary>
    public static IReadOnlyList<string> RolesFor(Permission permission) => permission switch
    {
        Permission.Read => Roles.All,
        Permission.Invite or Permission.RequestRemoval => [Roles.Operator],
        Permission.DecideRemoval => [Roles.Approver],
        Permission.SyncNow or Permission.Connect => [Roles.Operator, Roles.Administrator],
        Permission.DisconnectOthers or Permission.ChooseDirectoryConnection or Permission.BlockPeople => [Roles.Administrator],
        Permission.SeeAllConnections or Permission.ReadAudit => [Roles.Auditor, Roles.Administrator],
        Permission.Export => [Roles.Operator, Roles.Auditor, Roles.Administrator],
        Permission.PauseRemovals => [Roles.Approver, Roles.Administrator],
        _ => throw new ArgumentOutOfRangeException(nameof(permission), permission, null),
    };

    public static bool Grants(this IEnumerable<string> roles, Permission permission) => roles.Intersect(RolesFor(permission), StringComparer.Ordinal).Any();
}
