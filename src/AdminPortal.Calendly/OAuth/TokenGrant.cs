using System.Text;

namespace AdminPortal.Calendly;

/// <summary>
/// What the token endpoint grants. Printing it shows no token.
/// <see href="https://developer.calendly.com/api-docs/calendly-o-auth/o-auth/post-oauth-refresh-token"/>
/// </summary>
/// <param name="AccessToken">Opaque; lives for <paramref name="ExpiresIn"/>.</param>
/// <param name="RefreshToken">Opaque; no expiry, but good for one use.</param>
/// <param name="ExpiresIn">Seconds, counted from <paramref name="CreatedAt"/>; Calendly documents 7200.</param>
/// <param name="CreatedAt">When Calendly issued it, by Calendly's clock.</param>
/// <param name="Scope">
/// Granted scopes, separated by spaces; "default" for a grant older than scopes; null when they are those that were asked for or held before
/// (RFC 6749, section 5.1).
/// </param>
/// <param name="Owner">https://api.calendly.com/users/…: whose authority this is.</param>
/// <param name="Organization">https://api.calendly.com/organizations/…</param>
public sealed record TokenGrant(
    string AccessToken, string RefreshToken, int ExpiresIn, DateTimeOffset CreatedAt, string? Scope, string Owner, string Organization)
{
    /// <summary>When the access token ends, by Calendly's clock.</summary>
    public DateTimeOffset ExpiresAt => CreatedAt.AddSeconds(ExpiresIn);

    private bool PrintMembers(StringBuilder builder)
    {
        builder.Append("Owner = ").Append(Owner)
            .Append(", Organization = ").Append(Organization)
            .Append(", Scope = ").Append(Scope)
            .Append(", CreatedAt = ").Append(CreatedAt.ToString("O"))
            .Append(", ExpiresIn = ").Append(ExpiresIn);
        return true;
    }
}

/// <summary>
/// What Calendly says about a token; only <paramref name="Active"/> is there for one that is dead.
/// <see href="https://developer.calendly.com/api-docs/calendly-o-auth/o-auth/post-oauth-introspect"/>
/// </summary>
/// <param name="Exp">Unix seconds.</param>
/// <param name="Iat">Unix seconds.</param>
public sealed record TokenIntrospection(
    bool Active,
    string? Scope = null,
    string? ClientId = null,
    string? TokenType = null,
    long? Exp = null,
    long? Iat = null,
    string? Owner = null,
    string? Organization = null);

/// <summary>The token endpoint's body. Never leaves this assembly.</summary>
internal sealed record TokenResponse(
    string TokenType, string AccessToken, string RefreshToken, int ExpiresIn, long CreatedAt, string Owner, string Organization, string? Scope = null)
{
    public override string ToString() => nameof(TokenResponse);
}
