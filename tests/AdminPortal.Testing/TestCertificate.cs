using AdminPortal.Demo;

namespace AdminPortal.Testing;

/// <summary>One certificate for all portals of a test assembly; making one takes a good part of a second.</summary>
public static class TestCertificate
{
    private static readonly Lazy<Task<CertificateFiles>> Files =
        new(() => CertificateFiles.EnsureAsync(Path.Combine(AppContext.BaseDirectory, "test-certificate"), TimeProvider.System, CancellationToken.None));

    public static Task<CertificateFiles> FilesAsync(CancellationToken cancellationToken) => Files.Value.WaitAsync(cancellationToken);
}
