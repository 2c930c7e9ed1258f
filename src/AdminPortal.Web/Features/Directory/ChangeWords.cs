using System.Globalization;
using AdminPortal.Web.Shell;
using AdminPortal.Web.Shell.Kit;

namespace AdminPortal.Web.Features.Directory;

/// <summary>A piece of a sentence: plain, set off as a value, or a link.</summary>
public readonly record struct Phrase(string Text, bool IsValue = false, string? Href = null);

/// <summary>A change in words: what happened, where, and by whom as far as that is known. Nobody is named who was not found.</summary>
public static class ChangeWords
{
    public static IReadOnlyList<Phrase> Of(ChangeLine line)
    {
        var change = line.Change;
        IEnumerable<Phrase> what = change.Kind switch
        {
            ChangeKind.Joined => change.Origin == ChangeOrigin.Ours ? [new("Joined, invited "), new(By(line) ?? "here")] : [new("Joined")],
            ChangeKind.Returned => [new("Joined again")],
            ChangeKind.Left => [new("Left")],
            ChangeKind.RoleChanged => [new("Role changed"), .. Values(change, Role)],
            ChangeKind.Renamed => [new("Name changed"), .. Values(change, name => name)],
            ChangeKind.EmailChanged => [new("Email changed"), .. Values(change, email => email)],
            ChangeKind.Invited => [new("Invited")],
            ChangeKind.InvitationAccepted => [new($"Accepted the invitation{After(line)}")],
            ChangeKind.InvitationDeclined => [new($"Declined the invitation{After(line)}")],
            ChangeKind.InvitationRevoked => [new("Invitation revoked")],
            // Who took it back is known from the log only; then it says as well that somebody did.
            _ => [new(change.ActorName is null ? "Invitation no longer listed in Calendly, which does not say why" : "Invitation revoked")],
        };
        return [.. what, .. Who(line)];
    }

    /// <summary>The same without links, for titles and tests.</summary>
    public static string Text(ChangeLine line) => string.Concat(Of(line).Select(phrase => phrase.Text));

    public static string Icon(ChangeKind kind) => kind switch
    {
        ChangeKind.Joined or ChangeKind.Returned => "user-plus",
        ChangeKind.Left => "user-off",
        ChangeKind.Renamed or ChangeKind.EmailChanged => "pencil",
        ChangeKind.Invited => "mail-forward",
        ChangeKind.InvitationAccepted => "mail-check",
        ChangeKind.InvitationDeclined => "mail-x",
        ChangeKind.InvitationRevoked => "mail-off",
        ChangeKind.InvitationVanished => "mail-question",
        _ => "git-compare",
    };

    public static Tone Tone(ChangeKind kind) => kind switch
    {
        ChangeKind.Joined or ChangeKind.Returned or ChangeKind.InvitationAccepted => Shell.Kit.Tone.Green,
        _ => Shell.Kit.Tone.Neutral,
    };

    public static string Role(string role) => role switch
    {
        "owner" => "Owner",
        "admin" => "Admin",
        "user" => "User",
        _ => role,
    };

    private static IEnumerable<Phrase> Who(ChangeLine line)
    {
        var change = line.Change;
        if (change.Origin == ChangeOrigin.Ours)
        {
            if (change.RemovalRequestId is { } request) return [new(". Removed here: "), new(line.Removal is { } number ? string.Create(CultureInfo.InvariantCulture, $"R-{number}") : "the request", Href: Urls.Removal(request))];
            return change.Kind == ChangeKind.Joined || By(line) is not { } by ? [] : [new($" {by}")];
        }
        // Only the invited person accepts or declines, and what is only gone from a list was done by nobody that we know of.
        if (change.Kind is ChangeKind.InvitationAccepted or ChangeKind.InvitationDeclined || (change.Kind == ChangeKind.InvitationVanished && change.ActorName is null)) return [];
        return [new(change.ActorName is null ? " outside this portal" : line.BySubject ? " outside this portal, by themselves in Calendly" : $" outside this portal, by {change.ActorName} in Calendly")];
    }

    private static string? By(ChangeLine line) => line.Person is { } person ? $"by {person}" : null;

    private static IEnumerable<Phrase> Values(Change change, Func<string, string> words)
    {
        if (change.Before is not null) yield return new(" from ");
        if (change.Before is not null) yield return new(words(change.Before), IsValue: true);
        if (change.After is not null) yield return new(" to ");
        if (change.After is not null) yield return new(words(change.After), IsValue: true);
    }

    private static string After(ChangeLine line) =>
        line.InvitedAt is { } invited && line.Change.HappenedAt is { } at && at > invited ? $" after {Length(at - invited)}" : "";

    /// <summary>"1.2 days", "3 h".</summary>
    private static string Length(TimeSpan span) => span.TotalDays >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{span.TotalDays:0.#} day{(Math.Round(span.TotalDays, 1) == 1 ? "" : "s")}") : TimeText.LongLength(span);
}
