using System.Globalization;
using System.Text;

namespace AdminPortal.Web.Features.Removals;

/// <summary>
/// Canonical JSON (RFC 8785, https://www.rfc-editor.org/rfc/rfc8785) for the values that a fingerprint covers: objects, arrays, strings,
/// whole numbers, null. The same content always gives the same bytes, whoever writes it in whatever language.
/// </summary>
public static class CanonicalJson
{
    /// <summary>Refuses lone surrogates instead of replacing them: two different strings must never give the same bytes.</summary>
    public static readonly Encoding Utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static byte[] Bytes(object? value) => Utf8.GetBytes(Text(value));

    public static string Text(object? value)
    {
        var text = new StringBuilder();
        Write(text, value);
        return text.ToString();
    }

    private static void Write(StringBuilder text, object? value)
    {
        switch (value)
        {
            case null:
                text.Append("null");
                break;
            case string s:
                WriteString(text, s);
                break;
            case int or long:
                text.Append(((IFormattable)value).ToString(null, CultureInfo.InvariantCulture));
                break;
            case IReadOnlyDictionary<string, object?> members:
                text.Append('{');
                // RFC 8785, 3.2.3: by UTF-16 code units, which is ordinal order.
                foreach (var (index, member) in members.OrderBy(m => m.Key, StringComparer.Ordinal).Index())
                {
                    if (index > 0) text.Append(',');
                    WriteString(text, member.Key);
                    text.Append(':');
                    Write(text, member.Value);
                }
                text.Append('}');
                break;
            case IEnumerable<object?> elements:
                text.Append('[');
                foreach (var (index, element) in elements.Index())
                {
                    if (index > 0) text.Append(',');
                    Write(text, element);
                }
                text.Append(']');
                break;
            default:
                throw new ArgumentException($"{value.GetType()} has no canonical form here", nameof(value));
        }
    }

    private static void WriteString(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (var c in value)
        {
            _ = c switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\b' => text.Append("\\b"),
                '\t' => text.Append("\\t"),
                '\n' => text.Append("\\n"),
                '\f' => text.Append("\\f"),
                '\r' => text.Append("\\r"),
                < ' ' => text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => text.Append(c),
            };
        }
        text.Append('"');
    }
}
