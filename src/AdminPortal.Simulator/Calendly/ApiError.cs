using System.Globalization;
using System.Text.Json.Serialization;
using AdminPortal.Simulator.Tokens;

namespace AdminPortal.Simulator.Calendly;

internal sealed record ErrorDetail([property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Parameter, string Message);

/// <summary>An answer in the documented error shape: title, message, details.</summary>
internal sealed class ApiError(int status, string title, string message) : Exception(message)
{
    private const string NoAccess = "You do not have permission to access this resource.";

    public IReadOnlyList<ErrorDetail>? Details { get; private init; }
    public IReadOnlyList<string>? RequiredScopes { get; private init; }
    public int? RetryAfterSeconds { get; private init; }

    public static ApiError Invalid(string parameter, string message) =>
        new(400, "Invalid Argument", "The supplied parameters are invalid.") { Details = [new(parameter, message)] };

    public static ApiError BadRequest(string title, string message) => new(400, title, message);
    public static ApiError Forbidden(string message = NoAccess) => new(403, "Permission Denied", message);
    public static ApiError NotInOrganization() => Forbidden("This user is not in your organization");
    public static ApiError NotFound() => new(404, "Resource Not Found", "The server could not find the requested resource.");

    public static ApiError Unauthenticated(TokenState state) => new(401, "Unauthenticated", state switch
    {
        TokenState.Expired => "The access token expired",
        TokenState.Revoked => "The access token was revoked",
        _ => "The access token is invalid",
    });

    public static ApiError InsufficientScope(string scope) =>
        new(403, "Insufficient scope", "This operation requires the scopes listed in the 'required_scopes' array.") { RequiredScopes = [scope] };

    public static ApiError TooManyRequests(int? retryAfter) =>
        new(429, "Too Many Requests", "You have exceeded your request limit. Please try again later.") { RetryAfterSeconds = retryAfter };

    /// <summary>What a fault with this status answers.</summary>
    public static ApiError Of(int status, int? retryAfter)
    {
        var error = status switch
        {
            400 => new ApiError(400, "Invalid Argument", "The supplied parameters are invalid."),
            401 => Unauthenticated(TokenState.Unknown),
            403 => Forbidden(),
            404 => NotFound(),
            409 => new ApiError(409, "Already Exists", "Hook with this url already exists"),
            424 => new ApiError(424, "External calendar error", "The external calendar could not be reached."),
            429 => TooManyRequests(null),
            502 => new ApiError(502, "Bad Gateway", "The server received an invalid response."),
            503 => new ApiError(503, "Service Unavailable", "The server is temporarily unable to handle the request."),
            504 => new ApiError(504, "Gateway Timeout", "The server did not answer in time."),
            _ => new ApiError(status, "Internal Server Error", "The server encountered an unexpected condition that prevented it from fulfilling the request."),
        };
        return new ApiError(error.Status, error.Title, error.Message) { RetryAfterSeconds = retryAfter };
    }

    private int Status => status;
    private string Title => title;

    public Task WriteAsync(HttpContext http)
    {
        http.Response.StatusCode = status;
        if (status == 401) http.Response.Headers.WWWAuthenticate = $"Bearer realm=\"Calendly\", error=\"invalid_token\", error_description=\"{Message}\"";
        if (RetryAfterSeconds is { } seconds)
        {
            http.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
            if (status == 429) http.Response.Headers["X-RateLimit-Reset"] = seconds.ToString(CultureInfo.InvariantCulture);
        }
        if (status == 429) http.Response.Headers["X-RateLimit-Remaining"] = "0";
        return http.Response.WriteAsJsonAsync(new Body(title, Message, Details, RequiredScopes), Wire.Json, Wire.ContentType);
    }

    private sealed record Body(
        string Title,
        string Message,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<ErrorDetail>? Details,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? RequiredScopes);
}
