using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace AdminPortal.Web.Security;

/// <summary>What is wrong with a pair of files: the setting that names the file, and the remedy.</summary>
public sealed record CertificateProblem(string Setting, string What);

/// <summary>The certificates of the key ring: the current one wraps new keys, earlier ones only open what they wrapped. None is current in Development without a certificate.</summary>
public sealed class RingCertificates(X509Certificate2? current, IEnumerable<X509Certificate2> old)
{
    public const string HowToMakeOne = "Make one with: openssl req -x509 -newkey rsa:3072 -nodes -days 1825 -subj /CN=AdminPortal -keyout adminportal.key -out adminportal.pem";
    private const int SmallestKey = 2048;

    public X509Certificate2? Current { get; } = current;

    public IReadOnlyList<X509Certificate2> All { get; } = current is null ? [] : [current, .. old];

    public static RingCertificates Load(SecurityOptions options) => string.IsNullOrEmpty(options.Certificate)
        ? new(null, [])
        : new(Load(options.Certificate, options.CertificateKey!), options.OldCertificates.Select(files => Load(files.Certificate, files.CertificateKey)));

    /// <summary>As people tell certificates apart, for example "CN=AdminPortal, thumbprint 3F09…, valid until 2031-11-24".</summary>
    public static string Describe(X509Certificate2 certificate) => $"{certificate.Subject}, thumbprint {certificate.Thumbprint}, valid until {certificate.NotAfter.ToUniversalTime():yyyy-MM-dd}";

    /// <summary>Why these two files cannot be used, with the remedy; null when they can.</summary>
    /// <param name="isOld">An earlier certificate may have expired: it only opens.</param>
    public static CertificateProblem? WhyNot(string? certificate, string? key, bool isOld, DateTimeOffset now)
    {
        CertificateProblem Certificate(string what) => new(nameof(SecurityOptions.Certificate), what);
        CertificateProblem Key(string what) => new(nameof(SecurityOptions.CertificateKey), what);

        if (string.IsNullOrEmpty(certificate)) return Certificate("is missing: it names the PEM file with the certificate");
        if (WhyUnreadable(certificate) is { } unreadable) return Certificate(unreadable);
        if (string.IsNullOrEmpty(key)) return Key($"is missing: it names the PEM file with the private key of {certificate}, the one that openssl wrote with -keyout");
        if (WhyUnreadable(key) is { } unreadableKey) return Key(unreadableKey);

        X509Certificate2 loaded;
        try
        {
            loaded = X509Certificate2.CreateFromPem(File.ReadAllText(certificate));
        }
        catch (CryptographicException)
        {
            return Certificate($"{certificate} holds no certificate in PEM format. A .pfx file is converted with: openssl pkcs12 -in adminportal.pfx -nodes -out adminportal.pem");
        }
        using (loaded)
        {
            using var publicKey = loaded.GetRSAPublicKey();
            if (publicKey is null) return Certificate($"{certificate} is not an RSA certificate. {HowToMakeOne}");
            if (publicKey.KeySize < SmallestKey) return Certificate($"{certificate} has a key of {publicKey.KeySize} bits; at least {SmallestKey} are needed. {HowToMakeOne}");
            if (!isOld && now > loaded.NotAfter.ToUniversalTime())
                return Certificate($"{certificate} expired on {loaded.NotAfter.ToUniversalTime():yyyy-MM-dd}. Make another, name it here and this pair under Security:OldCertificates, and run rotate-keys. {HowToMakeOne}");
            if (now < loaded.NotBefore.ToUniversalTime())
                return Certificate($"{certificate} is not valid before {loaded.NotBefore.ToUniversalTime():yyyy-MM-dd HH:mm} UTC, and it is {now:yyyy-MM-dd HH:mm} UTC here. Set the clock right, or make another certificate");
            return WhyNotItsKey(key, certificate, publicKey) is { } problem ? Key(problem) : null;
        }
    }

    private static string? WhyNotItsKey(string key, string certificate, RSA publicKey)
    {
        var pem = File.ReadAllText(key);
        if (pem.Contains("ENCRYPTED", StringComparison.Ordinal)) return $"{key} is locked with a pass phrase, which nobody could type at a start. Write it without one: openssl pkey -in {key} -out adminportal.key";
        using var rsa = RSA.Create();
        try
        {
            rsa.ImportFromPem(pem);
            rsa.ExportParameters(includePrivateParameters: true);
        }
        catch (Exception exception) when (exception is ArgumentException or CryptographicException)
        {
            return $"{key} holds no RSA private key in PEM format. It is the file that openssl wrote with -keyout";
        }
        return rsa.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(publicKey.ExportSubjectPublicKeyInfo()) ? null : $"{key} is the private key of another certificate than {certificate}. Name the two files that were made together";
    }

    private static string? WhyUnreadable(string file)
    {
        if (!File.Exists(file)) return $"the file {file} does not exist";
        try
        {
            using var _ = File.OpenRead(file);
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"the file {file} cannot be read by the user {Environment.UserName} ({exception.Message.TrimEnd('.')})";
        }
    }

    private static X509Certificate2 Load(string certificate, string key) => X509Certificate2.CreateFromPemFile(certificate, key);
}
