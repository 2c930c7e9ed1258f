using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AdminPortal.Testing;
using AdminPortal.Web.Security;
using Microsoft.Extensions.Time.Testing;
using CertificateFiles = AdminPortal.Demo.CertificateFiles;

namespace AdminPortal.Web.Tests.Security;

/// <summary>Pairs of files that cannot wrap the key ring: each is refused with the setting, the file and the remedy.</summary>
public sealed class RingCertificatesTests : IDisposable
{
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();
    private readonly string folder = System.IO.Directory.CreateTempSubdirectory("portal-certificates-").FullName;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => System.IO.Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Pair_as_the_remedy_makes_it_is_accepted()
    {
        var files = await TestCertificate.FilesAsync(Ct);
        Assert.Null(RingCertificates.WhyNot(files.Certificate, files.Key, isOld: false, Now));
        // One file that holds both is as good.
        var both = Written("both.pem", File.ReadAllText(files.Key) + "\n" + File.ReadAllText(files.Certificate));
        Assert.Null(RingCertificates.WhyNot(both, both, isOld: false, Now));
    }

    [Fact]
    public async Task Expired_certificate_may_open_but_not_wrap()
    {
        var files = await TestCertificate.MakeAsync(Ct, new FakeTimeProvider(Now.AddYears(-6)));
        Refused(RingCertificates.WhyNot(files.Certificate, files.Key, isOld: false, Now), "Certificate", files.Certificate, "expired on", "rotate-keys", "openssl req");
        Assert.Null(RingCertificates.WhyNot(files.Certificate, files.Key, isOld: true, Now));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Certificate_of_the_future_is_refused(bool isOld)
    {
        var files = await TestCertificate.MakeAsync(Ct, new FakeTimeProvider(Now.AddDays(3)));
        Refused(RingCertificates.WhyNot(files.Certificate, files.Key, isOld, Now), "Certificate", files.Certificate, "is not valid before", "clock");
    }

    [Fact]
    public async Task Certificate_without_its_key_is_refused()
    {
        var files = await TestCertificate.FilesAsync(Ct);
        Refused(RingCertificates.WhyNot(files.Certificate, null, false, Now), "CertificateKey", files.Certificate, "is missing", "-keyout");
        Refused(RingCertificates.WhyNot(files.Certificate, "/nowhere/portal.key", false, Now), "CertificateKey", "/nowhere/portal.key", "does not exist");
        Refused(RingCertificates.WhyNot(files.Certificate, files.Certificate, false, Now), "CertificateKey", files.Certificate, "no RSA private key");
        Refused(RingCertificates.WhyNot(files.Certificate, Written("public.key", PublicKeyOf(files)), false, Now), "CertificateKey", "public.key", "no RSA private key");
        using var rsa = RSA.Create(2048);
        var locked = rsa.ExportEncryptedPkcs8PrivateKeyPem("pass phrase", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000));
        Refused(RingCertificates.WhyNot(files.Certificate, Written("locked.key", locked), false, Now), "CertificateKey", "locked.key", "pass phrase", "openssl pkey");
    }

    [Fact]
    public async Task Key_of_another_certificate_is_refused()
    {
        var (files, other) = (await TestCertificate.FilesAsync(Ct), await TestCertificate.MakeAsync(Ct));
        Refused(RingCertificates.WhyNot(files.Certificate, other.Key, false, Now), "CertificateKey", other.Key, "private key of another certificate", files.Certificate);
        Refused(RingCertificates.WhyNot(files.Certificate, other.Key, true, Now), "CertificateKey", other.Key, "private key of another certificate", files.Certificate);
    }

    [Fact]
    public async Task Certificate_of_another_kind_is_refused()
    {
        using var curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var elliptic = new CertificateRequest("CN=elliptic", curve, HashAlgorithmName.SHA256).CreateSelfSigned(Now.AddDays(-1), Now.AddDays(1));
        var (certificate, key) = (Written("elliptic.pem", elliptic.ExportCertificatePem()), Written("elliptic.key", curve.ExportPkcs8PrivateKeyPem()));
        Refused(RingCertificates.WhyNot(certificate, key, false, Now), "Certificate", certificate, "not an RSA certificate", "openssl req");

        using var rsa = RSA.Create(1024);
        using var small = new CertificateRequest("CN=small", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSelfSigned(Now.AddDays(-1), Now.AddDays(1));
        Refused(RingCertificates.WhyNot(Written("small.pem", small.ExportCertificatePem()), Written("small.key", rsa.ExportPkcs8PrivateKeyPem()), false, Now), "Certificate", "small.pem", "1024 bits", "openssl req");

        var files = await TestCertificate.FilesAsync(Ct);
        Refused(RingCertificates.WhyNot(files.Certificate, key, false, Now), "CertificateKey", key, "no RSA private key");
    }

    [Fact]
    public async Task File_that_is_no_certificate_is_refused()
    {
        var files = await TestCertificate.FilesAsync(Ct);
        Refused(RingCertificates.WhyNot("", files.Key, true, Now), "Certificate", "is missing");
        Refused(RingCertificates.WhyNot("/nowhere/portal.pem", files.Key, false, Now), "Certificate", "/nowhere/portal.pem", "does not exist");
        Refused(RingCertificates.WhyNot(folder, files.Key, false, Now), "Certificate", folder, "does not exist");
        foreach (var text in (string[])["", "garbage", File.ReadAllText(files.Key), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"])
            Refused(RingCertificates.WhyNot(Written("garbage.pem", text), files.Key, false, Now), "Certificate", "garbage.pem", "no certificate in PEM format", "openssl pkcs12");
        File.WriteAllBytes(Path.Combine(folder, "portal.pfx"), RandomNumberGenerator.GetBytes(1000));
        Refused(RingCertificates.WhyNot(Path.Combine(folder, "portal.pfx"), files.Key, false, Now), "Certificate", "portal.pfx", "no certificate in PEM format");
    }

    private static void Refused(CertificateProblem? problem, string setting, params string[] says)
    {
        Assert.Equal(setting, problem?.Setting);
        Assert.All(says, words => Assert.Contains(words, problem!.What, StringComparison.Ordinal));
    }

    private string Written(string name, string text)
    {
        var path = Path.Combine(folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    private static string PublicKeyOf(CertificateFiles files)
    {
        using var certificate = X509CertificateLoader.LoadCertificateFromFile(files.Certificate);
        using var key = certificate.GetRSAPublicKey()!;
        return key.ExportSubjectPublicKeyInfoPem();
    }
}
