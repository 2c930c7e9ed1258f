using System.Buffers;
using System.Text;

namespace AdminPortal.Testing;

/// <summary>A secret that was found where none may be.</summary>
/// <param name="Secret">Its first characters only: a report is read by many.</param>
public sealed record Leak(string Secret, string Form, int Position, string Before);

/// <summary>Looks for secrets in bytes: as they are, in UTF-16, and each of these in base64 (also inside something longer), base64url and hex.</summary>
public sealed class LeakScan
{
    private const int Shortest = 16;

    // Bytes as characters of the same number, so that text and binary are searched alike.
    private static readonly Encoding Bytes = Encoding.Latin1;
    private readonly Dictionary<string, (string Secret, string Form)> _patterns = [];
    private readonly SearchValues<string> _search;

    public LeakScan(IEnumerable<string> secrets)
    {
        // What is shorter stands everywhere by chance.
        foreach (var secret in secrets.Where(secret => secret.Length >= Shortest))
            foreach (var (form, pattern) in Forms(secret)) _patterns.TryAdd(pattern, (secret, form));
        _search = SearchValues.Create([.. _patterns.Keys], StringComparison.Ordinal);
    }

    /// <summary>The forms in which a secret is looked for, by name.</summary>
    public static IEnumerable<(string Form, string Pattern)> Forms(string secret)
    {
        foreach (var (encoding, bytes) in (IEnumerable<(string, byte[])>)[("", Encoding.UTF8.GetBytes(secret)), ("UTF-16LE", Encoding.Unicode.GetBytes(secret)), ("UTF-16BE", Encoding.BigEndianUnicode.GetBytes(secret))])
            foreach (var (form, pattern) in Written(bytes)) yield return ($"{encoding} {form}".Trim(), pattern);
        if (Uri.EscapeDataString(secret) is var escaped && escaped != secret) yield return ("percent", escaped);
    }

    /// <summary>How bytes are written; each in the forms that a secret's bytes can take inside something longer.</summary>
    public static IEnumerable<(string Form, string Pattern)> Written(byte[] bytes)
    {
        yield return ("plain", Bytes.GetString(bytes));
        yield return ("hex", Convert.ToHexStringLower(bytes));
        yield return ("HEX", Convert.ToHexString(bytes));
        for (var before = 0; before < 3; before++)
        {
            // Only the characters that the bytes before and after have no part in.
            var whole = Convert.ToBase64String([.. new byte[before], .. bytes])[(before == 0 ? 0 : before + 1)..];
            var base64 = whole[..((((before + bytes.Length) * 8) / 6) - (before == 0 ? 0 : before + 1))];
            yield return ($"base64+{before}", base64);
            if (base64.AsSpan().ContainsAny('+', '/')) yield return ($"base64url+{before}", base64.Replace('+', '-').Replace('/', '_'));
        }
    }

    public IReadOnlyList<Leak> Find(byte[] content) => Find(Bytes.GetString(content));

    public async Task<IReadOnlyList<Leak>> FindInFileAsync(string file, CancellationToken cancellationToken) => Find(await File.ReadAllBytesAsync(file, cancellationToken));

    private List<Leak> Find(string content)
    {
        const int Most = 20, Context = 200;
        var found = new List<Leak>();
        for (var from = 0; found.Count < Most && content.AsSpan(from).IndexOfAny(_search) is >= 0 and var next;)
        {
            var at = from + next;
            var pattern = _patterns.Keys.Where(pattern => content.AsSpan(at).StartsWith(pattern, StringComparison.Ordinal)).MaxBy(pattern => pattern.Length)!;
            var (secret, form) = _patterns[pattern];
            // Never into what was found before: a report may not leak either.
            found.Add(new(secret[..Math.Min(6, secret.Length)] + "…", form, at, content[Math.Max(from, at - Context)..at]));
            from = at + pattern.Length;
        }
        return found;
    }
}
