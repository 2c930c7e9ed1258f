using System.Globalization;
using AdminPortal.Web.Shell;
using AdminPortal.Web.Shell.Kit;

namespace AdminPortal.Web.Features.Directory;

/// <summary>The directory's state in the words of the frame and of the pages that show it.</summary>
public static class DirectoryWords
{
    /// <summary>The line in the top bar.</summary>
    public static Freshness Line(DirectoryStatus status, DateTimeOffset now, TimeZoneInfo zone) => status switch
    {
        { IsPinned: false, Unconfirmed.Count: > 0 } => new(Tone.Amber, "Waiting for the organization to be confirmed", Urls.Connections),
        { IsPinned: false } => new(Tone.Neutral, "Not connected to Calendly", Urls.Connections),
        { Running: { } running } => new(Tone.Blue, Doing(running)),
        { IsConnected: false } => new(Tone.Red, status.CompleteAsOf is { } at ? $"Not syncing since {TimeText.Exact(at, now, zone)}" : "Not syncing: reconnect needed", Urls.Connections),
        { CompleteAsOf: null, LastEnd: not null } => new(Tone.Amber, "The first sync did not finish", Urls.Members),
        { CompleteAsOf: null } => new(Tone.Blue, "The first sync is about to start"),
        { CompleteAsOf: { } at } when !status.IsFreshEnough(now) => new(Tone.Amber, $"{TimeText.LongLength(now - at)} old. The last complete sync was at {TimeText.Exact(at, now, zone)}", Urls.Members),
        { CompleteAsOf: { } at, IsPartial: true } => new(Tone.Amber, $"Complete as of {TimeText.Both(at, now, zone)}; the last sync did not finish", Urls.Members),
        { CompleteAsOf: { } at } => new(Tone.Green, $"Complete as of {TimeText.Both(at, now, zone)}"),
    };

    public static string Doing(SweepProgress running) => running.Phase switch
    {
        SweepPhase.Memberships when running.Memberships == 0 => "Reading members",
        SweepPhase.Memberships => $"Reading members: {Number(running.Memberships)} so far",
        SweepPhase.Invitations => "Reading invitations",
        SweepPhase.Confirming => "Checking who is no longer listed",
        _ => "Taking over what was read",
    };

    /// <summary>Why the list is not what it should be, and what that means; null while it is.</summary>
    public static string? Warning(DirectoryStatus status, DateTimeOffset now, TimeZoneInfo zone)
    {
        if (status.CompleteAsOf is not { } at) return null;
        var list = $"This is the list of {TimeText.Both(at, now, zone)}.";
        var waits = status.IsFreshEnough(now) ? "" : $" Removals need one younger than {TimeText.LongLength(status.MaxAge)}.";
        var next = status.Running is not null ? " A sync is running." : status.NextSyncAt is { } sync && sync > now ? $" Next sync {TimeText.Exact(sync, now, zone)}." : "";
        // Whose connection it is, and who can mend it, stands above every page.
        if (!status.IsConnected) return $"Nothing is synced until the connection works again. {list}{waits}";
        if (status.LastEnd is { Problem: { } problem } end) return $"The sync of {TimeText.Exact(end.FinishedAt, now, zone)} did not finish. {problem} {list}{waits}{next}";
        return status.IsFreshEnough(now) ? null : $"This list is {TimeText.LongLength(now - at)} old.{waits}{next}";
    }

    /// <summary>Why nobody can start a sync now; null when it can be.</summary>
    public static string? WhyNotSync(DirectoryStatus status) => status switch
    {
        { IsPinned: false, Unconfirmed: [var first, ..] } => $"{first} has not confirmed the organization yet.",
        { IsPinned: false } => "Nobody has connected a Calendly account yet.",
        { Running: not null } => "A sync is running already.",
        { IsConnected: false } => $"{status.ConnectionOwner}’s connection must be reconnected first.",
        _ => null,
    };

    private static string Number(int value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
