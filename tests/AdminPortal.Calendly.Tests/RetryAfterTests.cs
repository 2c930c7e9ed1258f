using System.Globalization;
using System.Net;
using CsCheck;

namespace AdminPortal.Calendly.Tests;

public sealed class RetryAfterTests
{
    private static readonly DateTimeOffset Now = FakeCalendly.Now;

    [Theory]
    [InlineData("5", "30", 5)]
    [InlineData(" 5 ", null, 5)]
    [InlineData("1.5", null, 1.5)]
    [InlineData("0", "30", 0)]
    [InlineData("-5", "30", 0)]
    [InlineData("99999999999999999999999999999999", null, 3600)]
    [InlineData("Mon, 23 Nov 2026 12:01:30 GMT", "30", 90)]
    [InlineData("Mon, 23 Nov 2026 11:00:00 GMT", "30", 0)]
    [InlineData("Wed, 23 Nov 2033 11:00:00 GMT", "30", 3600)]
    [InlineData("NaN", "30", 30)]
    [InlineData("soon", "30", 30)]
    [InlineData("", "30", 30)]
    [InlineData(null, "-1", 0)]
    [InlineData(null, "1764000000", 3600)]
    [InlineData(null, "Infinity", 60)]
    [InlineData(null, null, 60)]
    public void Wait_is_read_from_the_first_header_that_makes_sense(string? retryAfter, string? reset, double seconds)
    {
        using var response = Answer(("Retry-After", retryAfter), ("X-RateLimit-Reset", reset));
        Assert.Equal(TimeSpan.FromSeconds(seconds), RetryAfter.Read(response, Now));
    }

    [Fact]
    public void Wait_is_between_zero_and_an_hour_whatever_the_headers_say() =>
        Gen.Select(Values, Values).Sample((retryAfter, reset) =>
        {
            using var response = Answer(("Retry-After", retryAfter), ("X-RateLimit-Reset", reset));
            Assert.InRange(RetryAfter.Read(response, Now), TimeSpan.Zero, TimeSpan.FromHours(1));
        });

    [Fact]
    public void Wait_in_seconds_and_as_a_date_agree() =>
        Gen.Int[0, 3600].Sample(seconds =>
        {
            using var delta = Answer(("Retry-After", seconds.ToString(CultureInfo.InvariantCulture)));
            using var date = Answer(("Retry-After", Now.AddSeconds(seconds).ToString("r", CultureInfo.InvariantCulture)));
            Assert.Equal(TimeSpan.FromSeconds(seconds), RetryAfter.Read(delta, Now));
            Assert.Equal(TimeSpan.FromSeconds(seconds), RetryAfter.Read(date, Now));
        });

    [Fact]
    public void Budget_is_read_from_the_three_headers()
    {
        using var response = Answer(("x-ratelimit-limit", "500"), ("x-ratelimit-remaining", "499"), ("x-ratelimit-reset", "60"));
        Assert.Equal(new RateLimit(500, 499, TimeSpan.FromMinutes(1)), RateLimit.Read(response));
    }

    [Theory]
    [InlineData(null, "499", "60")]
    [InlineData("500", null, "60")]
    [InlineData("500", "499", null)]
    [InlineData("500", "-1", "60")]
    [InlineData("lots", "499", "60")]
    public void Budget_with_a_header_missing_or_odd_is_none(string? limit, string? remaining, string? reset)
    {
        using var response = Answer(("X-RateLimit-Limit", limit), ("X-RateLimit-Remaining", remaining), ("X-RateLimit-Reset", reset));
        Assert.Null(RateLimit.Read(response));
    }

    private static Gen<string?> Values => Gen.OneOf(
        Gen.Const((string?)null),
        Gen.Long.Select(number => (string?)number.ToString(CultureInfo.InvariantCulture)),
        Gen.Double.Select(number => (string?)number.ToString("R", CultureInfo.InvariantCulture)),
        Gen.DateTime.Select(date => (string?)date.ToString("r", CultureInfo.InvariantCulture)),
        Gen.String[Gen.Char['!', '~'], 0, 20].Select(text => (string?)text));

    private static HttpResponseMessage Answer(params (string Name, string? Value)[] headers)
    {
        var response = new HttpResponseMessage(HttpStatusCode.TooManyRequests);
        foreach (var (name, value) in headers)
        {
            if (value is not null)
                Assert.True(response.Headers.TryAddWithoutValidation(name, value));
        }

        return response;
    }
}
