namespace AdminPortal.Simulator.Calendly;

internal static class Ids
{
    /// <summary>A lowercase UUID, or the 16 capital letters and digits of older rows.</summary>
    public static bool LooksLikeId(string text) =>
        text.Length == 36 ? Guid.TryParseExact(text, "D", out _)
        : text.Length == 16 && text.All(letter => char.IsAsciiLetterUpper(letter) || char.IsAsciiDigit(letter));

    public static void Check(string id)
    {
        if (!LooksLikeId(id)) throw ApiError.Invalid("uuid", "invalid");
    }
}
