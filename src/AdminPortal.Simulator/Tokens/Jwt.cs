using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace AdminPortal.Simulator.Tokens;

/// <summary>JSON Web Tokens in compact form (RFC 7515).</summary>
internal static class Jwt
{
    public static string Hs256(byte[] key, object payload) =>
        Sign(new { alg = "HS256", typ = "JWT" }, payload, text => HMACSHA256.HashData(key, text));

    public static string Rs256(RSA key, string keyId, object payload) =>
        Sign(new { alg = "RS256", typ = "JWT", kid = keyId }, payload, text => key.SignData(text, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));

    private static string Sign(object header, object payload, Func<byte[], byte[]> sign)
    {
        var text = $"{Part(header)}.{Part(payload)}";
        return $"{text}.{Base64Url.EncodeToString(sign(Encoding.ASCII.GetBytes(text)))}";
    }

    private static string Part(object value) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(value));
}

/// <summary>Proof key for code exchange (RFC 7636).</summary>
internal static class Pkce
{
    public static bool Proves(string? challenge, string? verifier) => challenge is null
        ? string.IsNullOrEmpty(verifier)
        : verifier is { Length: >= 43 and <= 128 } && Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier))) == challenge;

    public static bool IsChallenge(string? challenge) => challenge is { Length: 43 } && challenge.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_');
}
