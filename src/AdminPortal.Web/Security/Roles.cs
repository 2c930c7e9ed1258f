namespace AdminPortal.Web.Security;

/// <summary>The app roles of the Entra registration, exactly as they arrive in the <c>roles</c> claim.</summary>
public static class Roles
{
    public const string Viewer = "Viewer";
    public const string Operator = "Operator";
    public const string Approver = "Approver";
    public const string Auditor = "Auditor";
    public const string Administrator = "Administrator";

    public static readonly IReadOnlyList<string> All = [Viewer, Operator, Approver, Auditor, Administrator];
}
