using System.Globalization;
using AdminPortal.Web.Shell;

namespace AdminPortal.Web.Features.Members;

public enum ExportFormat
{
    Csv,
    /// <summary>With a byte order mark: Excel takes a file without one for something else than UTF-8.</summary>
    Excel,
    Json,
}

/// <summary>What is to be exported.</summary>
/// <param name="Query">Which list, in which order, with which columns.</param>
/// <param name="Selection">Who of it; null for everybody.</param>
public sealed record MemberExport(GridQuery Query, MemberSelection? Selection, ExportFormat Format)
{
    public MemberFilter Filter => Selection?.Everybody ?? MemberFilter.Of(Query);

    public IReadOnlyList<ExportField> Fields => ExportField.Of(MemberColumns.Of(Query.Columns, Names.None, Filter.Left));
}

/// <summary>One value of each row: what the grid shows in a column, or what Calendly calls this person.</summary>
/// <param name="Title">Head of the column in CSV.</param>
/// <param name="Name">Name of the property in JSON.</param>
public sealed record ExportField(string Title, string Name, Func<MemberRow, string?> Value)
{
    private static readonly ExportField[] Identifiers =
    [
        new("Membership URI", "membershipUri", row => row.Uri), new("User URI", "userUri", row => row.UserUri), new("Portal id", "id", row => row.Id.ToString()),
    ];

    public static IReadOnlyList<ExportField> Of(ShownColumns columns) => [new("Name", "name", row => row.Name), .. columns.Columns.SelectMany(Of), .. Identifiers];

    private static ExportField[] Of(MemberColumn column) => column.Key switch
    {
        MemberColumns.Email => [new(column.Title, "email", row => row.Email)],
        MemberColumns.Role => [new(column.Title, "role", row => row.Role)],
        MemberColumns.Progress => [new(column.Title, "inProgress", MemberWords.Progress)],
        MemberColumns.Change =>
        [
            new(column.Title, "lastChange", row => row.LastChange is { } change ? MemberWords.Change(change.Kind) : null),
            new($"{column.Title} seen", "lastChangeSeenAt", row => Time(row.LastChange?.At)),
        ],
        MemberColumns.Joined => [new(column.Title, "joinedAt", row => Time(row.JoinedAt))],
        MemberColumns.Left => [new(column.Title, "leftAt", row => Time(row.LeftAt))],
        MemberColumns.Zone => [new(column.Title, "timeZone", row => row.TimeZone)],
        MemberColumns.Invited => [new(column.Title, "invitedAt", row => Time(row.InvitedAt))],
        // The user's URI is among the identifiers in any case.
        _ => [],
    };

    private static string? Time(DateTimeOffset? at) => at?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
