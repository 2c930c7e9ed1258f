using System.Buffers;
using System.Globalization;

namespace AdminPortal.Calendly;

/// <summary>
/// The request budget of one Calendly user as the last answer reported it.
/// <see href="https://developer.calendly.com/api-docs/overview/rate-limits"/>
/// </summary>
/// <param name="Limit">Requests per window of a minute: 500 on paid plans, 50 on the free plan.</param>
/// <param name="Remaining">Requests left in this window.</param>
/// <param name="Reset">Time until the window ends (the header counts seconds; it is not an epoch).</param>
public sealed record RateLimit(int Limit, int Remaining, TimeSpan Reset)
{
    /// <summary>Reads the X-RateLimit-* headers; null unless all three are there and make sense.</summary>
    public static RateLimit? Read(HttpResponseMessage response)
    {
        ArgumentNullException.ThrowIfNull(response);
        return Count("X-RateLimit-Limit") is { } limit
            && Count("X-RateLimit-Remaining") is { } remaining
            && RetryAfter.Seconds(RetryAfter.Header(response, "X-RateLimit-Reset")) is { } reset
                ? new RateLimit(limit, remaining, reset)
                : null;

        int? Count(string name) =>
            int.TryParse(RetryAfter.Header(response, name), NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : null;
    }
}

/// <summary>How long an answer asks us to wait.</summary>
public static class RetryAfter
{
    private static readonly SearchValues<char> Decimal = SearchValues.Create("0123456789.-");

    /// <summary>The wait when an answer names none: the length of Calendly's window.</summary>
    public static readonly TimeSpan Default = TimeSpan.FromSeconds(60);

    /// <summary>No answer makes us wait longer than this.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    /// <summary>
    /// <c>Retry-After</c> (seconds, or an HTTP date compared with <paramref name="now"/>), else <c>X-RateLimit-Reset</c>
    /// (seconds), else 60 s; always between zero and an hour. Calendly documents only the second, so the first is a
    /// courtesy to proxies. <see href="https://developer.calendly.com/api-docs/overview/rate-limits"/>
    /// </summary>
    public static TimeSpan Read(HttpResponseMessage response, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(response);
        var asked = Header(response, "Retry-After");
        return Seconds(asked)
            ?? Until(asked, now)
            ?? Seconds(Header(response, "X-RateLimit-Reset"))
            ?? Default;
    }

    internal static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.NonValidated.TryGetValues(name, out var values) ? values.FirstOrDefault()?.Trim() : null;

    internal static TimeSpan? Seconds(string? value)
    {
        // Only plain decimals: double.TryParse alone would also take "NaN" and "Infinity".
        if (string.IsNullOrEmpty(value) || value.AsSpan().ContainsAnyExcept(Decimal))
            return null;
        return double.TryParse(value, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)
            ? TimeSpan.FromSeconds(Math.Clamp(seconds, 0, Longest.TotalSeconds))
            : null;
    }

    // RFC 9110, 5.6.7: Sun, 06 Nov 1994 08:49:37 GMT
    private static TimeSpan? Until(string? value, DateTimeOffset now)
    {
        if (!DateTimeOffset.TryParseExact(value, "r", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at))
            return null;
        var wait = at - now;
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait > Longest ? Longest : wait;
    }
}
