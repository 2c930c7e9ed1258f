using System.Buffers.Text;
using System.Security.Cryptography;
using AdminPortal.Web.Data;
using AdminPortal.Web.Security;
using Microsoft.AspNetCore.DataProtection;

namespace AdminPortal.Web.Features.Connections;

/// <summary>Which secret of a grant a ciphertext holds; part of its protection purpose.</summary>
public enum TokenField
{
    Access,
    Refresh,
}

/// <summary>
/// Protects tokens for the one row and column where they belong: person, organization, kind and field are part of the purpose, so that a
/// ciphertext moved to another row or column does not open.
/// https://learn.microsoft.com/aspnet/core/security/data-protection/consumer-apis/purpose-strings
/// </summary>
public sealed class TokenProtection(IDataProtectionProvider provider, PortalKeyRing? keyRing = null)
{
    public string Protect(Guid personId, string organizationUri, ConnectionKind kind, TokenField field, string token) =>
        Close(ForToken(personId, organizationUri, kind, field), token);

    /// <returns>Null when the ciphertext is not one of this row and column, or the key ring cannot open it.</returns>
    public string? Unprotect(Guid personId, string organizationUri, ConnectionKind kind, TokenField field, string? ciphertext) =>
        Open(ForToken(personId, organizationUri, kind, field), ciphertext);

    /// <summary>For a token that is only good for being revoked any more.</summary>
    public string ProtectRevocation(Guid revocationId, TokenField field, string token) => Close(ForRevocation(revocationId, field), token);

    public string? UnprotectRevocation(Guid revocationId, TokenField field, string? ciphertext) => Open(ForRevocation(revocationId, field), ciphertext);

    /// <summary>The PKCE verifier of one consent: bound to the person and the state that it belongs to.</summary>
    public string ProtectVerifier(Guid personId, byte[] stateHash, string verifier) => Close(ForVerifier(personId, stateHash), verifier);

    public string? UnprotectVerifier(Guid personId, byte[] stateHash, string ciphertext) => Open(ForVerifier(personId, stateHash), ciphertext);

    private IDataProtector ForToken(Guid personId, string organizationUri, ConnectionKind kind, TokenField field) =>
        provider.CreateProtector("AdminPortal.Connections.v1", personId.ToString(), organizationUri, kind.ToString(), field.ToString());

    private IDataProtector ForRevocation(Guid revocationId, TokenField field) =>
        provider.CreateProtector("AdminPortal.Revocations.v1", revocationId.ToString(), field.ToString());

    private IDataProtector ForVerifier(Guid personId, byte[] stateHash) =>
        provider.CreateProtector("AdminPortal.OAuthAttempts.v1", personId.ToString(), Convert.ToHexString(stateHash));

    private string Close(IDataProtector protector, string token)
    {
        try
        {
            // Tokens are stored rarely. Under a key that a rotation has just replaced they would be lost with its certificate.
            keyRing?.LookAgain();
        }
        catch (Exception exception) when (DatabaseAway.Caused(exception))
        {
            // The keys that are known protect as well; a pair that Calendly has just given out must not be lost.
        }
        return protector.Protect(token);
    }

    private string? Open(IDataProtector protector, string? ciphertext)
    {
        if (string.IsNullOrEmpty(ciphertext) || !IsAsWritten(ciphertext)) return null;
        var token = TryOpen(protector, ciphertext);
        if (token is not null || keyRing is null) return token;
        // Another instance may have protected it under a key that this one has not heard of.
        keyRing.LookAgain();
        return TryOpen(protector, ciphertext);
    }

    private static string? TryOpen(IDataProtector protector, string ciphertext)
    {
        try
        {
            return protector.Unprotect(ciphertext);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    /// <summary>Base64 can be written in several ways; a ciphertext that is not written as the portal writes it was touched by somebody.</summary>
    private static bool IsAsWritten(string ciphertext)
    {
        var bytes = new byte[Base64Url.GetMaxDecodedLength(ciphertext.Length)];
        return Base64Url.IsValid(ciphertext) && Base64Url.TryDecodeFromChars(ciphertext, bytes, out var length) && Base64Url.EncodeToString(bytes.AsSpan(0, length)) == ciphertext;
    }
}
