using System.Collections.Frozen;

namespace AdminPortal.Web.Shell.Kit;

public enum ChipStyle
{
    /// <summary>Live, or a final fact.</summary>
    Filled,

    /// <summary>Closed without effect, or derived.</summary>
    Outline,

    /// <summary>The normal case; keeps a grid quiet.</summary>
    Plain,
}

public sealed record ChipKind(string Word, string Icon, Tone Tone, ChipStyle Style = ChipStyle.Filled, bool Spins = false);

/// <summary>Every state that the portal shows as a chip. A state has one word, one icon and one tone, wherever it stands.</summary>
public static class ChipKinds
{
    public static readonly FrozenDictionary<string, ChipKind> All = new Dictionary<string, ChipKind>(StringComparer.Ordinal)
    {
        ["role.owner"] = new("Owner", "crown", Tone.Violet),
        ["role.admin"] = new("Admin", "shield", Tone.Blue),
        ["role.user"] = new("User", "user", Tone.Neutral, ChipStyle.Plain),
        ["role.other"] = new("Other role", "shield-question", Tone.Neutral, ChipStyle.Outline),

        ["invitation.pending"] = new("Pending", "mail", Tone.Blue),
        ["invitation.accepted"] = new("Accepted", "mail-check", Tone.Green),
        ["invitation.declined"] = new("Declined", "mail-x", Tone.Red, ChipStyle.Outline),
        ["invitation.revoked"] = new("Revoked", "mail-off", Tone.Neutral, ChipStyle.Outline),
        ["invitation.vanished"] = new("No longer listed", "mail-question", Tone.Amber, ChipStyle.Outline),
        ["invitation.sending"] = new("Sending", "loader-2", Tone.Blue, Spins: true),
        ["invitation.failed"] = new("Not sent", "alert-octagon", Tone.Red),
        ["invitation.unknown"] = new("Not known yet", "alert-triangle", Tone.Amber),

        ["verdict.ready"] = new("Ready", "circle-check", Tone.Green),
        ["verdict.look"] = new("Look first", "alert-triangle", Tone.Amber),
        ["verdict.skipped"] = new("Will be skipped", "circle-minus", Tone.Neutral, ChipStyle.Outline),
        ["verdict.invalid"] = new("Not an address", "alert-octagon", Tone.Red),

        ["removal.awaiting"] = new("Awaiting approval", "hourglass", Tone.Blue),
        ["removal.approved"] = new("Approved, on hold", "clock-pause", Tone.Violet),
        ["removal.executing"] = new("Removing", "loader-2", Tone.Blue, Spins: true),
        ["removal.removed"] = new("Removed", "circle-check", Tone.Green),
        ["removal.gone"] = new("Already gone", "user-off", Tone.Teal, ChipStyle.Outline),
        ["removal.failed"] = new("Failed", "alert-octagon", Tone.Red),
        ["removal.attention"] = new("Needs attention", "alert-triangle", Tone.Amber),
        ["removal.rejected"] = new("Rejected", "circle-x", Tone.Red, ChipStyle.Outline),
        ["removal.cancelled"] = new("Cancelled", "circle-minus", Tone.Neutral, ChipStyle.Outline),
        ["removal.expired"] = new("Expired", "clock-x", Tone.Neutral, ChipStyle.Outline),
        ["removal.stale"] = new("Stale", "versions", Tone.Amber, ChipStyle.Outline),
        ["removal.leftout"] = new("Left out", "circle-minus", Tone.Neutral, ChipStyle.Outline),
        ["removal.closed"] = new("Closed", "circle-check", Tone.Neutral, ChipStyle.Outline),

        ["connection.live"] = new("Connected", "plug-connected", Tone.Green),
        ["connection.reconnect"] = new("Reconnect needed", "plug-connected-x", Tone.Red),
        ["connection.trouble"] = new("Cannot be renewed", "alert-triangle", Tone.Amber),
        ["connection.none"] = new("Not connected", "plug-connected-x", Tone.Neutral, ChipStyle.Outline),
        ["connection.owner"] = new("Connection owner", "plug-connected", Tone.Neutral, ChipStyle.Plain),

        ["sync.complete"] = new("Complete", "circle-check", Tone.Green),
        ["sync.partial"] = new("Partial", "alert-triangle", Tone.Amber),
        ["sync.running"] = new("Reading", "loader-2", Tone.Blue, Spins: true),

        ["outcome.intended"] = new("Announced", "send", Tone.Neutral, ChipStyle.Outline),
        ["outcome.done"] = new("Done", "check", Tone.Neutral, ChipStyle.Plain),
        ["outcome.refused"] = new("Refused", "ban", Tone.Red, ChipStyle.Outline),
        ["outcome.failed"] = new("Failed", "alert-octagon", Tone.Red),
        ["outcome.unknown"] = new("Not known yet", "alert-triangle", Tone.Amber),
        ["health.good"] = new("Healthy", "circle-check", Tone.Green),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The chip of a Calendly role; a role that we do not know keeps its raw value as the chip's text.</summary>
    public static string Role(string? raw) => raw is not null && All.ContainsKey($"role.{raw}") ? $"role.{raw}" : "role.other";
}
