using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace AdminPortal.Demo;

/// <summary>The certificate that wraps a portal's key ring, as PEM files.</summary>
public sealed record CertificateFiles(string Certificate, string Key)
{
    /// <summary>The pair in this folder, which is made when there is none.</summary>
    public static async Task<CertificateFiles> EnsureAsync(string folder, TimeProvider clock, CancellationToken cancellationToken)
    {
        var files = new CertificateFiles(Path.Combine(folder, "portal.pem"), Path.Combine(folder, "portal.key"));
        if (File.Exists(files.Certificate) && File.Exists(files.Key)) return files;
        Directory.CreateDirectory(folder);
        using var rsa = RSA.Create(3072);
        var request = new CertificateRequest("CN=AdminPortal demo", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var now = clock.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddYears(5));
        await PrivateFile.WriteAsync(files.Key, rsa.ExportPkcs8PrivateKeyPem(), cancellationToken);
        await PrivateFile.WriteAsync(files.Certificate, certificate.ExportCertificatePem(), cancellationToken);
        return files;
    }
}
