using System.Globalization;
using System.Text;

namespace AdminPortal.Calendly;

/// <summary>A path with its query, relative to the API's root. References in it are checked full URIs.</summary>
internal sealed class QueryText(string path)
{
    private readonly StringBuilder text = new(path);
    private char separator = '?';

    /// <summary>The token of the page that this asks for, if any.</summary>
    public string? PageToken { get; private set; }

    public QueryText Text(string name, string? value)
    {
        if (value is null)
            return this;
        text.Append(separator).Append(name).Append('=').Append(Uri.EscapeDataString(value));
        separator = '&';
        return this;
    }

    /// <summary>Values in one parameter, separated by commas.</summary>
    public QueryText List(string name, IReadOnlyList<string>? values)
    {
        if (values is not { Count: > 0 })
            return this;
        if (values.Any(value => value.Contains(',', StringComparison.Ordinal)))
            throw new ArgumentException("A value with a comma would be read as two.", name);
        text.Append(separator).Append(name).Append('=').AppendJoin(',', values.Select(Uri.EscapeDataString));
        separator = '&';
        return this;
    }

    /// <summary>In UTC, microseconds: <c>2026-11-23T12:00:00.000000Z</c>.</summary>
    public QueryText Instant(string name, DateTimeOffset? at) =>
        Text(name, at?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture));

    public QueryText Reference(string name, string? uri, CalendlyKind kind) =>
        uri is null ? this : Text(name, CalendlyUri.Check(uri, kind, name));

    public QueryText Page(int count, string? token, int most = 100)
    {
        if (count < 1 || count > most)
            throw new ArgumentOutOfRangeException(nameof(count), count, $"Calendly's pages have 1 to {most} rows here.");
        PageToken = token;
        return Text("count", count.ToString(CultureInfo.InvariantCulture)).Text("page_token", token);
    }

    public override string ToString() => text.ToString();
}
