using System.Reflection;
using AdminPortal.Web.Security;
using Microsoft.AspNetCore.Authorization;

namespace AdminPortal.Web.Shell.Frame;

/// <summary>Reads from a page's own attribute which roles open it, so that the refusal cannot say something else than the rule.</summary>
internal static class Policies
{
    public static IReadOnlyList<string>? RolesFor(Type? page)
    {
        var authorize = page?.GetCustomAttributes<AuthorizeAttribute>().FirstOrDefault(a => a.Policy is not null || a.Roles is not null);
        if (authorize?.Roles is { } roles) return roles.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return Enum.TryParse<Permission>(authorize?.Policy, out var permission) ? Permissions.RolesFor(permission) : null;
    }
}
