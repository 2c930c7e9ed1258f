using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;

namespace AdminPortal.Web.Features.Removals;

/// <summary>
/// The approval policy: configuration only, validated at start. Its hash is the policy version: a request that awaits approval under
/// another version becomes stale, so nobody can loosen the rule for requests that are already on the table.
/// </summary>
public sealed class RemovalPolicy
{
    public const string Section = "Removals";

    /// <summary>How long a request may wait for its approvals.</summary>
    [Range(typeof(TimeSpan), "00:05:00", "30.00:00:00")]
    public TimeSpan Expiry { get; init; } = TimeSpan.FromHours(72);

    /// <summary>The pause between approval and execution in which it can be stopped.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "7.00:00:00")]
    public TimeSpan Hold { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>How long after its due time an approval may still be carried out.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "7.00:00:00")]
    public TimeSpan Window { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Requests for more people than this need two approvals.</summary>
    [Range(1, 200)]
    public int LargeRequest { get; init; } = 25;

    /// <summary>Removals that the portal begins within any hour, all requests together.</summary>
    [Range(1, 100_000)]
    public int HourlyBrake { get; init; } = 50;

    /// <summary>Removals within any 24 hours, in percent of the members.</summary>
    [Range(1, 100)]
    public int DailyBrakePercent { get; init; } = 5;

    /// <summary>The daily brake never binds below this many.</summary>
    [Range(1, 100_000)]
    public int DailyBrakeAtLeast { get; init; } = 20;

    /// <summary>Removals are requested only from a complete directory younger than this.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "1.00:00:00")]
    public TimeSpan DirectoryMaxAge { get; init; } = TimeSpan.FromMinutes(60);

    public const int MaxPeople = 200;
    public const int MinReasonLength = 15;
    public static readonly TimeSpan MaxNotBefore = TimeSpan.FromDays(30);

    public int ApprovalsNeeded(int people, bool anyAdmin) => anyAdmin || people > LargeRequest ? 2 : 1;

    public int DailyBrake(int members) => Math.Max(DailyBrakeAtLeast, members * DailyBrakePercent / 100);

    /// <summary>The canonical text of everything that decides how a removal is approved and carried out.</summary>
    public string Canonical() => CanonicalJson.Text(new Dictionary<string, object?>
    {
        ["dailyBrakeAtLeast"] = DailyBrakeAtLeast,
        ["dailyBrakePercent"] = DailyBrakePercent,
        ["expirySeconds"] = (long)Expiry.TotalSeconds,
        ["holdSeconds"] = (long)Hold.TotalSeconds,
        ["hourlyBrake"] = HourlyBrake,
        ["largeRequest"] = LargeRequest,
        ["windowSeconds"] = (long)Window.TotalSeconds,
    });

    public byte[] Hash() => SHA256.HashData(CanonicalJson.Utf8.GetBytes(Canonical()));
}
