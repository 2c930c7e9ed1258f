using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace AdminPortal.Calendly;

/// <summary>
/// Reads the OAuth server's answers; a refusal looks like <c>{"error":"invalid_grant","error_description":"The provided …"}</c>.
/// JSON exceptions are not carried along: their text may quote the body, and the body holds tokens.
/// </summary>
internal static class OAuthAnswer
{
    public static async Task<T> ReadAsync<T>(HttpResponseMessage response, JsonTypeInfo<T> shape, CancellationToken ct)
        where T : class
    {
        var body = await response.Content.ReadAsByteArrayAsync(ct);
        T? answer = null;
        try
        {
            answer = JsonSerializer.Deserialize(body, shape);
        }
        catch (JsonException)
        {
            // Reported below, without its text.
        }

        return answer ?? throw Unreadable(response, body.Length == 0 ? "the body is empty" : "the body is not the documented JSON");
    }

    public static CalendlyOAuthException Unreadable(HttpResponseMessage response, string why) =>
        new(OAuthFailure.Unreadable, $"The answer of Calendly's OAuth server could not be understood: {why}.")
        {
            Status = response.StatusCode,
            RequestId = RetryAfter.Header(response, "x-request-id"),
        };

    public static async Task<CalendlyOAuthException> RefusalAsync(
        HttpResponseMessage response, string[] secrets, DateTimeOffset now, CancellationToken ct)
    {
        var (error, description) = Parse(Transport.Without(await response.Content.ReadAsStringAsync(ct), secrets));
        var failure = ((int)response.StatusCode, error) switch
        {
            (429, _) => OAuthFailure.RateLimited,
            ( >= 500, _) => OAuthFailure.ServerError,
            // 400 in the documentation, 401 in one report: the code decides, not the status.
            (_, "invalid_grant") => OAuthFailure.InvalidGrant,
            (_, "invalid_client") => OAuthFailure.InvalidClient,
            (_, null) => OAuthFailure.Unreadable,
            _ => OAuthFailure.Other,
        };
        var said = error is null ? "" : $": {error}: {description}";
        return new CalendlyOAuthException(failure, $"Calendly's OAuth server answered {(int)response.StatusCode} ({failure}){said}")
        {
            Status = response.StatusCode,
            Error = error,
            Description = description,
            RetryAfter = failure == OAuthFailure.RateLimited || RetryAfter.Header(response, "Retry-After") is not null ? RetryAfter.Read(response, now) : null,
            RequestId = RetryAfter.Header(response, "x-request-id"),
        };
    }

    private static (string? Error, string? Description) Parse(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? (Text(document.RootElement, "error"), Text(document.RootElement, "error_description"))
                : (null, null);
        }
        catch (JsonException)
        {
            return (null, null);
        }
    }

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
