using System.ComponentModel.DataAnnotations;

namespace AdminPortal.Web.Security;

/// <summary>Sessions, and the certificate that wraps the key ring.</summary>
public sealed class SecurityOptions
{
    public const string Section = "Security";

    /// <summary>Path of a PEM file with the RSA certificate that wraps the key ring. Required outside Development.</summary>
    public string? Certificate { get; init; }

    /// <summary>Path of a PEM file with the certificate's private key.</summary>
    public string? CertificateKey { get; init; }

    /// <summary>Earlier certificates that can still open old keys.</summary>
    public List<CertificateFiles> OldCertificates { get; init; } = [];

    /// <summary>A session ends after this long without anybody at one of its pages.</summary>
    [Range(typeof(TimeSpan), "00:05:00", "08:00:00")]
    public TimeSpan SessionIdle { get; init; } = TimeSpan.FromMinutes(60);

    /// <summary>A session ends after this long whatever happens.</summary>
    [Range(typeof(TimeSpan), "00:05:00", "1.00:00:00")]
    public TimeSpan SessionAbsolute { get; init; } = TimeSpan.FromHours(8);
}

public sealed record CertificateFiles(string Certificate, string CertificateKey);
