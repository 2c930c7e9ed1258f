using System.Buffers.Text;
using System.Text.Json;

namespace AdminPortal.Web.Features.Connections;

/// <summary>What can be said about a pasted token before Calendly is asked: only that it cannot be one. Nothing of it is ever repeated.</summary>
public static class PersonalToken
{
    private const int Shortest = 20;
    private const int Longest = 4096;

    /// <summary>A code of <see cref="ConnectProblem"/>; null when Calendly may be asked.</summary>
    public static string? WhyNot(string token)
    {
        if (token.Length == 0) return ConnectProblem.NoToken;
        if (token.Length is < Shortest or > Longest || token.AsSpan().ContainsAnyExceptInRange('!', '~')) return ConnectProblem.MalformedToken;
        return Expires(token) ? ConnectProblem.ExpiringToken : null;
    }

    /// <summary>
    /// A token of an OAuth app would work, for two hours. Tokens are opaque, but one that is a JSON Web Token and names its end
    /// (https://www.rfc-editor.org/rfc/rfc7519#section-4.1.4) is not the kind that never expires.
    /// </summary>
    private static bool Expires(string token)
    {
        if (token.Split('.') is not [_, var payload, _]) return false;
        try
        {
            using var claims = JsonDocument.Parse(Base64Url.DecodeFromChars(payload));
            return claims.RootElement.ValueKind == JsonValueKind.Object && claims.RootElement.TryGetProperty("exp", out _);
        }
        catch (Exception exception) when (exception is FormatException or JsonException)
        {
            return false;
        }
    }
}
