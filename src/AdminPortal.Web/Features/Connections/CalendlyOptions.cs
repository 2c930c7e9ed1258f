using System.ComponentModel.DataAnnotations;

namespace AdminPortal.Web.Features.Connections;

/// <summary>Calendly's addresses and the OAuth app registered there (https://developer.calendly.com/creating-an-oauth-app).</summary>
public sealed class CalendlyOptions
{
    public const string Section = "Calendly";

    [Required]
    public string ApiUrl { get; init; } = "https://api.calendly.com/";

    [Required]
    public string AuthUrl { get; init; } = "https://auth.calendly.com/";

    public Uri ApiAddress() => WithSlash(ApiUrl);

    public Uri AuthAddress() => WithSlash(AuthUrl);

    [Required]
    public string ClientId { get; init; } = "";

    [Required]
    public string ClientSecret { get; init; } = "";

    /// <summary>The organization's URI. Empty: whoever connects first is asked.</summary>
    public string? Organization { get; init; }

    /// <summary>A Calendly account's address must equal the sign-in address of the person who connects it.</summary>
    public bool RequireSameAddress { get; init; } = true;

    /// <summary>Relative addresses resolve below the whole path only when it ends with a slash.</summary>
    private static Uri WithSlash(string url) => new(url.EndsWith('/') ? url : url + "/");
}
