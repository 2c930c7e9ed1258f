using AdminPortal.Demo;

namespace AdminPortal.Testing;

/// <summary>One certificate for all portals of a test assembly; making one takes a good part of a second.</summary>
public static class TestCertificate
{
    private static readonly Lazy<Task<CertificateFiles>> Files =
        new(() => CertificateFiles.EnsureAsync(Path.Combine(AppContext.BaseDirectory, "test-certificate"), TimeProvider.System, CancellationToken.None));

    /// <summary>Another one, for a test that changes certificates.</summary>
    /// <param name="clock">When it is made: it is valid from a day before, for five years.</param>
    public static Task<CertificateFiles> MakeAsync(CancellationToken cancellationToken, TimeProvider? clock = null) =>
        CertificateFiles.EnsureAsync(Path.Combine(AppContext.BaseDirectory, "test-certificate", $"{Guid.NewGuid():N}"), clock ?? TimeProvider.System, cancellationToken);

    public static Task<CertificateFiles> FilesAsync(CancellationToken cancellationToken) => Files.Value.WaitAsync(cancellationToken);
}
