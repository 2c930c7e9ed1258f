using System.Text.RegularExpressions;

namespace AdminPortal.Simulator.Calendly;

/// <summary>
/// The search of the activity log: <c>this | that</c>, <c>(this + that) OR (person + place)</c>, <c>"exact words"</c>,
/// <c>Added -User</c>, <c>prefix*</c>, <c>*@other-website.com</c>. Words are found whole and in any case. Not documented, so
/// assumed: words without an operator must all be there, and what can't be read is refused.
/// </summary>
internal sealed class SearchTerm
{
    private readonly string _text;
    private int _at;

    private SearchTerm(string text) => _text = text;

    /// <summary>Null if the text is no search.</summary>
    public static Predicate<string>? Parse(string text)
    {
        var search = new SearchTerm(text);
        var found = search.Any();
        return search.Peek() is null ? found : null;
    }

    private Predicate<string>? Any()
    {
        var found = All();
        while (found is not null && (Take("|") || Take("OR")))
        {
            var (left, right) = (found, All());
            found = right is null ? null : text => left(text) || right(text);
        }
        return found;
    }

    private Predicate<string>? All()
    {
        var found = One();
        while (found is not null && (Take("+") || Peek() is not (null or "|" or "OR" or ")")))
        {
            var (left, right) = (found, One());
            found = right is null ? null : text => left(text) && right(text);
        }
        return found;
    }

    private Predicate<string>? One()
    {
        if (Take("-")) return One() is { } omitted ? text => !omitted(text) : null;
        if (Take("(")) return Any() is { } inner && Take(")") ? inner : null;
        var word = Peek();
        if (word is null or "|" or "OR" or "+" or ")" or "\"") return null;
        _at += word.Length;
        return word[0] == '"' ? Words(word[1..^1], false, false) : Words(word.Trim('*'), word[0] == '*', word[^1] == '*');
    }

    private static Predicate<string> Words(string words, bool openStart, bool openEnd)
    {
        var pattern = $@"{(openStart ? "" : @"(?<![\p{L}\p{N}])")}{Regex.Escape(words)}{(openEnd ? "" : @"(?![\p{L}\p{N}])")}";
        return new Regex(pattern, RegexOptions.IgnoreCase | RegexOptions.CultureInvariant).IsMatch;
    }

    private bool Take(string token)
    {
        if (Peek() != token) return false;
        _at += token.Length;
        return true;
    }

    /// <summary>The next operator, quoted words or word; a quote that is never closed is given as a lone quote.</summary>
    private string? Peek()
    {
        while (_at < _text.Length && char.IsWhiteSpace(_text[_at])) _at++;
        if (_at == _text.Length) return null;
        var first = _text[_at];
        if (first is '|' or '+' or '-' or '(' or ')') return first.ToString();
        if (first == '"') return _text.IndexOf('"', _at + 1) is var close and > 0 && close > _at + 1 ? _text[_at..(close + 1)] : "\"";
        var end = _at;
        while (end < _text.Length && !char.IsWhiteSpace(_text[end]) && _text[end] is not ('|' or '(' or ')' or '"')) end++;
        return _text[_at..end];
    }
}
