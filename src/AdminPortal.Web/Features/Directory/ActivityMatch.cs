namespace AdminPortal.Web.Features.Directory;

/// <summary>A change with all by which an entry of the activity log may mean it, and when it can have happened.</summary>
/// <param name="Emails">In lower case: the address now, and before and after where the change is one of addresses.</param>
/// <param name="From">It had not happened yet: the read before began then.</param>
/// <param name="To">It had happened: the portal knew.</param>
public sealed record ChangeToExplain(
    Guid Id, ChangeKind Kind, ChangeOrigin Origin, string? UserUri, string? MembershipUri, string? InvitationUri, IReadOnlyList<string> Emails,
    string? Before, string? After, DateTimeOffset From, DateTimeOffset To);

/// <summary>
/// Which deed explains which change. An actor is named only where it can be nobody else: a deed that fits two changes explains neither, and a
/// change that two deeds fit is explained by none. What the portal did itself takes part, so that its own entry in the log explains nothing else.
/// </summary>
public static class ActivityMatch
{
    public static IReadOnlyDictionary<Guid, LoggedDeed> Explain(IReadOnlyCollection<ChangeToExplain> changes, IReadOnlyCollection<LoggedDeed> deeds)
    {
        var byName = changes.SelectMany(change => NamesOf(change).Select(name => (Name: name, Change: change))).ToLookup(pair => pair.Name, pair => pair.Change, StringComparer.Ordinal);
        var pairs = deeds.DistinctBy(deed => deed.Uri).SelectMany(deed => NamesOf(deed).SelectMany(name => byName[name]).DistinctBy(change => change.Id).Where(change => Fits(change, deed)).Select(change => (Change: change, Deed: deed))).ToList();
        var (perChange, perDeed) = (pairs.CountBy(pair => pair.Change.Id).ToDictionary(), pairs.CountBy(pair => pair.Deed.Uri).ToDictionary());
        return pairs.Where(pair => pair.Change.Origin == ChangeOrigin.OutOfBand && perChange[pair.Change.Id] == 1 && perDeed[pair.Deed.Uri] == 1)
            .ToDictionary(pair => pair.Change.Id, pair => pair.Deed);
    }

    public static bool Fits(ChangeToExplain change, LoggedDeed deed) =>
        deed.OccurredAt >= change.From && deed.OccurredAt <= change.To && Means(deed.Kind, change.Kind) && IsAbout(change, deed)
        && !Contradicts(deed.Before, change.Before) && !Contradicts(deed.After, change.After);

    private static bool Means(ChangeKind deed, ChangeKind change) => (deed, change) switch
    {
        (ChangeKind.Joined, ChangeKind.Returned) => true,
        // Calendly's list does not say why an invitation is gone; its log does.
        (ChangeKind.InvitationRevoked, ChangeKind.InvitationVanished) => true,
        _ => deed == change,
    };

    private static bool IsAbout(ChangeToExplain change, LoggedDeed deed) => deed switch
    {
        { InvitationUri: { } invitation } => invitation == change.InvitationUri,
        { UserUri: null, MembershipUri: null } => change.Emails.Contains(deed.Email, StringComparer.Ordinal),
        _ => (deed.UserUri is null || deed.UserUri == change.UserUri) && (deed.MembershipUri is null || deed.MembershipUri == change.MembershipUri),
    };

    private static bool Contradicts(string? said, string? known) => said is not null && known is not null && !string.Equals(said, known, StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<string> NamesOf(ChangeToExplain change) => new[] { change.UserUri, change.MembershipUri, change.InvitationUri }.OfType<string>().Concat(change.Emails);

    private static IEnumerable<string> NamesOf(LoggedDeed deed) => new[] { deed.UserUri, deed.MembershipUri, deed.InvitationUri, deed.Email }.OfType<string>();
}
