using System.Globalization;
using System.Text.Json.Serialization;
using AdminPortal.Simulator.Calendly;

namespace AdminPortal.Simulator.OAuth;

/// <summary>An answer in the shape of RFC 6749, section 5.2.</summary>
internal sealed class OAuthError(int status, string error, string description) : Exception(description)
{
    public int? RetryAfterSeconds { get; private init; }

    public static OAuthError InvalidRequest(string parameter) => new(400, "invalid_request", $"Missing required parameter: {parameter}.");

    public static OAuthError InvalidGrant() => new(400, "invalid_grant",
        "The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in the authorization request, or was issued to another client.");

    public static OAuthError InvalidClient() => new(401, "invalid_client",
        "Client authentication failed due to unknown client, no client authentication included, or unsupported authentication method.");

    public static OAuthError UnsupportedGrantType() => new(400, "unsupported_grant_type", "The authorization grant type is not supported by the authorization server.");

    public static OAuthError UnauthorizedClient() => new(403, "unauthorized_client", "You are not authorized to revoke this token");

    public static OAuthError TooMany(int? retryAfter) =>
        new(429, "too_many_requests", "Too many tokens were created for this user. Please try again later.") { RetryAfterSeconds = retryAfter };

    /// <summary>What a fault with this status answers.</summary>
    public static OAuthError Of(int status, int? retryAfter) => status switch
    {
        400 => InvalidGrant(),
        401 => InvalidClient(),
        429 => TooMany(retryAfter),
        503 => new(503, "temporarily_unavailable", "The authorization server is temporarily unable to handle the request.") { RetryAfterSeconds = retryAfter },
        _ => new(status, "server_error", "The authorization server encountered an unexpected condition.") { RetryAfterSeconds = retryAfter },
    };

    public Task WriteAsync(HttpContext http)
    {
        http.Response.StatusCode = status;
        http.Response.Headers.CacheControl = "no-store";
        if (status == 401) http.Response.Headers.WWWAuthenticate = "Basic realm=\"Calendly\"";
        if (RetryAfterSeconds is { } seconds) http.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        return http.Response.WriteAsJsonAsync(new Body(error, Message), Wire.Json, Wire.ContentType);
    }

    private sealed record Body(string Error, [property: JsonPropertyName("error_description")] string Description);
}
