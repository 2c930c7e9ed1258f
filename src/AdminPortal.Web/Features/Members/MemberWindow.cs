namespace AdminPortal.Web.Features.Members;

/// <summary>
/// The number of each three characters of a text, as <c>member_window_codes</c> in Data/Sql/members.sql gives it. Characters beyond Latin
/// share 16 numbers, so that no alphabet makes the map grow; who has nothing but the number in common is told apart by the text itself.
/// </summary>
public static class MemberWindow
{
    private const int Latin = 0x250;
    private const int Others = 16;
    private const int Characters = Latin + Others;

    /// <summary>With repetitions, in the order of the text.</summary>
    public static IEnumerable<int> CodesOf(string text)
    {
        var (first, second, at) = (0, 0, 0);
        foreach (var rune in text.EnumerateRunes())
        {
            var third = rune.Value < Latin ? rune.Value : Latin + (rune.Value % Others);
            if (++at > 2) yield return (((first * Characters) + second) * Characters) + third;
            (first, second) = (second, third);
        }
    }
}
