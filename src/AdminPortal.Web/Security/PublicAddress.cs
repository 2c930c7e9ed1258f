using System.Net;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Options;

namespace AdminPortal.Web.Security;

public static class PublicAddress
{
    /// <summary>
    /// Every request is treated as having come to Portal:PublicUrl, so that redirect addresses and Secure cookies never depend on a header
    /// that a client could have written. Forwarded headers of known proxies only tell who the client is.
    /// </summary>
    public static void UsePublicAddress(this WebApplication app)
    {
        var options = app.Services.GetRequiredService<IOptions<PortalOptions>>().Value;
        if (options.KnownProxies.Count > 0)
        {
            var forwarded = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor };
            forwarded.KnownProxies.Clear();
            forwarded.KnownIPNetworks.Clear();
            foreach (var proxy in options.KnownProxies)
            {
                if (IPAddress.TryParse(proxy, out var address)) forwarded.KnownProxies.Add(address);
                else forwarded.KnownIPNetworks.Add(System.Net.IPNetwork.Parse(proxy));
            }
            app.UseForwardedHeaders(forwarded);
        }
        var url = new Uri(options.PublicUrl);
        var host = new HostString(url.Authority);
        app.Use((context, next) =>
        {
            (context.Request.Scheme, context.Request.Host) = (url.Scheme, host);
            return next(context);
        });
    }
}
