using System.Collections.Frozen;

namespace AdminPortal.Web.Features.Audit;

/// <summary>An action in words: as it is told when it happened, and as what somebody tried.</summary>
/// <param name="Happened">"Approved removal": follows a name, and heads a row.</param>
/// <param name="Attempt">"approve removal": follows "Tried to" and "Could not".</param>
/// <param name="Icon">Beside rows of the portal itself.</param>
public sealed record AuditPhrase(string Happened, string Attempt, string Icon);

/// <summary>The one place that turns action codes into words. A code that is not listed here is shown as it is, never hidden.</summary>
public static class AuditWords
{
    public static readonly FrozenDictionary<string, AuditPhrase> Known = new Dictionary<string, AuditPhrase>(StringComparer.Ordinal)
    {
        ["removal.requested"] = new("Requested removal", "request removal", "user-minus"),
        ["removal.approved"] = new("Approved removal", "approve removal", "check"),
        ["removal.rejected"] = new("Rejected removal", "reject removal", "x"),
        ["removal.stopped"] = new("Stopped removal", "stop removal", "circle-minus"),
        ["removal.execute"] = new("Removed member", "remove member", "user-minus"),
        ["removal.expired"] = new("Let removal expire", "let removal expire", "clock-x"),
        ["removal.stale"] = new("Found removal stale", "check removal", "versions"),
        ["removals.paused"] = new("Paused all removals", "pause all removals", "player-pause"),
        ["removals.resumed"] = new("Resumed removals", "resume removals", "player-play"),

        ["invitations.asked"] = new("Asked for invitations", "send invitations", "mail-plus"),
        ["invitation.sent"] = new("Sent invitation", "send invitation", "send"),
        ["invitation.revocation_asked"] = new("Asked to revoke invitation", "revoke invitation", "mail-off"),
        ["invitation.revoked"] = new("Revoked invitation", "revoke invitation", "mail-off"),

        ["connection.begun"] = new("Went to Calendly to connect", "connect a Calendly account", "plug-connected"),
        ["connection.connected"] = new("Connected Calendly account", "connect a Calendly account", "plug-connected"),
        ["connection.disconnected"] = new("Disconnected Calendly account", "disconnect a Calendly account", "plug-connected-x"),
        ["connection.revoked"] = new("Revoked grant at Calendly", "revoke the grant at Calendly", "plug-connected-x"),
        ["connection.tested"] = new("Tested connection", "test a connection", "plug-connected"),
        ["connection.role_changed"] = new("Noticed another Calendly role", "check a Calendly role", "shield"),
        ["connection.ended"] = new("Ended the use of a connection", "end the use of a connection", "plug-connected-x"),
        ["connection.broke"] = new("Lost connection", "keep the connection", "plug-connected-x"),
        ["connections.reprotected"] = new("Rotated keys", "rotate keys", "key"),

        ["organization.pinned"] = new("Confirmed organization", "confirm an organization", "building"),
        ["directory.connection_chosen"] = new("Chose connection for syncing", "choose the connection for syncing", "refresh"),
        ["sweep.requested"] = new("Asked for sync", "start a sync", "refresh"),
        ["sweep.completed"] = new("Finished sync", "finish sync", "refresh"),
        ["sweep.partial"] = new("Ended sync early", "finish sync", "refresh"),
        ["sweep.asked"] = new("Stopped sync and asked", "sync", "users"),
        ["sweep.check_chosen"] = new("Had missing people checked one by one", "have missing people checked", "users"),
        ["sweep.keep_chosen"] = new("Kept the last picture", "keep the last picture", "users"),
        ["member.left"] = new("Noticed departure", "check a departure", "user-off"),

        ["members.export_begun"] = new("Began an export of members", "export members", "download"),
        ["members.exported"] = new("Exported members", "export members", "download"),
        ["view.saved"] = new("Saved a view", "save a view", "bookmark"),
        ["view.renamed"] = new("Renamed a view", "rename a view", "bookmark"),
        ["view.discarded"] = new("Discarded a view", "discard a view", "bookmark"),

        ["person.signed_in"] = new("Signed in", "sign in", "login-2"),
        ["person.confirmed"] = new("Got other roles or another name in Entra", "be confirmed by Entra", "user-check"),
        ["person.signed_out_everywhere"] = new("Signed out everywhere", "sign out everywhere", "logout"),
        ["person.blocked"] = new("Blocked person", "block a person", "lock"),
        ["person.unblocked"] = new("Unblocked person", "unblock a person", "user-check"),
        ["audit.read"] = new("Read audit log", "read the audit log", "history"),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>For the filter: the action itself, whatever its outcome.</summary>
    public static string Name(string action) => Known.GetValueOrDefault(action)?.Happened ?? action;

    public static string Icon(string action) => Known.GetValueOrDefault(action)?.Icon ?? "info-circle";

    /// <summary>"Approved removal", "Tried to approve removal", "Could not remove member".</summary>
    public static string Of(string action, AuditOutcome outcome) => (Known.GetValueOrDefault(action), outcome) switch
    {
        (null, _) => action,
        ({ } phrase, AuditOutcome.Done) => phrase.Happened,
        ({ } phrase, AuditOutcome.Refused) => $"Tried to {phrase.Attempt}",
        ({ } phrase, AuditOutcome.Failed) => $"Could not {phrase.Attempt}",
        ({ } phrase, _) => $"Began to {phrase.Attempt}",
    };

    /// <summary>As a part of a sentence after a name: "approved removal". A raw code stays as it is.</summary>
    public static string InSentence(string action, AuditOutcome outcome) =>
        Known.ContainsKey(action) && Of(action, outcome) is var words ? char.ToLowerInvariant(words[0]) + words[1..] : action;

    public static string Outcome(AuditOutcome outcome) => outcome switch
    {
        AuditOutcome.Intended => "Announced",
        AuditOutcome.Done => "Done",
        AuditOutcome.Refused => "Refused",
        _ => "Failed",
    };

    /// <summary>What the outcome means for the world, in a sentence.</summary>
    public static string Meaning(AuditOutcome outcome) => outcome switch
    {
        AuditOutcome.Intended => "Written before a call to Calendly. A later entry that refers to this one holds the outcome.",
        AuditOutcome.Done => "It was done, and this entry was written with it.",
        AuditOutcome.Refused => "The portal refused it. Nothing was changed.",
        _ => "It did not work.",
    };
}
