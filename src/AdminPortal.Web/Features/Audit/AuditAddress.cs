using System.Globalization;
using AdminPortal.Web.Data;
using AdminPortal.Web.Shell;
using Microsoft.AspNetCore.WebUtilities;

namespace AdminPortal.Web.Features.Audit;

/// <summary>
/// The audit log as its address holds it: <c>?q=&amp;rows=&amp;after=&amp;before=&amp;n=</c> as in every grid, and <c>&amp;who=&amp;action=&amp;outcome=&amp;open=</c>.
/// What does not parse is as if it were not there.
/// </summary>
/// <param name="Open">The entry whose details are open.</param>
public sealed record AuditAddress(GridQuery Grid, string? Who = null, string? Action = null, AuditOutcome? Outcome = null, long? Open = null)
{
    private const int Longest = 100;

    public bool HasFilter => Grid.Q is not null || Who is not null || Action is not null || Outcome is not null;

    public static AuditAddress Parse(string uri)
    {
        var query = uri.IndexOf('?', StringComparison.Ordinal) is var at and >= 0 ? QueryHelpers.ParseQuery(uri[at..].Split('#')[0]) : [];
        string? Value(string name) => query.TryGetValue(name, out var all) && all is [{ Length: > 0 and <= Longest } one] && !one.Any(char.IsControl) ? one : null;
        var outcome = Enum.GetValues<AuditOutcome>().Where(o => EnumText.Word(o) == Value("outcome")).Select(o => (AuditOutcome?)o).SingleOrDefault();
        return new(GridQuery.Parse(uri), Value("who"), Value("action"), outcome, Sequence(Value("open")));
    }

    /// <summary>The entry at the top of its page, open: what a link to one entry leads to.</summary>
    public static AuditAddress Entry(long sequence) => new(new GridQuery().Next(Key(sequence + 1), 1), Open: sequence);

    public AuditFilter ToFilter() => new(Grid.Q, Who, Action, Outcome, Grid.Rows, Below: Sequence(Grid.After), Above: Sequence(Grid.Before));

    public string ToUrl()
    {
        // The filters of this page alone; the grid knows how to write the rest.
        var own = new Dictionary<string, string?> { ["who"] = Who, ["action"] = Action, ["outcome"] = Outcome is { } outcome ? EnumText.Word(outcome) : null, ["open"] = Open is { } open ? Key(open) : null };
        return QueryHelpers.AddQueryString(Grid.ToUrl(Urls.Audit), own.Where(pair => pair.Value is not null));
    }

    public AuditAddress Search(string? text) => this with { Grid = Grid.WithSearch(text), Open = null };

    public AuditAddress By(string? who) => First() with { Who = string.IsNullOrEmpty(who) ? null : who };

    public AuditAddress Doing(string? action) => First() with { Action = string.IsNullOrEmpty(action) ? null : action };

    public AuditAddress Ending(AuditOutcome? outcome) => First() with { Outcome = outcome };

    public AuditAddress WithRows(int rows) => this with { Grid = Grid.WithRows(rows), Open = null };

    public AuditAddress First() => this with { Grid = Grid.First(), Open = null };

    public AuditAddress Older(long oldestShown) => this with { Grid = Grid.Next(Key(oldestShown), Grid.N + Grid.Rows), Open = null };

    public AuditAddress Newer(long newestShown) => this with { Grid = Grid.Previous(Key(newestShown), Grid.N - Grid.Rows), Open = null };

    private static string Key(long sequence) => sequence.ToString(CultureInfo.InvariantCulture);

    private static long? Sequence(string? key) => long.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence) && sequence < long.MaxValue ? sequence : null;
}
