using AdminPortal.Web.Shell;

namespace AdminPortal.Web.Features.Members;

/// <summary>A column of the grid; the name is always shown and is none of these.</summary>
/// <param name="Key">In addresses and in what is stored: letters only.</param>
/// <param name="Css">The class that gives the column its width.</param>
/// <param name="Sort">What a click on its head sorts by; null where the list has no such order.</param>
/// <param name="Wide">Leaves the grid on a narrower screen, unless the reader has chosen the columns.</param>
public sealed record MemberColumn(string Key, string Title, string Css, string? Sort = null, bool Wide = false);

/// <summary>Which columns are shown.</summary>
/// <param name="Names">As an address says it, whichever list it leads to.</param>
/// <param name="Chosen">By the reader or by the address: then no width of the window takes any of them away.</param>
public sealed record ShownColumns(Names Names, IReadOnlyList<MemberColumn> Columns, bool Chosen)
{
    public bool Has(string key) => Columns.Any(column => column.Key == key);
}

public static class MemberColumns
{
    public const string Name = "name";
    public const string Email = "email";
    public const string Role = "role";
    public const string Progress = "progress";
    public const string Change = "change";
    public const string Joined = "joined";
    public const string Left = "left";
    public const string Zone = "zone";
    public const string User = "user";
    public const string Invited = "invited";

    private static readonly MemberColumn WhenLeft = new(Left, "Left", "c-joined");

    private static readonly IReadOnlyList<MemberColumn> All =
    [
        new(Email, "Email", "c-email", "email"), new(Role, "Role", "c-role", "role"), new(Progress, "In progress", "c-open"), new(Change, "Last change", "c-change", Wide: true),
        new(Joined, "Joined", "c-joined", "joined", Wide: true), new(Zone, "Time zone", "c-zone"), new(User, "Calendly user id", "c-user"), new(Invited, "Invited", "c-joined"),
    ];

    private static readonly Names Default = Known(Names.Parse($"{Email},{Role},{Progress},{Change},{Joined}"));

    /// <summary>What can be chosen. Nothing is in progress about somebody who has left.</summary>
    public static IEnumerable<MemberColumn> Choosable(bool left) => All.Where(column => !left || column.Key != Progress);

    /// <param name="address">What the address says; it comes first.</param>
    /// <param name="own">What the reader chose last.</param>
    public static ShownColumns Of(Names address, Names own, bool left)
    {
        var names = Known(!address.IsEmpty ? address : !own.IsEmpty ? own : Default);
        var shown = Choosable(left).Where(column => names.Contains(column.Key)).ToList();
        // When they left comes right after who they are.
        if (left) shown.Insert(shown.FindLastIndex(column => column.Key is Email or Role) + 1, WhenLeft);
        return new(names, shown, Chosen: !address.IsEmpty || !own.IsEmpty);
    }

    /// <summary>The columns that exist among these; what comes from outside may name others. The name is always one of them, so that a choice is never empty.</summary>
    public static Names Known(Names names) => All.Where(column => names.Contains(column.Key)).Aggregate(Names.None.With(Name, true), (known, column) => known.With(column.Key, true));
}
