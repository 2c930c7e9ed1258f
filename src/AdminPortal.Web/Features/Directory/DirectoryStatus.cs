using AdminPortal.Web.Features.Connections;

namespace AdminPortal.Web.Features.Directory;

/// <summary>How far the running sweep is.</summary>
/// <param name="Expected">How many people the last complete one found; null for the first.</param>
/// <param name="ExpectedDuration">How long the last complete one took to read both lists; null for the first.</param>
/// <param name="Suspects">How many people have yet to be asked about.</param>
public sealed record SweepProgress(
    Guid Id, SweepPhase Phase, int Pages, int Memberships, int Invitations, int? Expected, TimeSpan? ExpectedDuration, int Suspects, DateTimeOffset StartedAt)
{
    /// <summary>About how long the lists are still being read; null when nobody knows, or when it takes longer than last time.</summary>
    public TimeSpan? Left(DateTimeOffset now) =>
        Phase <= SweepPhase.Invitations && StartedAt + ExpectedDuration - now is { } left && left > TimeSpan.Zero ? left : null;


    /// <summary>0 to 100 while members are read; null when nobody knows how many there are.</summary>
    public int? Percent => Expected is { } expected and > 0 ? Math.Min(100, (int)(100L * Memberships / expected)) : null;
}

/// <summary>The last sweep that has ended.</summary>
/// <param name="Problem">Why it is partial, in words; null when it was complete.</param>
public sealed record SweepEnd(DateTimeOffset FinishedAt, string? Problem, int Pages);

/// <summary>What the portal knows about its copy of the organization, and how old that is.</summary>
/// <param name="Trouble">Null while the connection that reads the directory is in order.</param>
/// <param name="Unconfirmed">While no organization is managed: who has connected and is asked to confirm theirs.</param>
/// <param name="Question">A sweep waits for a person's answer.</param>
public sealed record DirectoryStatus(
    string? OrganizationName, string? OrganizationUri, Guid? DirectoryConnectionId,
    ConnectionState? Connection, string? ConnectionOwner, string? ConnectionProblem,
    DateTimeOffset? CompleteAsOf, SweepEnd? LastEnd, SweepProgress? Running, DateTimeOffset? NextSyncAt, TimeSpan MaxAge, RequestBudget? Budget,
    DirectoryTrouble? Trouble, IReadOnlyList<string> Unconfirmed, SweepQuestion? Question = null)
{
    /// <summary>An organization is managed, whether its connection still works or not.</summary>
    public bool IsPinned => OrganizationUri is not null;

    public bool NeverSynced => CompleteAsOf is null;

    public bool IsConnected => Connection == ConnectionState.Healthy;

    /// <summary>The last sweep did not read everything: what is shown is the picture before it.</summary>
    public bool IsPartial => LastEnd?.Problem is not null;

    /// <summary>Complete and young enough for a removal to be requested from it.</summary>
    public bool IsFreshEnough(DateTimeOffset now) => CompleteAsOf is { } at && now - at <= MaxAge;
}
