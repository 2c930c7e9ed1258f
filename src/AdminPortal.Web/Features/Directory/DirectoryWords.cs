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
        { Running: { } running } => new(Tone.Blue, Doing(running, now)),
        { IsConnected: false } => new(Tone.Red, status.CompleteAsOf is { } at ? $"Not syncing since {TimeText.Exact(at, now, zone)}" : "Not syncing: reconnect needed", Urls.Connections),
        { Question: { } question } => new(Tone.Amber, $"A sync waits for a decision: {Number(question.Missing)} of {Number(question.Present)} people are missing", Urls.Members),
        { CompleteAsOf: null, LastEnd: not null } => new(Tone.Amber, "The first sync did not finish", Urls.Members),
        { CompleteAsOf: null } => new(Tone.Blue, "The first sync is about to start"),
        { CompleteAsOf: { } at } when !status.IsFreshEnough(now) => new(Tone.Amber, $"{TimeText.LongLength(now - at)} old. The last complete sync was at {TimeText.Exact(at, now, zone)}", Urls.Members),
        { CompleteAsOf: { } at, IsPartial: true } => new(Tone.Amber, $"Complete as of {TimeText.Both(at, now, zone)}; the last sync did not finish", Urls.Members),
        { CompleteAsOf: { } at } => new(Tone.Green, $"Complete as of {TimeText.Both(at, now, zone)}"),
    };

    public static string Doing(SweepProgress running, DateTimeOffset now) => running.Phase switch
    {
        SweepPhase.Memberships when running.Memberships == 0 => $"Reading members{Left(running, now)}",
        SweepPhase.Memberships => $"Reading members: {Number(running.Memberships)} so far{Left(running, now)}",
        SweepPhase.Invitations => $"Reading invitations{Left(running, now)}",
        SweepPhase.Comparing or SweepPhase.Confirming when running.Suspects == 0 => "Checking who is no longer listed",
        SweepPhase.Confirming => $"Checking who is no longer listed: {Number(running.Suspects)} to go",
        _ => "Taking over what was read",
    };

    private static string Left(SweepProgress running, DateTimeOffset now) => running.Left(now) switch
    {
        null => "",
        { TotalMinutes: < 1 } => ", less than a minute left",
        { } left => $", about {Math.Round(left.TotalMinutes, MidpointRounding.AwayFromZero)} min left",
    };

    /// <summary>What a person is asked, without the answers.</summary>
    public static string Asks(SweepQuestion question)
    {
        var others = question.Missing - question.Some.Count;
        IReadOnlyList<string> who = others > 0 ? [.. question.Some, $"{Number(others)} {(others == 1 ? "other" : "others")}"] : question.Some;
        return $"{SweepQuestion.Words(question.Missing, question.Present)}: {WordList.And(who)}. Nobody was marked as left.";
    }

    /// <summary>Why the list is not what it should be, and what that means; null while it is.</summary>
    public static string? Warning(DirectoryStatus status, DateTimeOffset now, TimeZoneInfo zone)
    {
        if (status.CompleteAsOf is not { } at) return null;
        var list = $"This is the list of {TimeText.Both(at, now, zone)}.";
        var waits = status.IsFreshEnough(now) ? "" : $" Removals need one younger than {TimeText.LongLength(status.MaxAge)}.";
        var next = status.Running is not null ? $" A sync is running{Left(status.Running, now)}." : status.NextSyncAt is { } sync && sync > now ? $" Next sync {TimeText.Exact(sync, now, zone)}." : "";
        // Whose connection it is, and who can mend it, stands above every page.
        if (!status.IsConnected) return $"Nothing is synced until the connection works again. {list}{waits}";
        if (status.Question is not null) return $"{list}{waits} A newer sync waits: an Operator or Administrator decides about the people whom it misses.";
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
