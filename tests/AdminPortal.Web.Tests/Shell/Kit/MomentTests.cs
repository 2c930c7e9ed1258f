using AdminPortal.Web.Shell.Kit;
using Bunit;

namespace AdminPortal.Web.Tests.Shell.Kit;

public sealed class MomentTests : KitTest
{
    [Theory]
    [InlineData("2026-11-23T14:02:11Z", "14:02, 2 min ago")]
    [InlineData("2026-11-23T14:04:55Z", "14:04, just now")]
    [InlineData("2026-11-23T14:04:20Z", "14:04, 40 s ago")]
    [InlineData("2026-11-23T09:02:00Z", "09:02, 5 h ago")]
    [InlineData("2026-11-20T11:00:00Z", "20 Nov 11:00, 3 d ago")]
    [InlineData("2023-05-15T08:00:00Z", "15 May 2023 08:00, 3 y ago")]
    [InlineData("2026-11-23T14:21:00Z", "14:21, in 16 min")]
    public void Moment_shows_exact_and_relative_time(string value, string expected)
    {
        var time = Render<Moment>(p => p.Add(m => m.Value, DateTimeOffset.Parse(value, null))).Find("time");
        Assert.Equal(expected, time.TextContent);
        Assert.Equal(value, time.GetAttribute("datetime"));
    }

    [Fact]
    public void Moment_has_date_seconds_and_zone_in_its_title()
    {
        Shell.TimeZone = TimeZoneInfo.CreateCustomTimeZone("x", TimeSpan.FromMinutes(330), "x", "x");
        var time = Render<Moment>(p => p.Add(m => m.Value, new DateTimeOffset(2026, 11, 23, 14, 2, 11, TimeSpan.Zero))).Find("time");
        Assert.Equal("Mon 23 Nov 2026, 19:32:11 GMT+5:30", time.GetAttribute("title"));
        Assert.Equal("19:32, 2 min ago", time.TextContent);
    }

    [Theory]
    [InlineData(67.0, "2 d 19 h")]
    [InlineData(48.0, "2 d")]
    [InlineData(2.17, "2 h 10 min")]
    [InlineData(0.25, "15 min")]
    public void Length_of_a_clock_has_two_units(double hours, string expected) => Assert.Equal(expected, TimeText.LongLength(TimeSpan.FromHours(hours)));
}
