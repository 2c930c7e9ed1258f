using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using AdminPortal.Simulator.Calls;
using AdminPortal.Simulator.Model;

namespace AdminPortal.Simulator.Calendly;

/// <summary>Calendly's envelopes, times and names.</summary>
internal static class Wire
{
    public const string ContentType = "application/json; charset=utf-8";

    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        // Results.Json would set it at the first answer, which another simulator in this process may be giving at the same moment.
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };

    /// <summary><c>2026-11-23T08:15:30.123456Z</c></summary>
    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);

    public static IResult Resource(object resource, int status = 200) => Results.Json(new { Resource = resource }, Json, ContentType, status);

    public static IResult List<T>(Call call, Page<T> page, Func<T, object> show) =>
        Results.Json(new { Collection = page.Items.Select(show), Pagination = Pagination(call, page) }, Json, ContentType);

    /// <summary>The five keys that are always there.</summary>
    public static object Pagination<T>(Call call, Page<T> page)
    {
        var next = Token(call, page.Next);
        var previous = Token(call, page.Previous);
        return new
        {
            page.Items.Count,
            NextPage = Address(call, next),
            PreviousPage = Address(call, previous),
            NextPageToken = next,
            PreviousPageToken = previous,
        };
    }

    public static int Count(Call call, int most = 100)
    {
        if (call.Query("count") is not { } text) return 20;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count >= 1 && count <= most
            ? count
            : throw ApiError.Invalid("count", $"must be between 1 and {most}");
    }

    public static DateTimeOffset? Instant(Call call, string name)
    {
        if (call.Query(name) is not { } text) return null;
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? time
            : throw ApiError.Invalid(name, "invalid");
    }

    public static Cursor? PageToken(Call call)
    {
        if (call.Query("page_token") is not { } text) return null;
        return call.World.PageTokens.TryRead(call.Entry.Path, text, out var cursor) ? cursor : throw ApiError.Invalid("page_token", "invalid");
    }

    /// <summary>True for descending.</summary>
    public static bool Descending(Call call, string field, bool otherwise = false) => call.Query("sort") switch
    {
        null => otherwise,
        var sort when sort == $"{field}:asc" || sort == field => false,
        var sort when sort == $"{field}:desc" => true,
        _ => throw ApiError.Invalid("sort", "invalid"),
    };

    private static string? Token(Call call, Cursor? cursor) => cursor is { } at ? call.World.PageTokens.Write(call.Entry.Path, at) : null;

    private static string? Address(Call call, string? token)
    {
        if (token is null) return null;
        var query = QueryString.Create(call.Http.Request.Query.Where(pair => pair.Key != "page_token")
            .SelectMany(pair => pair.Value.Select(value => KeyValuePair.Create(pair.Key, value))).OrderBy(pair => pair.Key, StringComparer.Ordinal));
        return $"{call.Simulation.Options.PagePrefix}{call.Entry.Path}{query.Add("page_token", token)}";
    }
}
