using System.Net;
using System.Text.Json;

namespace AdminPortal.Calendly;

/// <summary>
/// Reads Calendly's error body, for example
/// <c>{"title":"Invalid Argument","message":"The supplied parameters are invalid.","details":[{"parameter":"user","message":"invalid"}]}</c>.
/// Only the title decides whether it is Calendly's; everything else may be missing or of another type.
/// </summary>
internal static class ErrorAnswer
{
    public static async Task<CalendlyException> ReadAsync(HttpResponseMessage response, string token, DateTimeOffset now, CancellationToken ct)
    {
        var status = response.StatusCode;
        var body = Parse(Transport.Without(await response.Content.ReadAsStringAsync(ct), token));
        var failure = Classify(response, body);
        var said = body.Title is null ? "" : $": {body.Title}: {body.Message}";
        return new CalendlyException(failure, $"Calendly answered {(int)status} ({failure}){said}")
        {
            Status = status,
            Title = body.Title,
            CalendlyMessage = body.Message,
            Details = body.Details,
            RequiredScopes = body.RequiredScopes,
            RequestId = RetryAfter.Header(response, "x-request-id"),
            RetryAfter = failure == CalendlyFailure.RateLimited
                || (status == HttpStatusCode.ServiceUnavailable && RetryAfter.Header(response, "Retry-After") is not null)
                    ? RetryAfter.Read(response, now)
                    : null,
        };
    }

    private static CalendlyFailure Classify(HttpResponseMessage response, Body body) => (int)response.StatusCode switch
    {
        429 => CalendlyFailure.RateLimited,
        >= 500 => CalendlyFailure.ServerError,
        // RFC 6750, 3: the challenge alone says that the token is refused.
        401 when body.Title is not null || response.Headers.WwwAuthenticate.Any(challenge => challenge.Scheme == "Bearer") =>
            CalendlyFailure.Unauthenticated,
        // A proxy's own 404 must never pass for "this member is gone".
        _ when body.Title is null => CalendlyFailure.Unreadable,
        403 => Forbidden(body),
        404 => CalendlyFailure.NotFound,
        400 => BadRequest(body.Title!),
        _ => CalendlyFailure.Unknown,
    };

    private static CalendlyFailure Forbidden(Body body)
    {
        if (body.RequiredScopes.Count > 0 || body.Title == "Insufficient scope")
            return CalendlyFailure.InsufficientScope;
        var message = body.Message ?? "";
        if (message.Contains("SCIM", StringComparison.Ordinal))
            return CalendlyFailure.ScimEnforced;
        if (message.StartsWith("Please upgrade your Calendly account to Enterprise", StringComparison.Ordinal))
            return CalendlyFailure.EnterpriseRequired;
        // "… allotted based upon the number of seats …" and "… allotted to you with a trial account."
        return message.StartsWith("You already sent all the invitations", StringComparison.Ordinal)
            ? CalendlyFailure.NoSeats
            : CalendlyFailure.PermissionDenied;
    }

    private static CalendlyFailure BadRequest(string title) => title switch
    {
        "Invalid Argument" => CalendlyFailure.InvalidArgument,
        "Invalid Email" => CalendlyFailure.InvalidEmail,
        "Already Organization Member" => CalendlyFailure.AlreadyMember,
        "Already Invited" => CalendlyFailure.AlreadyInvited,
        "Race Condition" => CalendlyFailure.RaceCondition,
        "Invitation Already Accepted" => CalendlyFailure.InvitationAlreadyAccepted,
        _ => CalendlyFailure.Unknown,
    };

    private static Body Parse(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
                return Body.None;
            return new Body(
                Text(root, "title"),
                Text(root, "message"),
                [.. Items(root, "details")
                    .Where(item => item.ValueKind == JsonValueKind.Object)
                    .Select(item => new CalendlyErrorDetail(Text(item, "parameter"), Text(item, "message"), Text(item, "code")))],
                [.. Items(root, "required_scopes").Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!)]);
        }
        catch (JsonException)
        {
            return Body.None;
        }
    }

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static JsonElement.ArrayEnumerator Items(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : default;

    private sealed record Body(
        string? Title, string? Message, IReadOnlyList<CalendlyErrorDetail> Details, IReadOnlyList<string> RequiredScopes)
    {
        public static Body None { get; } = new(null, null, [], []);
    }
}
