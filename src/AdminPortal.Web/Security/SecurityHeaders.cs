using AdminPortal.Web.Features.Connections;
using Microsoft.Extensions.Options;

namespace AdminPortal.Web.Security;

public static class SecurityHeaders
{
    /// <summary>
    /// The page loads nothing from elsewhere, runs no inline script, is framed by nobody, and posts forms only to itself, and by redirect to
    /// the identity provider (sign-out) and Calendly (consent). MudBlazor's theme is a style element, so styles may be inline.
    /// </summary>
    public static void UseSecurityHeaders(this WebApplication app)
    {
        static string Origin(string url) => new Uri(url).GetLeftPart(UriPartial.Authority);
        var calendly = app.Services.GetRequiredService<IOptions<CalendlyOptions>>().Value;
        var portal = app.Services.GetRequiredService<IOptions<PortalOptions>>().Value;
        var policy = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
            + "object-src 'none'; base-uri 'self'; frame-ancestors 'none'; "
            + $"form-action 'self' {Origin(app.Configuration["AzureAd:Instance"]!)} {Origin(calendly.AuthUrl)}";
        var strictTransport = portal.PublicUrl.StartsWith("https:", StringComparison.Ordinal);
        app.Use((context, next) =>
        {
            var headers = context.Response.Headers;
            headers.ContentSecurityPolicy = policy;
            headers.XContentTypeOptions = "nosniff";
            headers["Referrer-Policy"] = "same-origin";
            headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()";
            if (strictTransport) headers.StrictTransportSecurity = "max-age=31536000";
            return next(context);
        });
    }
}
