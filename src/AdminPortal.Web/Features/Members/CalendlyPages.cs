namespace AdminPortal.Web.Features.Members;

/// <summary>Addresses of Calendly's own pages.</summary>
public static class CalendlyPages
{
    /// <summary>Where roles are changed, which no API can. https://help.calendly.com/hc/en-us/articles/227569908-User-management</summary>
    public const string Users = "https://calendly.com/app/admin/users";

    /// <summary>Only Calendly's own pages are linked to: the address comes from outside.</summary>
    public static string? Link(string? url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttps && (uri.Host == "calendly.com" || uri.Host.EndsWith(".calendly.com", StringComparison.Ordinal))
            ? uri.AbsoluteUri : null;
}
