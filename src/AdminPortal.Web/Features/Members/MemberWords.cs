using System.Globalization;
using AdminPortal.Web.Features.Directory;
using AdminPortal.Web.Shell;
using AdminPortal.Web.Shell.Kit;

namespace AdminPortal.Web.Features.Members;

/// <summary>A filter that was added, and the list without it.</summary>
public sealed record FilterTag(string Text, GridQuery Without);

/// <summary>The words of the grid, of what is exported from it, and of what filters it.</summary>
public static class MemberWords
{
    public static string Role(string role) => char.ToUpperInvariant(role[0]) + role[1..];

    public static string Change(ChangeKind kind) => kind switch
    {
        ChangeKind.RoleChanged => "Role changed",
        ChangeKind.EmailChanged => "Email changed",
        ChangeKind.Joined or ChangeKind.Returned or ChangeKind.Left or ChangeKind.Renamed or ChangeKind.Invited => kind.ToString(),
        _ => "Invitation changed",
    };

    /// <summary>What is in progress about somebody, in words; null for nothing.</summary>
    public static string? Progress(MemberRow row) =>
        row.Open is { } item ? $"{ChipKinds.All[item.Chip].Word} (R-{item.Number.ToString(CultureInfo.InvariantCulture)})"
        : row.OwnsConnection ? ChipKinds.All["connection.owner"].Word
        : null;

    public static IReadOnlyList<FilterTag> Tags(GridQuery query)
    {
        var filter = MemberFilter.Of(query);
        List<FilterTag> tags = [];
        if (filter.Invited) tags.Add(new("Has an open invitation", query.WithHas(MemberFilter.HasInvitation, false)));
        if (filter.InRemoval) tags.Add(new("Removal pending", query.WithHas(MemberFilter.HasRemoval, false)));
        if (filter.Since is { } day) tags.Add(new($"{(filter.Left ? "Left" : "Joined")} since {day.ToString("d MMM yyyy", CultureInfo.InvariantCulture)}", query.WithSince(null)));
        return tags;
    }

    /// <summary>“brandt”, role Admin and Removal pending; empty without a filter.</summary>
    public static string Filters(GridQuery query)
    {
        var filter = MemberFilter.Of(query);
        return WordList.And([
            .. filter.Search is { } text ? [$"“{text}”"] : Array.Empty<string>(),
            .. filter.Role is { } role ? [$"role {Role(role)}"] : Array.Empty<string>(),
            .. Tags(query).Select(tag => char.ToLowerInvariant(tag.Text[0]) + tag.Text[1..])]);
    }
}
