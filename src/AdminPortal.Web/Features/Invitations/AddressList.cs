using System.Text.RegularExpressions;

namespace AdminPortal.Web.Features.Invitations;

/// <summary>What people paste: addresses separated by spaces, commas, semicolons or lines, also as <c>Jane Doe &lt;jane@example.com&gt;</c>.</summary>
/// <param name="Addresses">In the order given, each once; upper and lower case count as the same.</param>
/// <param name="NotAddresses">What is none, as it was written.</param>
/// <param name="Repeated">How many were left out because they were there already.</param>
public sealed record AddressList(IReadOnlyList<string> Addresses, IReadOnlyList<string> NotAddresses, int Repeated)
{
    private const int LongestAddress = 254;
    private const int LongestLocalPart = 64;
    private const int LongestLabel = 63;
    private static readonly char[] Separators = [',', ';', ' ', '\t', '\r', '\n', '\u00a0'];

    // A name in quotes, or words without '@', before an address in angle brackets. NonBacktracking: the text is anybody's.
    private static readonly Regex Named = new("""(?:"[^"\r\n]*"\s*|(?:[^\s<>,;"@]+[ \t]+)*)<\s*([^<>\s]+)\s*>""", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    public static AddressList Parse(string? text)
    {
        var bare = Named.Replace(text ?? "", "\n$1\n");
        List<string> good = [], bad = [];
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var repeated = 0;
        foreach (var part in bare.Split(Separators, StringSplitOptions.RemoveEmptyEntries))
        {
            if (!IsAddress(part)) bad.Add(part);
            else if (seen.Add(part)) good.Add(part);
            else repeated++;
        }
        return new AddressList(good, bad, repeated);
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
}
