using AdminPortal.Web.Features.Directory;

namespace AdminPortal.Web.Tests.Features.Directory;

internal sealed record Told(ChangeKind Kind, string Uri, string Subject, string? Before = null, string? After = null);

/// <summary>
/// The rule by which what a sweep read becomes the directory, and what is told of it: pure, and small enough to be checked by reading. With a
/// mistake in it where the checks themselves are tested.
/// </summary>
internal sealed class DirectoryModel(string? mistake = null)
{
    private static readonly TimeSpan TooYoungToReturn = TimeSpan.FromMinutes(1);
    private readonly Dictionary<string, Listed> directory = new(StringComparer.Ordinal);
    private readonly List<Told> changes = [];
    private readonly Dictionary<string, (Listed Read, Listed? Was)> staged = new(StringComparer.Ordinal);
    private readonly HashSet<string> named = new(StringComparer.Ordinal);
    private readonly List<string> suspects = [];
    private DateTimeOffset startedAt;
    private SweepPhase phase = SweepPhase.Finished;
    private string? token;
    private bool hasPicture;

    public IReadOnlyDictionary<string, Listed> Directory => directory;
    public IReadOnlyList<Told> Changes => changes;
    public SweepState State { get; private set; } = SweepState.Partial;
    /// <summary>In which order suspects are asked about; what happens meanwhile depends on it.</summary>
    public IReadOnlyList<string> Order { get; set; } = [];

    /// <summary>A new sweep; a question that nobody has answered ends with it.</summary>
    public void Begin(DateTimeOffset now)
    {
        End(SweepState.Running);
        (startedAt, phase, token) = (now, SweepPhase.Memberships, null);
    }

    /// <summary>To its end, also when its worker dies: another one goes on from what was stored.</summary>
    public void Run(ScriptedCalendly calendly)
    {
        while (State == SweepState.Running)
        {
            try
            {
                GoOn(calendly);
            }
            catch (WorkerDiedException)
            {
            }
            catch (SweepStoppedException)
            {
                if (mistake == "absence in a partial list counts" && hasPicture)
                    foreach (var uri in directory.Values.Where(m => m.LeftAt is null && !named.Contains(m.Uri)).Select(m => m.Uri).ToList()) Left(uri, calendly);
                End(SweepState.Partial);
            }
        }
    }

    public void Check() => State = SweepState.Running;

    public void Keep() => End(SweepState.Partial);

    private void GoOn(ScriptedCalendly calendly)
    {
        var tokens = new HashSet<string>(StringComparer.Ordinal);
        while (phase == SweepPhase.Memberships)
        {
            if (token is not null && !tokens.Add(token)) throw new SweepStoppedException("a circle");
            Proceed(calendly);
            var (rows, next) = calendly.Page(token);
            if (token is null && rows.Count == 0 && next is null) throw new SweepStoppedException("empty");
            foreach (var row in rows.DistinctBy(r => r.Uri)) Stage(row);
            (token, phase) = (next, next is null ? SweepPhase.Invitations : SweepPhase.Memberships);
        }
        if (phase == SweepPhase.Invitations)
        {
            Proceed(calendly);
            calendly.Invitations();
            phase = SweepPhase.Comparing;
        }
        if (phase == SweepPhase.Comparing)
        {
            var present = directory.Values.Where(m => m.LeftAt is null).ToList();
            suspects.AddRange(present.Select(m => m.Uri).Where(uri => !named.Contains(uri)).OrderBy(uri => Order.ToList().IndexOf(uri)));
            phase = SweepPhase.Confirming;
            if (SweepDepartures.IsTooMany(suspects.Count, present.Count, new DirectoryOptions()))
            {
                State = SweepState.Asking;
                return;
            }
        }
        var over = suspects.Where(uri => directory[uri].LeftAt is not null).ToHashSet(StringComparer.Ordinal);
        while (suspects.FirstOrDefault() is { } uri)
        {
            Listed? found = null;
            if (!over.Contains(uri) && mistake != "absence in a complete list counts")
            {
                Proceed(calendly);
                found = calendly.Find(uri);
            }
            suspects.Remove(uri);
            if (found is null) Left(uri, calendly);
            else Stage(found);
        }
        foreach (var (read, was) in staged.Values) Apply(read, was);
        hasPicture = true;
        End(SweepState.Complete);
    }

    /// <summary>A page is compared when it comes: who differs is kept, the first time that they do.</summary>
    private void Stage(Listed read)
    {
        named.Add(read.Uri);
        var was = directory.GetValueOrDefault(read.Uri);
        var differs = was?.LeftAt is { } left ? left < startedAt - TooYoungToReturn : was != (mistake == "a new name is no change" && was is not null ? read with { Name = was.Name, UpdatedAt = was.UpdatedAt } : read);
        if (differs) staged.TryAdd(read.Uri, (read, was));
    }

    private void Apply(Listed read, Listed? was)
    {
        directory[read.Uri] = read with { LeftAt = was is { LeftAt: null } && mistake != "whoever was listed is a member" ? directory[read.Uri].LeftAt : null };
        if (!hasPicture) return;
        var subject = was?.Name ?? read.Name;
        if (was is null) changes.Add(new(ChangeKind.Joined, read.Uri, subject));
        if (was?.LeftAt is not null) changes.Add(new(ChangeKind.Returned, read.Uri, subject));
        if (was is not null && was.Role != read.Role) changes.Add(new(ChangeKind.RoleChanged, read.Uri, subject, was.Role, read.Role));
        if (was is not null && was.Name != read.Name) changes.Add(new(ChangeKind.Renamed, read.Uri, subject, was.Name, read.Name));
        if (was is not null && was.Email != read.Email) changes.Add(new(ChangeKind.EmailChanged, read.Uri, subject, was.Email, read.Email));
    }

    private void Left(string uri, ScriptedCalendly calendly)
    {
        if (directory.GetValueOrDefault(uri) is not { LeftAt: null } member) return;
        Assert.False(calendly.Members.Any(m => m.Uri == uri), "somebody who is a member was marked as left");
        directory[uri] = member with { LeftAt = calendly.Now };
        changes.Add(new(ChangeKind.Left, uri, member.Name));
    }

    private void Proceed(ScriptedCalendly calendly)
    {
        foreach (var uri in calendly.Proceed()) Left(uri, calendly);
    }

    private void End(SweepState state)
    {
        (State, phase, token) = (state, SweepPhase.Finished, null);
        staged.Clear();
        named.Clear();
        suspects.Clear();
    }
}
