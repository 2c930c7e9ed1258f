namespace AdminPortal.Web.Shell;

/// <summary>Every address of the portal is built here, and nowhere else.</summary>
public static class Urls
{
    public const string Overview = "/";
    public const string Members = "/members";
    public const string LeftMembers = "/members?status=left";
    public const string MemberActivity = "/members/activity";
    public const string MemberExport = "/members/export";
    public const string MemberRoute = "/members/{Id:guid}";
    public const string Invitations = "/invitations";
    public const string Removals = "/removals";
    public const string RemovalRoute = "/removals/{Id:guid}";
    public const string Approvals = "/approvals";
    public const string Audit = "/audit";
    public const string Connections = "/connections";
    public const string Settings = "/settings";

    /// <summary>In the address after connecting: a personal access token lives on that the portal no longer uses.</summary>
    public const string LeftToken = "token";

    public const string Welcome = "/welcome";
    public const string SignedOut = "/signed-out";
    public const string NoRole = "/no-role";
    public const string Blocked = "/blocked";
    public const string Error = "/error";
    public const string NotFound = "/not-found";
    public const string SignOut = "/auth/sign-out";
    public const string SignOutEverywhere = "/auth/sign-out-everywhere";
    public const string Seen = "/auth/seen";
    private const string SignInEndpoint = "/auth/sign-in";
    private const int LongestReturn = 2048;

    public static string Member(Guid id) => $"{Members}/{id:D}";

    public static string Removal(Guid id) => $"{Removals}/{id:D}";

    /// <summary>Preview of one request beside the list of those that wait.</summary>
    public static string Approval(Guid id) => $"{Approvals}?request={id:D}";

    public static string FindMember(string text) => new GridQuery { Q = text }.ToUrl(Members);

    /// <param name="returnUrl">Where to land after signing in; anything but a local path becomes the overview.</param>
    public static string SignIn(string? returnUrl = null) =>
        LocalOrOverview(returnUrl) is var local && local == Overview ? SignInEndpoint : $"{SignInEndpoint}?returnUrl={Uri.EscapeDataString(local)}";

    /// <summary>The welcome page with what stood in the way of signing in, and where to go on afterwards.</summary>
    public static string Door(string problem, string? returnUrl = null) =>
        $"{Welcome}?problem={Uri.EscapeDataString(problem)}{(LocalOrOverview(returnUrl) is var local && local == Overview ? "" : $"&returnUrl={Uri.EscapeDataString(local)}")}";

    /// <summary>Only a path on this host is ever followed after signing in or connecting; "//host" and "/\host" leave it. Headers hold printable ASCII.</summary>
    public static bool IsLocal(string? url) =>
        url is ['/', ..] and not ['/', '/', ..] && url.Length <= LongestReturn && !url.AsSpan().ContainsAnyExceptInRange(' ', '~') && !url.Contains('\\', StringComparison.Ordinal);

    public static string LocalOrOverview(string? url) => IsLocal(url) ? url! : Overview;
}
