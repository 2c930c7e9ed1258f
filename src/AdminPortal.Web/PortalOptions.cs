using System.ComponentModel.DataAnnotations;

namespace AdminPortal.Web;

/// <summary>The portal itself: its name and where people reach it.</summary>
public sealed class PortalOptions
{
    public const string Section = "Portal";

    [Required]
    public string Name { get; init; } = "Admin Portal";

    /// <summary>The address in people's browsers, for example https://people.example.com. Redirect addresses and Secure cookies follow it.</summary>
    [Required]
    public string PublicUrl { get; init; } = "";

    /// <summary>Cookies are Secure unless people reach the portal over plain http, which is allowed on this machine only.</summary>
    public bool IsHttps => PublicUrl.StartsWith("https:", StringComparison.OrdinalIgnoreCase);

    /// <summary>Addresses or networks (CIDR) of the reverse proxies whose X-Forwarded headers are believed.</summary>
    public List<string> KnownProxies { get; init; } = [];

    /// <summary>Whom people without a role should ask, in words.</summary>
    [Required]
    public string HelpContact { get; init; } = "your IT department";
}

/// <summary>How workers share work.</summary>
public sealed class WorkerOptions
{
    public const string Section = "Workers";

    /// <summary>How long a claimed piece of work stays with the worker that took it, if that worker says nothing more.</summary>
    [Range(typeof(TimeSpan), "00:00:02", "00:30:00")]
    public TimeSpan Lease { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How often workers look for work when nothing rang.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:05:00")]
    public TimeSpan Poll { get; init; } = TimeSpan.FromSeconds(5);
}
