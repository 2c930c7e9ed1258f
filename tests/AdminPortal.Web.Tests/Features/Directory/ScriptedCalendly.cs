using AdminPortal.Web.Features.Directory;
using CsCheck;

namespace AdminPortal.Web.Tests.Features.Directory;

/// <summary>A membership, in Calendly or in the directory.</summary>
internal sealed record Listed(string Uri, string Role, string Name, string Email, DateTimeOffset UpdatedAt, DateTimeOffset? LeftAt = null);

internal enum Happening
{
    /// <summary>The sweep gets its next answer. What stands before it in the history happens before that answer.</summary>
    Answers,
    Joins, Leaves, IsRemovedHere, Returns, ChangesRole, IsRenamed, ChangesAddress,
    LosesRow, LosesPage, RepeatsRow, LosesPlace, Loops, Refuses, WorkerDies,
}

/// <summary>The worker that carried the sweep out is gone, between two steps.</summary>
internal sealed class WorkerDiedException : Exception;

/// <summary>
/// Calendly as a history tells it. Its list is ordered by name and its cursor counts rows, so that whoever joins, leaves or is renamed while it
/// is read moves everybody behind; beside that its answers may lack rows, repeat them, or fail.
/// </summary>
internal sealed class ScriptedCalendly
{
    public const int PageSize = 5;
    private const int AtFirst = 16;
    private readonly (Happening What, int Who)[] history;
    private readonly string tag;
    private readonly List<Listed> members = [];
    private readonly List<Listed> gone = [];
    private int at, named;
    private (Happening What, int Who)? fault;

    public ScriptedCalendly((Happening, int)[] history, string tag, DateTimeOffset start)
    {
        (this.history, this.tag, Now) = (history, tag, start);
        for (var i = 0; i < AtFirst; i++) Join(i);
    }

    public static readonly Gen<(Happening, int)[]> Histories = Gen.Select(
        Gen.Frequency((40, Gen.Const(Happening.Answers)), (4, Gen.Const(Happening.Joins)), (5, Gen.Const(Happening.Leaves)), (2, Gen.Const(Happening.IsRemovedHere)),
            (2, Gen.Const(Happening.Returns)), (4, Gen.Const(Happening.ChangesRole)), (5, Gen.Const(Happening.IsRenamed)), (3, Gen.Const(Happening.ChangesAddress)),
            (2, Gen.Const(Happening.LosesRow)), (1, Gen.Const(Happening.LosesPage)), (2, Gen.Const(Happening.RepeatsRow)), (1, Gen.Const(Happening.LosesPlace)),
            (1, Gen.Const(Happening.Loops)), (1, Gen.Const(Happening.Refuses)), (3, Gen.Const(Happening.WorkerDies))),
        Gen.Int[0, 999]).Array[40];

    public DateTimeOffset Now { get; set; }

    /// <summary>The history is told; from here on nothing happens and nothing fails.</summary>
    public bool IsOver => at == history.Length;

    public IReadOnlyList<Listed> Members => members;

    /// <summary>Memberships that the portal itself ended, as removals do, before the next answer.</summary>
    public IReadOnlyList<string> Proceed()
    {
        List<string> removed = [];
        fault = null;
        while (at < history.Length && history[at++] is var (what, who) && what != Happening.Answers)
            if (Happen(what, who) is { } uri) removed.Add(uri);
        Now += TimeSpan.FromSeconds(1);
        return removed;
    }

    public (IReadOnlyList<Listed> Rows, string? Next) Page(string? token)
    {
        Fail();
        var list = members.OrderBy(m => m.Name, StringComparer.Ordinal).ThenBy(m => m.Uri, StringComparer.Ordinal).ToList();
        var from = int.Parse(token ?? "0", System.Globalization.CultureInfo.InvariantCulture) + (fault?.What == Happening.LosesPage ? PageSize : 0);
        var rows = list.Skip(from).Take(PageSize).ToList();
        if (fault is { What: Happening.LosesRow } lost && rows.Count > 0) rows.RemoveAt(lost.Who % rows.Count);
        if (fault is { What: Happening.RepeatsRow } repeated) rows.Insert(0, list[repeated.Who % list.Count]);
        return (rows, fault?.What == Happening.Loops ? "0" : from + PageSize < list.Count ? $"{from + PageSize}" : null);
    }

    public Listed? Find(string uri)
    {
        Fail();
        return members.SingleOrDefault(m => m.Uri == uri);
    }

    public void Invitations() => Fail();

    private void Fail()
    {
        switch (fault?.What)
        {
            case Happening.WorkerDies: throw new WorkerDiedException();
            case Happening.Refuses: throw new SweepStoppedException("It had an error of its own.");
            case Happening.LosesPlace: throw new SweepStoppedException("It lost the place.");
        }
    }

    private string? Happen(Happening what, int who)
    {
        // Somebody always stays: an organization has an owner.
        var i = members.Count > 3 ? 3 + who % (members.Count - 3) : -1;
        switch (what)
        {
            case Happening.Joins:
                Join(who);
                return null;
            case Happening.Returns when gone.Count > 0:
                var back = gone[who % gone.Count];
                gone.Remove(back);
                members.Add(back with { UpdatedAt = Now });
                return null;
            case Happening.Leaves or Happening.IsRemovedHere when i >= 0:
                var left = members[i];
                members.RemoveAt(i);
                // Whom a removal took out is a new membership when they come again.
                if (what == Happening.IsRemovedHere) return left.Uri;
                gone.Add(left);
                return null;
            case Happening.ChangesRole when i >= 0:
                members[i] = members[i] with { Role = members[i].Role == "user" ? "admin" : who % 3 == 0 ? "guest" : "user", UpdatedAt = Now };
                return null;
            case Happening.IsRenamed when i >= 0:
                members[i] = members[i] with { Name = $"{(char)('a' + who % 26)} {++named}", UpdatedAt = Now };
                return null;
            case Happening.ChangesAddress when i >= 0:
                members[i] = members[i] with { Email = $"{++named}@example.com" };
                return null;
            case > Happening.ChangesAddress:
                fault = (what, who);
                return null;
            default:
                return null;
        }
    }

    private void Join(int who) =>
        members.Add(new($"https://api.calendly.com/organization_memberships/{tag}{++named}", "user", $"{(char)('a' + who % 26)} {named}", $"{named}@example.com", Now));
}
