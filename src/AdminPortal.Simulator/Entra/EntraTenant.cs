using System.Security.Cryptography;
using AdminPortal.Simulator.Tokens;

namespace AdminPortal.Simulator.Entra;

internal sealed record EntraPerson(string Oid, string Name, string Email, IReadOnlyList<string> Roles, bool Enabled, string CalendlyRole);

internal sealed record EntraCode(string Oid, string ClientId, string RedirectUri, string? Nonce, string? Challenge, string Scope, DateTimeOffset ExpiresAt);

/// <summary>People, sessions, codes and the signing key of the simulated tenant. A reset of the Calendly world leaves it alone.</summary>
internal sealed class EntraTenant(TimeProvider clock, SecretLog secrets)
{
    private static readonly TimeSpan CodeLifetime = TimeSpan.FromMinutes(10);
    private readonly Lock _gate = new();
    private readonly Dictionary<string, EntraPerson> _people = SimulatorDefaults.People.ToDictionary(
        person => person.Oid,
        person => new EntraPerson(person.Oid, person.Name, person.Email, person.Roles, true, person.CalendlyRole),
        StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, string> _sessions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, EntraCode> _codes = new(StringComparer.Ordinal);
    private readonly Lazy<RSA> _key = new(() => RSA.Create(2048));

    public string KeyId { get; } = Guid.NewGuid().ToString("N");
    public RSAParameters PublicKey => _key.Value.ExportParameters(includePrivateParameters: false);

    public IReadOnlyList<EntraPerson> People()
    {
        lock (_gate) return [.. SimulatorDefaults.People.Select(person => _people[person.Oid])];
    }

    public EntraPerson? Find(string? oid)
    {
        lock (_gate) return oid is null ? null : _people.GetValueOrDefault(oid);
    }

    public EntraPerson? Change(string oid, IReadOnlyList<string>? roles, bool? enabled)
    {
        lock (_gate)
        {
            if (!_people.TryGetValue(oid, out var person)) return null;
            return _people[oid] = person with { Roles = roles ?? person.Roles, Enabled = enabled ?? person.Enabled };
        }
    }

    public string StartSession(string oid)
    {
        var session = RandomNumberGenerator.GetHexString(32, lowercase: true);
        lock (_gate) _sessions.Add(session, oid);
        return session;
    }

    public EntraPerson? FindSession(string? session)
    {
        lock (_gate) return session is not null && _sessions.TryGetValue(session, out var oid) ? _people.GetValueOrDefault(oid) : null;
    }

    public void EndSession(string? session)
    {
        lock (_gate) if (session is not null) _sessions.Remove(session);
    }

    public string IssueCode(EntraPerson person, string clientId, string redirectUri, string? nonce, string? challenge, string scope)
    {
        var code = secrets.Add("0.sim." + RandomNumberGenerator.GetHexString(64, lowercase: true));
        lock (_gate) _codes.Add(code, new EntraCode(person.Oid, clientId, redirectUri, nonce, challenge, scope, clock.GetUtcNow() + CodeLifetime));
        return code;
    }

    /// <summary>A code is gone once it was shown to the token endpoint.</summary>
    public EntraCode? TakeCode(string? code)
    {
        lock (_gate) return code is not null && _codes.Remove(code, out var found) && found.ExpiresAt > clock.GetUtcNow() ? found : null;
    }

    public string IdToken(EntraPerson person, EntraCode code, string issuer)
    {
        var now = clock.GetUtcNow().ToUnixTimeSeconds();
        var claims = new Dictionary<string, object>
        {
            ["iss"] = issuer,
            ["aud"] = code.ClientId,
            ["iat"] = now,
            ["nbf"] = now - 5,
            ["exp"] = now + 3600,
            ["sub"] = Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes($"{code.ClientId}:{person.Oid}")))[..43],
            ["oid"] = person.Oid,
            ["tid"] = SimulatorDefaults.TenantId,
            ["ver"] = "2.0",
            ["name"] = person.Name,
            ["preferred_username"] = person.Email,
        };
        if (person.Roles.Count > 0) claims["roles"] = person.Roles;
        if (code.Nonce is { Length: > 0 } nonce) claims["nonce"] = nonce;
        return secrets.Add(Jwt.Rs256(_key.Value, KeyId, claims));
    }

    public string AccessToken(EntraPerson person, string issuer)
    {
        var now = clock.GetUtcNow().ToUnixTimeSeconds();
        return secrets.Add(Jwt.Rs256(_key.Value, KeyId, new { iss = issuer, aud = "00000003-0000-0000-c000-000000000000", iat = now, exp = now + 3600, oid = person.Oid, tid = SimulatorDefaults.TenantId }));
    }
}
