using System.Collections.Frozen;
using System.Text.Json;
using AdminPortal.Calendly;

namespace AdminPortal.Web.Features.Directory;

/// <summary>
/// Reads an entry of Calendly's activity log as a deed: of what kind, about whom, from what to what. Calendly publishes neither a catalogue
/// of names nor the shape of the details, so names are read word by word and details by what their values are. What could mean two things,
/// or be about two people, is no deed.
/// </summary>
public static class ActivityDeeds
{
    private const int MostFacts = 200;
    private const int Deepest = 6;
    private const int LongestValue = 500;

    private static readonly FrozenSet<string> Invitation = Words("invite invites invited invitation invitations");
    /// <summary>Of a name that tells of members, and not of what they own: a user added to a group has not joined.</summary>
    private static readonly FrozenSet<string> Member = Words("user users member members membership memberships management organization organisation account profile admin role roles provisioning scim");
    private static readonly FrozenSet<string> Filler = Words("user users member members membership memberships organization organisation account to from in by was is has been the");
    private static readonly FrozenSet<string> Joining = Words("add added join joined create created");
    private static readonly FrozenSet<string> Leaving = Words("remove removed delete deleted leave left");
    private static readonly FrozenSet<string> Changing = Words("change changed update updated edit edited set modify modified");
    private static readonly FrozenSet<string> Accepting = Words("accept accepted");
    private static readonly FrozenSet<string> Declining = Words("decline declined reject rejected");
    private static readonly FrozenSet<string> Revoking = Words("revoke revoked cancel canceled cancelled remove removed delete deleted withdraw withdrawn");
    private static readonly FrozenSet<string> Sending = Words("send sent add added create created");
    private static readonly FrozenSet<string> Former = Words("previous old from before former prior was");
    private static readonly (ChangeKind Kind, FrozenSet<string> Words)[] Values =
        [(ChangeKind.RoleChanged, Words("role roles")), (ChangeKind.Renamed, Words("name names")), (ChangeKind.EmailChanged, Words("email emails"))];

    private sealed record Fact(IReadOnlyList<string> Key, string Value);

    public static LoggedDeed? Of(ActivityLogEntry entry)
    {
        var facts = new List<Fact>();
        if (entry.Details is { } details) Collect(details, [], facts);
        if (KindOf(entry.Namespace, entry.Action, facts) is not { } kind || About(kind, facts, entry.Actor) is not { } about) return null;
        var (before, after) = Value(kind, facts);
        return new()
        {
            Uri = entry.Uri,
            OrganizationUri = entry.Organization ?? "",
            OccurredAt = entry.OccurredAt.ToUniversalTime(),
            Name = $"{entry.Namespace}.{entry.Action}",
            Kind = kind,
            UserUri = about.User,
            MembershipUri = about.Membership,
            InvitationUri = about.Invitation,
            Email = about.Email,
            Before = before,
            After = after,
            ActorName = entry.Actor?.DisplayName ?? entry.Actor?.AlternativeIdentifier,
            ActorUri = entry.Actor?.Uri,
        };
    }

    private static ChangeKind? KindOf(string category, string action, List<Fact> facts)
    {
        var (where, what) = (Split(category), Split(action));
        if (where.Concat(what).Any(Invitation.Contains))
            return what.All(word => Invitation.Contains(word) || Filler.Contains(word)) ? ChangeKind.Invited
                : Verb(what.Where(word => !Invitation.Contains(word)), (Accepting, ChangeKind.InvitationAccepted), (Declining, ChangeKind.InvitationDeclined), (Revoking, ChangeKind.InvitationRevoked), (Sending, ChangeKind.Invited));
        if (!where.All(Member.Contains)) return null;
        if (Verb(what, (Joining, ChangeKind.Joined), (Leaving, ChangeKind.Left)) is { } kind) return kind;
        foreach (var (value, words) in Values)
            if (what.Any(words.Contains) && what.All(word => words.Contains(word) || Filler.Contains(word) || Changing.Contains(word))) return value;
        // "User.Update" says in its details what was updated.
        if (!what.Any(Changing.Contains) || !what.All(word => Filler.Contains(word) || Changing.Contains(word))) return null;
        ChangeKind[] changed = [.. Values.Where(v => facts.Any(f => f.Key.Any(v.Words.Contains) && f.Key.Any(Former.Contains))).Select(v => v.Kind)];
        return changed is [var only] ? only : null;
    }

    /// <summary>The one kind whose verbs, with fillers, are all that is said.</summary>
    private static ChangeKind? Verb(IEnumerable<string> words, params ReadOnlySpan<(FrozenSet<string> Verbs, ChangeKind Kind)> meanings)
    {
        string[] said = [.. words.Where(word => !Filler.Contains(word))];
        if (said.Length == 0) return null;
        foreach (var (verbs, kind) in meanings)
            if (said.All(verbs.Contains)) return kind;
        return null;
    }

    private static (string? User, string? Membership, string? Invitation, string? Email)? About(ChangeKind kind, List<Fact> facts, ActivityActor? actor)
    {
        string[] Of(CalendlyKind reference) => [.. facts.Select(f => f.Value).Where(value => CalendlyUri.TryId(value, reference, out _)).Distinct(StringComparer.Ordinal)];
        static string[] Without(string[] all, string? actor) => all.Length > 1 && actor is not null ? [.. all.Where(one => one != actor)] : all;
        var actorEmail = actor?.AlternativeIdentifier?.ToLowerInvariant();
        string[] emails = Without([.. facts.Where(f => IsAddress(f.Value)).Select(f => f.Value.ToLowerInvariant()).Distinct(StringComparer.Ordinal)], actorEmail);
        if (kind is ChangeKind.Invited or ChangeKind.InvitationAccepted or ChangeKind.InvitationDeclined or ChangeKind.InvitationRevoked)
            return Of(CalendlyKind.Invitation) switch
            {
                [var invitation] => (null, null, invitation, null),
                [] => emails is [var address] ? (null, null, null, address) : null,
                _ => null,
            };
        var (users, memberships) = (Without(Of(CalendlyKind.User), actor?.Uri), Of(CalendlyKind.Membership));
        if (users.Length > 1 || memberships.Length > 1) return null;
        // Only the actor by reference, and somebody else by address: whom it is about is open.
        if (users is [var self] && self == actor?.Uri && memberships is [] && kind != ChangeKind.EmailChanged && emails.Any(email => email != actorEmail)) return null;
        if (users is [] && memberships is []) return emails is [var only] ? (null, null, null, only) : null;
        return (users.FirstOrDefault(), memberships.FirstOrDefault(), null, null);
    }

    private static (string? Before, string? After) Value(ChangeKind kind, List<Fact> facts)
    {
        if (Values.FirstOrDefault(v => v.Kind == kind).Words is not { } words) return (null, null);
        var named = facts.Where(f => f.Key.Any(words.Contains)).ToLookup(f => f.Key.Any(Former.Contains), f => f.Value);
        static string? Only(IEnumerable<string> values) => values.Distinct(StringComparer.OrdinalIgnoreCase).ToList() is [var only] ? only : null;
        return (Only(named[true]), Only(named[false]));
    }

    private static void Collect(JsonElement element, IReadOnlyList<string> key, List<Fact> facts)
    {
        if (facts.Count == MostFacts || key.Count > Deepest * 3) return;
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var property in element.EnumerateObject()) Collect(property.Value, [.. key, .. Split(property.Name)], facts);
                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray()) Collect(item, key, facts);
                break;
            case JsonValueKind.String when element.GetString() is { Length: > 0 and <= LongestValue } value && !value.Contains('\0', StringComparison.Ordinal):
                facts.Add(new(key, value));
                break;
        }
    }

    private static bool IsAddress(string value) => value.IndexOf('@', StringComparison.Ordinal) is > 0 and var at && at < value.Length - 1 && at == value.LastIndexOf('@') && !value.Any(char.IsWhiteSpace);

    /// <summary>"User_Management", "RoleChanged" and "role-changed" as words in lower case.</summary>
    private static List<string> Split(string name)
    {
        var (words, start) = (new List<string>(), 0);
        for (var n = 1; n <= name.Length; n++)
        {
            if (n < name.Length && char.IsLetterOrDigit(name[n]) && char.IsLetterOrDigit(name[n - 1]) && !(char.IsUpper(name[n]) && char.IsLower(name[n - 1]))) continue;
            if (char.IsLetterOrDigit(name[start])) words.Add(name[start..n].ToLowerInvariant());
            start = n;
        }
        return words;
    }

    private static FrozenSet<string> Words(string words) => words.Split(' ').ToFrozenSet(StringComparer.Ordinal);
}
