using System.Security.Cryptography;
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
public sealed class TokenProtection(IDataProtectionProvider provider)
{
    public string Protect(Guid personId, string organizationUri, ConnectionKind kind, TokenField field, string token) =>
        ForToken(personId, organizationUri, kind, field).Protect(token);

    /// <returns>Null when the ciphertext is not one of this row and column, or the key ring cannot open it.</returns>
    public string? Unprotect(Guid personId, string organizationUri, ConnectionKind kind, TokenField field, string? ciphertext) =>
        Open(ForToken(personId, organizationUri, kind, field), ciphertext);

    /// <summary>For a token that is only good for being revoked any more.</summary>
    public string ProtectRevocation(Guid revocationId, TokenField field, string token) => ForRevocation(revocationId, field).Protect(token);

    public string? UnprotectRevocation(Guid revocationId, TokenField field, string? ciphertext) => Open(ForRevocation(revocationId, field), ciphertext);

    /// <summary>The PKCE verifier of one consent: bound to the person and the state that it belongs to.</summary>
    public string ProtectVerifier(Guid personId, byte[] stateHash, string verifier) => ForVerifier(personId, stateHash).Protect(verifier);

    public string? UnprotectVerifier(Guid personId, byte[] stateHash, string ciphertext) => Open(ForVerifier(personId, stateHash), ciphertext);

    private IDataProtector ForToken(Guid personId, string organizationUri, ConnectionKind kind, TokenField field) =>
        provider.CreateProtector("AdminPortal.Connections.v1", personId.ToString(), organizationUri, kind.ToString(), field.ToString());

    private IDataProtector ForRevocation(Guid revocationId, TokenField field) =>
        provider.CreateProtector("AdminPortal.Revocations.v1", revocationId.ToString(), field.ToString());

    private IDataProtector ForVerifier(Guid personId, byte[] stateHash) =>
        provider.CreateProtector("AdminPortal.OAuthAttempts.v1", personId.ToString(), Convert.ToHexString(stateHash));

    private static string? Open(IDataProtector protector, string? ciphertext)
    {
        if (string.IsNullOrEmpty(ciphertext)) return null;
        try
        {
            return protector.Unprotect(ciphertext);
        }
        catch (Exception exception) when (exception is CryptographicException or FormatException)
        {
            return null;
        }
    }
}
