using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Directory;
using AdminPortal.Web.Features.Removals;
using AdminPortal.Web.Security;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Npgsql;

namespace AdminPortal.Web.Features.Settings;

/// <summary>The certificate that wraps the key ring, or why it cannot be read.</summary>
public sealed record CertificateHealth(string? Subject, DateTimeOffset? ExpiresAt, string? Problem);

/// <param name="Database">The server's version; null when it did not answer.</param>
/// <param name="Members">How many there are, once the directory has been complete.</param>
/// <param name="PolicySince">When a request was first filed under the policy in force; null when none was.</param>
public sealed record Health(string? Database, DateTimeOffset? LastComplete, int? Members, string PolicyVersion, DateTimeOffset? PolicySince, CertificateHealth? Certificate, string Instance, DateTimeOffset CheckedAt);

/// <summary>What this instance of the portal finds when it looks around, now.</summary>
public sealed class HealthQueries(IDbContextFactory<PortalDbContext> contexts, IOptions<SecurityOptions> security, IOptions<RemovalPolicy> policy, TimeProvider clock)
{
    public async Task<Health> ReadAsync(CancellationToken cancellationToken)
    {
        var hash = policy.Value.Hash();
        var health = new Health(null, null, null, Groups(Convert.ToHexStringLower(hash)), null, Certificate(), $"{Environment.MachineName}:{Environment.ProcessId}", clock.GetUtcNow());
        try
        {
            await using var db = await contexts.CreateDbContextAsync(cancellationToken);
            await db.Database.OpenConnectionAsync(cancellationToken);
            var complete = await db.Sweeps.AsNoTracking().Where(s => s.State == SweepState.Complete).MaxAsync(s => s.FinishedAt, cancellationToken);
            return health with
            {
                Database = ((NpgsqlConnection)db.Database.GetDbConnection()).PostgreSqlVersion.ToString(),
                LastComplete = complete,
                Members = complete is null ? null : await db.Members.CountAsync(m => m.LeftAt == null, cancellationToken),
                PolicySince = await db.PolicyVersions.AsNoTracking().Where(v => v.Hash == hash).Select(v => (DateTimeOffset?)v.FirstSeenAt).SingleOrDefaultAsync(cancellationToken),
            };
        }
        catch (NpgsqlException)
        {
            return health;
        }
    }

    private CertificateHealth? Certificate()
    {
        if (security.Value.Certificate is not { Length: > 0 } path) return null;
        try
        {
            using var certificate = X509CertificateLoader.LoadCertificateFromFile(path);
            return new(certificate.Subject, new DateTimeOffset(certificate.NotAfter), null);
        }
        catch (Exception exception) when (exception is CryptographicException or IOException or UnauthorizedAccessException)
        {
            return new(null, null, "The certificate's file can no longer be read. Keys that are in memory still work; the next start will not.");
        }
    }

    /// <summary>The first 16 hex digits in groups of four, as fingerprints are shown.</summary>
    private static string Groups(string hex) => string.Join(' ', hex[..16].Chunk(4).Select(four => new string(four)));
}
