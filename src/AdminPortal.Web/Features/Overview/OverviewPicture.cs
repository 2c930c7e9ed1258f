using AdminPortal.Web.Features.Connections;
using AdminPortal.Web.Features.Directory;

namespace AdminPortal.Web.Features.Overview;

/// <summary>Requests that wait for this reader: how many, and which of them has the least time left.</summary>
public sealed record Waiting(int Count, DateTimeOffset OldestFiledAt, DateTimeOffset NextExpiresAt);

/// <summary>A request of this reader that only a person can move on.</summary>
public sealed record OwnAttention(Guid Id, string Label, string Title, string Why);

/// <summary>A connection that stopped working and what waits for it.</summary>
/// <param name="Own">It is the reader's own, so the reader can mend it.</param>
/// <param name="Directory">Syncs run on it.</param>
public sealed record BrokenConnection(string Name, bool Own, bool Directory, string? Problem);

/// <summary>What needs somebody, as far as this reader is concerned.</summary>
/// <param name="AgedInvitations">Pending for longer than <paramref name="AgeingDays"/>.</param>
public sealed record Needs(Waiting? Decisions, IReadOnlyList<OwnAttention> Attention, IReadOnlyList<BrokenConnection> Broken, int AgedInvitations, int AgeingDays)
{
    public bool None => Decisions is null && Attention.Count == 0 && Broken.Count == 0 && AgedInvitations == 0;
}

/// <summary>How far the first run has come. <paramref name="Reading"/> is the sweep under way, <paramref name="Problem"/> why the last one ended early.</summary>
/// <param name="ConfirmBy">Who has connected and is asked whether theirs is the organization to manage; null once that is answered.</param>
/// <param name="WhoCanConnect">People seen with a role that may connect; empty when the reader may.</param>
public sealed record FirstRun(string? ConnectedAs, ConnectionState? Connection, string? ConfirmBy, bool MayConfirm, bool MayConnect, IReadOnlyList<string> WhoCanConnect, Reading? Reading, string? Problem);

public sealed record Reading(SweepPhase Phase, int Pages, int People, int Invitations, int? Expected);

/// <summary>Counts after a complete sync; each has a list behind it.</summary>
public sealed record Numbers(int Members, int Owners, int Admins, int OpenInvitations, int RemovedIn30Days, int OpenRemovals);

/// <param name="Kind">The chip: "removal.awaiting".</param>
public sealed record StateCount(string Kind, int People);

/// <summary>Open invitations that are at least <paramref name="From"/> and, unless null, at most <paramref name="To"/> days old.</summary>
public sealed record AgeCount(int From, int? To, int Invitations)
{
    public string Label => To is null ? $"{From} d +" : $"{From}–{To} d";
}

/// <summary>What happened, told in words.</summary>
public sealed record Happening(long Sequence, DateTimeOffset At, string Who, bool ByPortal, string Did, string About, string Icon);

/// <summary>Everything that the overview shows to one reader at one moment. Without a complete sync there are no numbers at all.</summary>
/// <param name="Activity">Null for readers who may not read the audit log.</param>
public sealed record OverviewPicture(
    string? Organization, FirstRun? FirstRun, Needs Needs, Numbers? Numbers, IReadOnlyList<StateCount> Removals, IReadOnlyList<AgeCount> Invitations, IReadOnlyList<Happening>? Activity, DateTimeOffset? NextSync);
