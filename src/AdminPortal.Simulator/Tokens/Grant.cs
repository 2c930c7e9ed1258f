namespace AdminPortal.Simulator.Tokens;

/// <summary>One person's consent; its tokens live and die with it.</summary>
internal sealed class Grant
{
    public required string UserId { get; init; }
    public required IReadOnlyList<string> Scopes { get; init; }

    /// <summary>Null for a personal access token: no application stands behind it.</summary>
    public required string? ClientId { get; init; }

    public bool Revoked { get; set; }
    public string Scope => string.Join(' ', Scopes);
}

internal sealed record AccessToken(string Value, Grant Grant, DateTimeOffset IssuedAt)
{
    public DateTimeOffset? ExpiresAt { get; set; }
}

internal sealed class RefreshToken(string value, Grant grant)
{
    public string Value => value;
    public Grant Grant => grant;
    public bool Used { get; set; }
}

internal sealed record AuthorizationCode(string Value, string UserId, string ClientId, string RedirectUri, IReadOnlyList<string> Scopes, string? Challenge, DateTimeOffset ExpiresAt);

internal sealed record TokenPair(AccessToken Access, RefreshToken? Refresh);

internal enum TokenState { Unknown, Expired, Revoked, Valid }

internal enum IssueOutcome { Issued, InvalidGrant, TooMany }
