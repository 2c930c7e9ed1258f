using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace AdminPortal.Calendly;

/// <summary>
/// Proof key for code exchange, method S256. <see href="https://www.rfc-editor.org/rfc/rfc7636"/>
/// </summary>
/// <param name="Verifier">The secret half, kept until the exchange; never printed.</param>
/// <param name="Challenge">base64url(SHA-256(verifier)), which goes into the authorize URL.</param>
public sealed record Pkce(string Verifier, string Challenge)
{
    /// <summary>A fresh pair: 32 random bytes as 43 characters.</summary>
    public static Pkce Create() => From(Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32)));

    /// <summary>The pair of a verifier that was stored.</summary>
    /// <exception cref="ArgumentException">Not 43 to 128 unreserved characters (RFC 7636, 4.1).</exception>
    public static Pkce From(string verifier)
    {
        ArgumentNullException.ThrowIfNull(verifier);
        if (verifier.Length is < 43 or > 128 || !verifier.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_' or '~'))
            throw new ArgumentException("A verifier has 43 to 128 letters, digits, '-', '.', '_' or '~'.", nameof(verifier));
        return new Pkce(verifier, Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier))));
    }

    private bool PrintMembers(StringBuilder builder)
    {
        builder.Append("Challenge = ").Append(Challenge);
        return true;
    }
}
