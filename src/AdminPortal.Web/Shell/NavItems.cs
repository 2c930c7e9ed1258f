using AdminPortal.Web.Security;

namespace AdminPortal.Web.Shell;

/// <param name="Key">Second key of the shortcut that starts with g.</param>
/// <param name="Permission">What it takes to open the page.</param>
public sealed record NavItem(string Url, string Title, string Icon, char Key, Permission Permission = Permission.Read, bool IsSetUp = false)
{
    /// <summary>"page" on the page itself, "true" below it, null elsewhere: the value of <c>aria-current</c>.</summary>
    public string? CurrentAt(string path) =>
        path == Url ? "page"
        : Url != Urls.Overview && path.StartsWith(Url + "/", StringComparison.Ordinal) ? "true"
        : null;
}

/// <summary>The pages that the navigation lists, in its order.</summary>
public static class NavItems
{
    public static readonly IReadOnlyList<NavItem> All =
    [
        new(Urls.Overview, "Overview", "layout-dashboard", 'o'),
        new(Urls.Members, "Members", "users", 'm'),
        new(Urls.Invitations, "Invitations", "mail", 'i'),
        new(Urls.Removals, "Removals", "user-minus", 'r'),
        new(Urls.Approvals, "Approvals", "list-check", 'a'),
        new(Urls.Audit, "Audit log", "history", 'l', Permission.ReadAudit, IsSetUp: true),
        new(Urls.Connections, "Connections", "plug-connected", 'c', IsSetUp: true),
        new(Urls.Settings, "Settings", "settings", 's', IsSetUp: true),
    ];

    /// <summary>On a narrow screen these four are tabs; the rest is behind "More".</summary>
    public static readonly IReadOnlyList<NavItem> Tabs = [.. new[] { Urls.Overview, Urls.Members, Urls.Approvals, Urls.Removals }.Select(url => All.Single(i => i.Url == url))];

    public static NavItem? At(string path) => All.FirstOrDefault(i => i.CurrentAt(path) is not null);
}
