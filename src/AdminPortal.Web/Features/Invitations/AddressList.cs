using System.Text.RegularExpressions;

namespace AdminPortal.Web.Features.Invitations;

/// <summary>What people paste: addresses separated by spaces, commas, semicolons or lines, also as <c>Jane Doe &lt;jane@example.com&gt;</c>.</summary>
/// <param name="Addresses">In the order given, each once; upper and lower case count as the same.</param>
/// <param name="NotAddresses">What is none, as it was written.</param>
/// <param name="Repeated">How many were left out because they were there already.</param>
public sealed partial record AddressList(IReadOnlyList<string> Addresses, IReadOnlyList<string> NotAddresses, int Repeated)
{
    private const int LongestAddress = 254;
    private const int LongestLocalPart = 64;
    private const int LongestLabel = 63;
    private const char InBrackets = '\u0001';
    private static readonly char[] Entries = [',', ';', '\r', '\n'];

    public static AddressList Parse(string? text)
    {
        var list = new Collected([], [], new(StringComparer.OrdinalIgnoreCase));
        var marked = Bracketed().Replace(QuotedName().Replace(text ?? "", " "), $" {InBrackets}$1 ");
        foreach (var entry in marked.Split(Entries, StringSplitOptions.RemoveEmptyEntries))
        {
            // Words without '@' are somebody's name when an address in angle brackets follows them.
            List<string> name = [];
            foreach (var word in entry.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
            {
                if (word[0] != InBrackets && !word.Contains('@', StringComparison.Ordinal))
                {
                    name.Add(word);
                    continue;
                }
                if (word[0] != InBrackets) list.Bad.AddRange(name);
                name.Clear();
                list.Add(word.TrimStart(InBrackets));
            }
            list.Bad.AddRange(name);
        }
        return new AddressList(list.Good, list.Bad, list.Repeated);
    }

    private sealed record Collected(List<string> Good, List<string> Bad, HashSet<string> Seen)
    {
        public int Repeated { get; private set; }

        public void Add(string word)
        {
            if (!IsAddress(word)) Bad.Add(word);
            else if (Seen.Add(word)) Good.Add(word);
            else Repeated++;
        }
    }

    /// <summary>Whether it can be an address at all; whether anybody reads it only Calendly's mail will show.</summary>
    public static bool IsAddress(string text)
    {
        var at = text.IndexOf('@', StringComparison.Ordinal);
        if (at is < 1 or > LongestLocalPart || at != text.LastIndexOf('@') || text.Length > LongestAddress) return false;
        var (local, labels) = (text[..at], text[(at + 1)..].Split('.'));
        return local.All(c => char.IsLetterOrDigit(c) || "!#$%&'*+/=?^_`{|}~.-".Contains(c, StringComparison.Ordinal))
            && local is not ['.', ..] and not [.., '.'] && !local.Contains("..", StringComparison.Ordinal)
            && labels.Length > 1 && labels[^1].Length > 1
            && labels.All(label => label.Length is > 0 and <= LongestLabel && label is not ['-', ..] and not [.., '-'] && label.All(c => char.IsLetterOrDigit(c) || c == '-'));
    }

    [GeneratedRegex("\"[^\"\r\n]*\"")]
    private static partial Regex QuotedName();

    [GeneratedRegex("""<\s*([^<>\s]+)\s*>""")]
    private static partial Regex Bracketed();
}
