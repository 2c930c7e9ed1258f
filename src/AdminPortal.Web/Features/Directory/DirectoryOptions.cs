using System.ComponentModel.DataAnnotations;

namespace AdminPortal.Web.Features.Directory;

public sealed class DirectoryOptions
{
    public const string Section = "Directory";

    /// <summary>How often the organization is read.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "1.00:00:00")]
    public TimeSpan SyncInterval { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>How often Calendly's activity log is asked what is new, where the plan has one: one request each time.</summary>
    [Range(typeof(TimeSpan), "00:00:05", "1.00:00:00")]
    public TimeSpan ActivityLogInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>A sweep in which more than this many percent (and more than <see cref="LossGuardPeople"/>) would have left stops and asks a person.</summary>
    [Range(1, 100)]
    public int LossGuardPercent { get; init; } = 5;

    [Range(0, 100_000)]
    public int LossGuardPeople { get; init; } = 5;
}
