using System.Security.Cryptography;
using AdminPortal.Web.Data;
using Microsoft.AspNetCore.DataProtection.AuthenticatedEncryption;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.KeyManagement.Internal;

namespace AdminPortal.Web.Security;

/// <summary>
/// The keys in force. The framework's own ring looks at the database once a day and lets a new key wait for two days, for instances that
/// have not heard of it. Here an instance that meets a key that it does not know looks at once, so the newest key protects from the
/// moment it is stored, and a rotation needs no restart.
/// </summary>
public sealed partial class PortalKeyRing(IKeyManager keys, StoredKeys stored, TimeProvider clock, ILogger<PortalKeyRing> logger) : IKeyRingProvider
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(90);
    private static readonly TimeSpan RenewAhead = TimeSpan.FromDays(2);
    private static readonly TimeSpan LookEvery = TimeSpan.FromHours(1);
    private static readonly TimeSpan LookAgainAfterFailure = TimeSpan.FromMinutes(1);
    /// <summary>Anybody can send a cookie of a key that does not exist: that must not become a query for each.</summary>
    private static readonly TimeSpan LookForUnknownEvery = TimeSpan.FromSeconds(2);

    private readonly Lock gate = new();
    private volatile Ring? current;
    private DateTimeOffset lookedForUnknownAt;

    public IKeyRing GetCurrentKeyRing()
    {
        if (current is not { } ring) lock (gate) return current ?? Look();
        if (clock.GetUtcNow() < ring.LookAt || !gate.TryEnter()) return ring;
        try
        {
            return Look();
        }
        catch (Exception exception) when (DatabaseAway.Caused(exception))
        {
            // What is known still opens and protects.
            Log.NotRead(logger, exception.GetType().Name);
            return current = ring with { LookAt = clock.GetUtcNow() + LookAgainAfterFailure };
        }
        finally
        {
            gate.Exit();
        }
    }

    /// <summary>Reads the ring, if the database has other keys than this instance knows.</summary>
    public void LookAgain()
    {
        lock (gate)
        {
            if (current is not { } ring || stored.Newest() != ring.NewestRow) Look();
        }
    }

    /// <summary>Makes a new key, which protects from now on.</summary>
    public Guid Rotate()
    {
        lock (gate)
        {
            Make();
            return Look().DefaultKeyId;
        }
    }

    private Ring Look()
    {
        lock (gate)
        {
            var now = clock.GetUtcNow();
            if (Read(now) is not { } ring || ring.Newest.ExpirationDate - now < RenewAhead)
            {
                Make();
                ring = Read(now) ?? throw new CryptographicException("The key that was just made cannot be used.");
            }
            return current = ring;
        }
    }

    private void Make()
    {
        var now = clock.GetUtcNow();
        keys.CreateNewKey(activationDate: now, expirationDate: now + Lifetime);
    }

    /// <summary>The row says which key is the newest, whatever the clocks of other instances said when they made theirs.</summary>
    private Ring? Read(DateTimeOffset now)
    {
        var newestRow = stored.Newest();
        var all = keys.GetAllKeys();
        var usable = all.LastOrDefault(key => !key.IsRevoked && key.ExpirationDate > now);
        return usable is null ? null : new Ring(this, newestRow, all.ToDictionary(key => key.KeyId), usable, now + LookEvery);
    }

    private Ring? LookForUnknown()
    {
        lock (gate)
        {
            var now = clock.GetUtcNow();
            if (now - lookedForUnknownAt < LookForUnknownEvery) return current;
            lookedForUnknownAt = now;
            LookAgain();
            return current;
        }
    }

    private sealed record Ring(PortalKeyRing Owner, int NewestRow, IReadOnlyDictionary<Guid, IKey> Keys, IKey Newest, DateTimeOffset LookAt) : IKeyRing
    {
        public Guid DefaultKeyId => Newest.KeyId;

        public IAuthenticatedEncryptor? DefaultAuthenticatedEncryptor => Newest.CreateEncryptor();

        public IAuthenticatedEncryptor? GetAuthenticatedEncryptorByKeyId(Guid keyId, out bool isRevoked)
        {
            var key = Keys.GetValueOrDefault(keyId) ?? Owner.LookForUnknown()?.Keys.GetValueOrDefault(keyId);
            isRevoked = key?.IsRevoked == true;
            return key?.CreateEncryptor();
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "The key ring could not be read ({Reason}); the keys that are known stay in force")]
        public static partial void NotRead(ILogger logger, string reason);
    }
}
