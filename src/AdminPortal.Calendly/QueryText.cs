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

    public QueryText Reference(string name, string? uri, CalendlyKind kind) =>
        uri is null ? this : Text(name, CalendlyUri.Check(uri, kind, name));

    public QueryText Page(int count, string? token)
    {
        if (count is < 1 or > 100)
            throw new ArgumentOutOfRangeException(nameof(count), count, "Calendly's pages have 1 to 100 rows.");
        PageToken = token;
        return Text("count", count.ToString(CultureInfo.InvariantCulture)).Text("page_token", token);
    }

    public override string ToString() => text.ToString();
}
