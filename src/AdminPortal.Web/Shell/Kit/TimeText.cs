using System.Globalization;

namespace AdminPortal.Web.Shell.Kit;

/// <summary>Times in words: always relative and exact together ("14:02, 3 min ago").</summary>
public static class TimeText
{
    private static readonly CultureInfo Words = CultureInfo.InvariantCulture;

    /// <summary>"14:02, 3 min ago" today, "20 Nov 14:02, 3 d ago" earlier.</summary>
    public static string Both(DateTimeOffset value, DateTimeOffset now, TimeZoneInfo zone) => $"{Exact(value, now, zone)}, {Relative(value, now)}";

    /// <summary>"14:02" today, "20 Nov 14:02" this year, "20 Nov 2025 14:02" otherwise.</summary>
    public static string Exact(DateTimeOffset value, DateTimeOffset now, TimeZoneInfo zone)
    {
        var (local, today) = (TimeZoneInfo.ConvertTime(value, zone), TimeZoneInfo.ConvertTime(now, zone));
        var format = local.Date == today.Date ? "HH:mm" : local.Year == today.Year ? "d MMM HH:mm" : "d MMM yyyy HH:mm";
        return local.ToString(format, Words);
    }

    /// <summary>"20 Nov" this year, "20 Nov 2025" otherwise.</summary>
    public static string Date(DateTimeOffset value, DateTimeOffset now, TimeZoneInfo zone)
    {
        var (local, today) = (TimeZoneInfo.ConvertTime(value, zone), TimeZoneInfo.ConvertTime(now, zone));
        return local.ToString(local.Year == today.Year ? "d MMM" : "d MMM yyyy", Words);
    }

    /// <summary>"just now", "3 min ago", "in 2 h".</summary>
    public static string Relative(DateTimeOffset value, DateTimeOffset now)
    {
        var span = now - value;
        if (span.Duration() < TimeSpan.FromSeconds(10)) return span < TimeSpan.Zero ? "now" : "just now";
        return span < TimeSpan.Zero ? $"in {Length(-span)}" : $"{Length(span)} ago";
    }

    /// <summary>One unit, rounded down: "45 s", "3 min", "5 h", "12 d", "4 mo", "2 y".</summary>
    public static string Length(TimeSpan span) => span switch
    {
        { TotalMinutes: < 1 } => $"{(int)span.TotalSeconds} s",
        { TotalHours: < 1 } => $"{(int)span.TotalMinutes} min",
        { TotalDays: < 1 } => $"{(int)span.TotalHours} h",
        { TotalDays: < 60 } => $"{(int)span.TotalDays} d",
        { TotalDays: < 730 } => $"{(int)(span.TotalDays / 30.44)} mo",
        _ => $"{(int)(span.TotalDays / 365.25)} y",
    };

    /// <summary>Two units for clocks and ages: "2 d 19 h", "2 h 10 min".</summary>
    public static string LongLength(TimeSpan span) => span switch
    {
        { TotalHours: < 1 } => Length(span),
        { TotalDays: < 1 } => span.Minutes == 0 ? $"{span.Hours} h" : $"{span.Hours} h {span.Minutes} min",
        _ => span.Hours == 0 ? $"{span.Days} d" : $"{span.Days} d {span.Hours} h",
    };

    /// <summary>As people write settings: hours up to three days ("72 h"), minutes below two hours ("60 min").</summary>
    public static string Setting(TimeSpan span) => span switch
    {
        { TotalHours: >= 2 and <= 72, Minutes: 0, Seconds: 0 } => $"{(int)span.TotalHours} h",
        { TotalHours: < 2, TotalMinutes: >= 1, Seconds: 0 } => $"{(int)span.TotalMinutes} min",
        _ => LongLength(span),
    };

    /// <summary>Everything: "Mon 23 Nov 2026, 14:02:11 GMT".</summary>
    public static string Full(DateTimeOffset value, TimeZoneInfo zone) =>
        $"{TimeZoneInfo.ConvertTime(value, zone).ToString("ddd d MMM yyyy, HH:mm:ss", Words)} {Zone(value, zone)}";

    /// <summary>"GMT", "GMT+1": zone abbreviations are ambiguous, offsets are not.</summary>
    public static string Zone(DateTimeOffset at, TimeZoneInfo zone)
    {
        var offset = zone.GetUtcOffset(at);
        if (offset == TimeSpan.Zero) return "GMT";
        var minutes = offset.Minutes == 0 ? "" : $":{Math.Abs(offset.Minutes):00}";
        return $"GMT{(offset < TimeSpan.Zero ? "-" : "+")}{Math.Abs(offset.Hours)}{minutes}";
    }
}
