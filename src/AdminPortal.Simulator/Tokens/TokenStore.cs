using System.Security.Cryptography;

namespace AdminPortal.Simulator.Tokens;

/// <summary>
/// Codes, grants and tokens of one world. Refresh tokens are used once and never expire:
/// https://developer.calendly.com/how-to-access-calendly-data-on-behalf-of-authenticated-users
/// </summary>
internal sealed class TokenStore(SimulatorSettings settings, TimeProvider clock, SecretLog secrets)
{
    private static readonly TimeSpan CodeLifetime = TimeSpan.FromMinutes(10);
    private readonly byte[] _signingKey = RandomNumberGenerator.GetBytes(32);
    private readonly Lock _gate = new();
    private readonly Dictionary<string, AuthorizationCode> _codes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, AccessToken> _access = new(StringComparer.Ordinal);
    private readonly Dictionary<string, RefreshToken> _refresh = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Queue<DateTimeOffset>> _issued = new(StringComparer.Ordinal);

    public AuthorizationCode IssueCode(string userId, string clientId, string redirectUri, IReadOnlyList<string> scopes, string? challenge)
    {
        var value = secrets.Add(RandomNumberGenerator.GetHexString(64, lowercase: true));
        var code = new AuthorizationCode(value, userId, clientId, redirectUri, scopes, challenge, clock.GetUtcNow() + CodeLifetime);
        lock (_gate) _codes.Add(value, code);
        return code;
    }

    public (AccessToken? Token, TokenState State) Find(string value)
    {
        lock (_gate)
        {
            if (!_access.TryGetValue(value, out var token)) return (null, TokenState.Unknown);
            if (token.Grant.Revoked) return (token, TokenState.Revoked);
            return (token, token.ExpiresAt <= clock.GetUtcNow() ? TokenState.Expired : TokenState.Valid);
        }
    }

    public RefreshToken? FindRefresh(string value)
    {
        lock (_gate) return _refresh.GetValueOrDefault(value);
    }

    public string? CodeOwner(string value)
    {
        lock (_gate) return _codes.GetValueOrDefault(value)?.UserId;
    }

    public IssueOutcome Redeem(string value, string clientId, string? redirectUri, string? verifier, out TokenPair? pair)
    {
        pair = null;
        secrets.Received(verifier);
        lock (_gate)
        {
            if (!_codes.TryGetValue(value, out var code) || code.ExpiresAt <= clock.GetUtcNow() || code.ClientId != clientId) return IssueOutcome.InvalidGrant;
            if (code.RedirectUri != redirectUri || !Pkce.Proves(code.Challenge, verifier)) return IssueOutcome.InvalidGrant;
            if (!MayIssue(code.UserId)) return IssueOutcome.TooMany;
            _codes.Remove(value);
            pair = Issue(new Grant { UserId = code.UserId, ClientId = clientId, Scopes = code.Scopes });
            return IssueOutcome.Issued;
        }
    }

    public IssueOutcome Refresh(string value, string clientId, out TokenPair? pair)
    {
        pair = null;
        lock (_gate)
        {
            if (!_refresh.TryGetValue(value, out var token) || token.Used || token.Grant.Revoked || token.Grant.ClientId != clientId) return IssueOutcome.InvalidGrant;
            if (!MayIssue(token.Grant.UserId)) return IssueOutcome.TooMany;
            if (settings.RotateRefreshTokens) token.Used = true;
            pair = Issue(token.Grant, settings.RotateRefreshTokens ? null : token);
            return IssueOutcome.Issued;
        }
    }

    /// <summary>For scripts: a grant without the consent page, not counted by the throttle.</summary>
    public TokenPair Grant(string userId, IReadOnlyList<string> scopes, bool personal)
    {
        lock (_gate) return Issue(new Grant { UserId = userId, ClientId = personal ? null : SimulatorDefaults.CalendlyClientId, Scopes = scopes });
    }

    public void Revoke(Grant grant)
    {
        lock (_gate) grant.Revoked = true;
    }

    public int RevokeAll(string? userId)
    {
        lock (_gate)
        {
            var grants = _access.Values.Select(token => token.Grant).Where(grant => !grant.Revoked && (userId is null || grant.UserId == userId)).Distinct().ToList();
            grants.ForEach(grant => grant.Revoked = true);
            return grants.Count;
        }
    }

    /// <summary>Personal access tokens have no time at which they expire.</summary>
    public int ExpireAll(string? userId)
    {
        lock (_gate)
        {
            var now = clock.GetUtcNow();
            var live = _access.Values.Where(token => token.ExpiresAt > now && !token.Grant.Revoked && (userId is null || token.Grant.UserId == userId)).ToList();
            live.ForEach(token => token.ExpiresAt = now);
            return live.Count;
        }
    }

    private bool MayIssue(string userId)
    {
        var now = clock.GetUtcNow();
        if (!_issued.TryGetValue(userId, out var times)) _issued.Add(userId, times = new());
        while (times.TryPeek(out var oldest) && now - oldest >= TimeSpan.FromSeconds(60)) times.Dequeue();
        if (times.Count >= settings.TokensPerMinute) return false;
        times.Enqueue(now);
        return true;
    }

    private TokenPair Issue(Grant grant, RefreshToken? kept = null)
    {
        var now = clock.GetUtcNow();
        var issued = now.ToUnixTimeSeconds();
        var jti = Guid.NewGuid().ToString();
        var personal = grant.ClientId is null;
        var value = personal
            ? Jwt.Hs256(_signingKey, new { iss = "https://auth.calendly.com", iat = issued, jti, user_uuid = grant.UserId, scope = grant.Scope })
            : Jwt.Hs256(_signingKey, new { iss = "https://auth.calendly.com", iat = issued, exp = issued + settings.AccessTokenSeconds, jti, user_uuid = grant.UserId, app_uid = grant.ClientId, scope = grant.Scope });
        var access = new AccessToken(secrets.Add(value), grant, now) { ExpiresAt = personal ? null : now.AddSeconds(settings.AccessTokenSeconds) };
        _access.Add(value, access);
        if (personal || kept is not null) return new(access, kept);
        var refresh = new RefreshToken(secrets.Add(RandomNumberGenerator.GetHexString(64, lowercase: true)), grant);
        _refresh.Add(refresh.Value, refresh);
        return new(access, refresh);
    }
}
