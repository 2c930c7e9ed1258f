using System.Globalization;
using AdminPortal.Web.Shell;

namespace AdminPortal.Web.Features.Directory;

/// <summary>Which changes to list, as an address asks for them; what it cannot mean is left out.</summary>
/// <param name="Group">A word of <see cref="ChangeGroups"/>; null for all kinds.</param>
/// <param name="Origin">Null for both.</param>
/// <param name="Person">Text in the name or the address of whom it is about.</param>
/// <param name="Since">Seen on this day (UTC) or later.</param>
public sealed record ChangeFilter(string? Group = null, ChangeOrigin? Origin = null, string? Person = null, DateOnly? Since = null)
{
    public const string Here = "here";
    public const string Elsewhere = "elsewhere";

    public static ChangeFilter Of(GridQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        // Both asked for is neither left out.
        ChangeOrigin? origin = (query.Has.Contains(Here), query.Has.Contains(Elsewhere)) switch
        {
            (true, false) => ChangeOrigin.Ours,
            (false, true) => ChangeOrigin.OutOfBand,
            _ => null,
        };
        return new(ChangeGroups.Parse(query.Status), origin, query.Q, query.Since);
    }

    public IReadOnlyList<ChangeKind> Kinds => ChangeGroups.KindsOf(Group);
}

/// <summary>The kinds of change as people ask for them.</summary>
public static class ChangeGroups
{
    public const string Joined = "joined";
    public const string Left = "left";
    public const string Role = "role";
    public const string Details = "details";
    public const string Invitations = "invitations";

    public static readonly IReadOnlyList<string> All = [Joined, Left, Role, Details, Invitations];

    public static string? Parse(string? word) => All.Contains(word, StringComparer.Ordinal) ? word : null;

    public static IReadOnlyList<ChangeKind> KindsOf(string? group) => group switch
    {
        Joined => [ChangeKind.Joined, ChangeKind.Returned],
        Left => [ChangeKind.Left],
        Role => [ChangeKind.RoleChanged],
        Details => [ChangeKind.Renamed, ChangeKind.EmailChanged],
        Invitations => [ChangeKind.Invited, ChangeKind.InvitationAccepted, ChangeKind.InvitationDeclined, ChangeKind.InvitationRevoked, ChangeKind.InvitationVanished],
        _ => Enum.GetValues<ChangeKind>(),
    };

    public static string Word(string group) => group switch
    {
        Joined => "Joined",
        Left => "Left",
        Role => "Role",
        Details => "Name and email",
        _ => "Invitations",
    };
}

/// <summary>Where a page of changes begins or ends. In an address: ticks and id, for example <c>639000000000000000-0192…</c>.</summary>
public sealed record ChangeKey(DateTimeOffset SeenAt, Guid Id)
{
    public static ChangeKey? Parse(string? text) =>
        text?.Split('-') is [var ticks, var id] && long.TryParse(ticks, NumberStyles.None, CultureInfo.InvariantCulture, out var at) && at <= DateTimeOffset.MaxValue.UtcTicks && Guid.TryParseExact(id, "N", out var guid)
            ? new(new DateTimeOffset(at, TimeSpan.Zero), guid) : null;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{SeenAt.UtcTicks}-{Id:N}");
}
