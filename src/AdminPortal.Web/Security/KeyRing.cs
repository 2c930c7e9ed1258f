using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.KeyManagement.Internal;

namespace AdminPortal.Web.Security;

/// <summary>
/// The key ring lives in PostgreSQL, wrapped by an X.509 certificate that does not: a dump of the database opens nothing.
/// https://learn.microsoft.com/aspnet/core/security/data-protection/configuration/overview
/// </summary>
public static class KeyRing
{
    public static void AddKeyRing(this WebApplicationBuilder builder)
    {
        var certificates = RingCertificates.Load(builder.Configuration.GetSection(SecurityOptions.Section).Get<SecurityOptions>() ?? new SecurityOptions());
        var keys = builder.Services.AddDataProtection().SetApplicationName("AdminPortal");
        builder.Services.AddSingleton(certificates);
        builder.Services.AddSingleton<StoredKeys>();
        builder.Services.AddOptions<KeyManagementOptions>().Configure<StoredKeys>((options, stored) => options.XmlRepository = stored);
        builder.Services.AddSingleton<PortalKeyRing>();
        builder.Services.AddSingleton<IKeyRingProvider>(services => services.GetRequiredService<PortalKeyRing>());
        if (certificates.Current is not null) keys.ProtectKeysWithCertificate(certificates.Current).UnprotectKeysWithAnyCertificate([.. certificates.All]);
    }
}
