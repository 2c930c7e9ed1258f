namespace AdminPortal.Web.Features.Members;

/// <summary>
/// Finds people by name and address: three letters or more anywhere in them, one or two where a name or an address begins. Both sides are
/// put into lower case by the database, by the rules of one collation, and then compared byte by byte.
/// </summary>
public sealed record MemberSearch(string Text)
{
    private const int Anywhere = 3;

    /// <summary>Also the address alone: the last word of what is searched.</summary>
    private const string Address = "split_part(search, ' ', -1)";

    /// <returns>Null: everybody.</returns>
    public static MemberSearch? For(string? text) => string.IsNullOrWhiteSpace(text) ? null : new(text.Trim());

    /// <summary>PostgreSQL's text holds neither NUL nor half of a surrogate pair, so nobody is called that.</summary>
    public bool FindsNobody => !IsStorable(Text);

    private bool IsShort => Text.EnumerateRunes().Count() < Anywhere;

    /// <summary>What LIKE compares with: <c>@like</c>.</summary>
    public string Like => IsShort ? $"{Escape(Text)}%" : $"%{Escape(Text)}%";

    /// <summary>What has a number on the map: <c>@windows</c>. The start of a word is found by the space before it.</summary>
    public string Windows => IsShort ? $" {Text}" : Text;

    public bool IsOnMap => Windows.EnumerateRunes().Count() >= Anywhere;

    /// <summary>Decides for a row.</summary>
    public string Matches => FindsNobody ? "false" : IsShort ? $"(search LIKE {Lower("@like")} OR {Address} LIKE {Lower("@like")})" : $"search LIKE {Lower("@like")}";

    /// <summary>Finds candidates through the trigram index; <see cref="Matches"/> decides.</summary>
    public string Candidates => FindsNobody || !IsShort ? Matches : $"(search LIKE {Lower("@like")} OR search LIKE {Lower("'% ' || @like")}) AND {Matches}";

    // By the collation of the column, or the planner could not use its index: https://www.postgresql.org/docs/current/indexes-collations.html
    public static string Lower(string text) => $"lower(({text}) COLLATE portal_name) COLLATE \"C\"";

    public static bool IsStorable(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\0' || char.IsLowSurrogate(text[i])) return false;
            if (char.IsHighSurrogate(text[i]) && (++i == text.Length || !char.IsLowSurrogate(text[i]))) return false;
        }
        return true;
    }

    /// <summary>The three characters that LIKE gives a meaning, taken literally.</summary>
    public static string Escape(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal);
}
