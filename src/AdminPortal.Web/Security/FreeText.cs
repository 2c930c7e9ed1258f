using System.Text;

namespace AdminPortal.Web.Security;

/// <summary>Text that a person typed and that is kept for good: trimmed, long enough to say something, and storable as it is.</summary>
public static class FreeText
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The trimmed text. Lengths count characters as PostgreSQL counts them (code points), not UTF-16 units.</summary>
    /// <exception cref="RefusedException">Too short (<c>reason</c>), too long (<c>too_long</c>), or not storable (<c>text</c>).</exception>
    public static string Require(string? text, string what, int min, int max)
    {
        var trimmed = (text ?? "").Trim();
        if (!IsStorable(trimmed)) throw new RefusedException("text", $"The {what} contains characters that cannot be stored.");
        var length = trimmed.EnumerateRunes().Count();
        if (length < min) throw new RefusedException("reason", $"Write at least {min} characters, so that others can understand it.");
        return length <= max ? trimmed : throw new RefusedException("too_long", $"The {what} holds up to {max:N0} characters.");
    }

    private static bool IsStorable(string text)
    {
        try
        {
            _ = Strict.GetByteCount(text);
            return !text.Contains('\0', StringComparison.Ordinal);
        }
        catch (EncoderFallbackException)
        {
            return false;
        }
    }
}
