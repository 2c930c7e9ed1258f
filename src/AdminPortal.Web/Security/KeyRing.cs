using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AdminPortal.Web.Data;
using Microsoft.AspNetCore.DataProtection;

namespace AdminPortal.Web.Security;

/// <summary>
/// The key ring lives in PostgreSQL, wrapped by an X.509 certificate that does not: a dump of the database opens nothing.
/// https://learn.microsoft.com/aspnet/core/security/data-protection/configuration/overview
/// </summary>
public static class KeyRing
{
    public static void AddKeyRing(this WebApplicationBuilder builder)
    {
        var keys = builder.Services.AddDataProtection().SetApplicationName("AdminPortal").PersistKeysToDbContext<PortalDbContext>();
        var options = builder.Configuration.GetSection(SecurityOptions.Section).Get<SecurityOptions>() ?? new SecurityOptions();
        if (string.IsNullOrEmpty(options.Certificate)) return;
        var current = Load(options.Certificate, options.CertificateKey!);
        keys.ProtectKeysWithCertificate(current)
            .UnprotectKeysWithAnyCertificate([current, .. options.OldCertificates.Select(old => Load(old.Certificate, old.CertificateKey))]);
    }

    /// <summary>Why this certificate cannot wrap the key ring, naming the file and the remedy; null when it can.</summary>
    public static string? WhyNot(string certificate, string? key)
    {
        if (!File.Exists(certificate)) return $"the file {certificate} does not exist";
        if (string.IsNullOrEmpty(key) || !File.Exists(key)) return $"the private key file {key} does not exist";
        try
        {
            using var loaded = Load(certificate, key);
            using var rsa = loaded.GetRSAPrivateKey();
            return rsa is null ? $"{certificate} is not an RSA certificate" : null;
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException or UnauthorizedAccessException or IOException)
        {
            return $"{certificate} and {key} are not a readable pair of PEM files ({exception.Message})";
        }
    }

    private static X509Certificate2 Load(string certificate, string key) => X509Certificate2.CreateFromPemFile(certificate, key);
}
