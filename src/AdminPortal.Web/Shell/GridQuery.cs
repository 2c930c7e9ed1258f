using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.WebUtilities;

namespace AdminPortal.Web.Shell;

/// <summary>
/// The state of a grid as its address holds it: <c>?q=&amp;role=&amp;status=&amp;has=&amp;since=&amp;cols=&amp;sort=&amp;dir=&amp;rows=&amp;after=&amp;before=&amp;n=</c>. Defaults are left out;
/// what does not parse shows the first page.
/// </summary>
public sealed record GridQuery
{
    public const int DefaultRows = 25;

    /// <summary>As <see cref="Before"/>: the last page.</summary>
    public const string End = "end";

    private const string Day = "yyyy-MM-dd";
    private const int LongestText = 200;
    private const int LongestKey = 1000;

    public static readonly IReadOnlyList<int> RowChoices = [25, 50, 100];

    /// <summary>Text to search for, trimmed.</summary>
    public string? Q { get; init; }

    public string? Role { get; init; }

    /// <summary>The state filter of lists that have states instead of roles.</summary>
    public string? Status { get; init; }

    /// <summary>Added filters by name, in alphabetical order: <c>has=invitation,removal</c>.</summary>
    public Names Has { get; init; } = Names.None;

    /// <summary>Only what began on this day or later: <c>since=2026-11-01</c>.</summary>
    public DateOnly? Since { get; init; }

    /// <summary>The columns that are shown; none named means the reader's own choice. In alphabetical order: <c>cols=email,name,role</c>.</summary>
    public Names Columns { get; init; } = Names.None;

    /// <summary>Name of the column; null is the list's own order.</summary>
    public string? Sort { get; init; }

    public bool Descending { get; init; }

    public int Rows { get; init; } = DefaultRows;

    /// <summary>Opaque key: rows after it. Excludes <see cref="Before"/>.</summary>
    public string? After { get; init; }

    /// <summary>Opaque key: rows before it, or <see cref="End"/>.</summary>
    public string? Before { get; init; }

    /// <summary>Number of the first row, for display only.</summary>
    public long N { get; init; } = 1;

    public bool IsFirstPage => After is null && Before is null;

    public bool HasFilter => Q is not null || Role is not null || Status is not null || !Has.IsEmpty || Since is not null;

    public static GridQuery Parse(string uri) => Uri.TryCreate(uri, UriKind.RelativeOrAbsolute, out var parsed) ? Parse(parsed) : new();

    public static GridQuery Parse(Uri uri)
    {
        ArgumentNullException.ThrowIfNull(uri);
        var text = uri.OriginalString;
        var (from, to) = (text.IndexOf('?', StringComparison.Ordinal), text.IndexOf('#', StringComparison.Ordinal));
        if (from < 0 || (to >= 0 && to < from)) return new();
        var values = QueryHelpers.ParseQuery(to < 0 ? text[from..] : text[from..to]);
        string? Value(string name, int longest = LongestText) =>
            values.TryGetValue(name, out var all) && all is [{ } one] && Clean(one) is { Length: > 0 } clean && clean.Length <= longest ? clean : null;

        var sort = Value("sort");
        var (after, before) = (Value("after", LongestKey), Value("before", LongestKey));
        if (after is not null && before is not null) (after, before) = (null, null);
        return new()
        {
            Q = Value("q"),
            Role = Value("role"),
            Status = Value("status"),
            Has = Names.Parse(Value("has")),
            Since = DateOnly.TryParseExact(Value("since"), Day, CultureInfo.InvariantCulture, DateTimeStyles.None, out var since) ? since : null,
            Columns = Names.Parse(Value("cols")),
            Sort = sort,
            Descending = sort is not null && Value("dir") == "desc",
            Rows = Number(Value("rows")) is { } rows && RowChoices.Contains((int)rows) ? (int)rows : DefaultRows,
            After = after,
            Before = before,
            N = (after ?? before) is not null && Number(Value("n")) is { } n ? n : 1,
        };
    }

    public string ToUrl(string path)
    {
        var url = new StringBuilder(path);
        void Add(string name, string? value)
        {
            if (value is null) return;
            url.Append(url.Length == path.Length ? '?' : '&').Append(name).Append('=').Append(Uri.EscapeDataString(value));
        }

        Add("q", Q is null ? null : Clean(Q) is { Length: > 0 } q ? q : null);
        Add("role", Role);
        Add("status", Status);
        Add("has", Has.IsEmpty ? null : Has.ToString());
        Add("since", Since?.ToString(Day, CultureInfo.InvariantCulture));
        Add("cols", Columns.IsEmpty ? null : Columns.ToString());
        Add("sort", Sort);
        Add("dir", Sort is not null && Descending ? "desc" : null);
        Add("rows", Rows == DefaultRows ? null : Rows.ToString(CultureInfo.InvariantCulture));
        Add("after", After);
        Add("before", Before);
        Add("n", IsFirstPage || N == 1 ? null : N.ToString(CultureInfo.InvariantCulture));
        return url.ToString();
    }

    public GridQuery First() => this with { After = null, Before = null, N = 1 };

    /// <summary>The list without any filter; its tab, order and columns stay.</summary>
    public GridQuery WithoutFilter() => First() with { Q = null, Role = null, Has = Names.None, Since = null };

    public GridQuery Next(string afterKey, long firstRow) => this with { After = afterKey, Before = null, N = firstRow };

    public GridQuery Previous(string beforeKey, long firstRow) => this with { After = null, Before = beforeKey, N = Math.Max(1, firstRow) };

    public GridQuery Last(long total) => this with { After = null, Before = End, N = Math.Max(1, total - ((total - 1) % Rows)) };

    public GridQuery WithRows(int rows) => First() with { Rows = rows };

    public GridQuery WithSearch(string? text) => First() with { Q = Clean(text ?? "") is { Length: > 0 } clean ? clean : null };

    public GridQuery WithRole(string? role) => First() with { Role = role };

    public GridQuery WithStatus(string? status) => First() with { Status = status };

    public GridQuery WithHas(string name, bool wanted) => First() with { Has = Has.With(name, wanted) };

    public GridQuery WithColumns(Names columns) => this with { Columns = columns };

    public GridQuery WithSince(DateOnly? since) => First() with { Since = since };

    /// <summary>What a click on the head of this column asks for: ascending, then descending, then the list's own order.</summary>
    public GridQuery WithSort(string column) => (Sort == column, Descending) switch
    {
        (false, _) => First() with { Sort = column, Descending = false },
        (true, false) => First() with { Descending = true },
        (true, true) => First() with { Sort = null, Descending = false },
    };

    /// <summary>The value of <c>aria-sort</c> for this column's head; null leaves the attribute out.</summary>
    public string? AriaSort(string column) => Sort != column ? null : Descending ? "descending" : "ascending";

    private static long? Number(string? text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and < int.MaxValue ? number : null;

    private static string Clean(string text)
    {
        text = text.Trim();
        return text.Length > LongestText ? text : string.Concat(text.Where(c => !char.IsControl(c)));
    }
}
