using AdminPortal.Calendly;
using AdminPortal.Testing;
using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Connections;
using AdminPortal.Web.Features.Directory;
using AdminPortal.Web.Security;
using CsCheck;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Web.Tests.Features.Directory;

/// <summary>
/// Random histories of an organization that is read while it changes, by workers that die, from a list that fails: on the pure rule, and the
/// same ones on PostgreSQL through the sweep itself, which must agree with the rule after every sweep.
/// </summary>
public sealed class DirectoryHistoryTests(PostgresFixture postgres)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(15);
    private static readonly string[] Mistakes =
        ["absence in a partial list counts", "absence in a complete list counts", "a new name is no change", "whoever was listed is a member"];

    private static readonly DateTimeOffset Start = new(2026, 11, 23, 14, 0, 0, TimeSpan.Zero);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public void Sweeps_in_ten_thousand_histories_invent_no_departure_and_miss_no_change()
    {
        var (left, changes, partial, asked) = (0, 0, 0, 0);
        ScriptedCalendly.Histories.Sample(history =>
        {
            var states = Tell(new DirectoryModel(), new ScriptedCalendly(history, "m", Start), out var model);
            Interlocked.Add(ref left, model.Changes.Count(c => c.Kind == ChangeKind.Left));
            Interlocked.Add(ref changes, model.Changes.Count);
            Interlocked.Add(ref partial, states.Count(s => s == SweepState.Partial));
            Interlocked.Add(ref asked, states.Count(s => s == SweepState.Asking));
        }, iter: 10_000);
        Assert.True(left > 10_000 && changes > 50_000 && partial > 5_000 && asked > 500, $"{left} left, {changes} changes, {partial} partial, {asked} asked: the histories do not reach what they are about");
    }

    public static TheoryData<string> AllMistakes => [.. Mistakes];

    [Theory]
    [MemberData(nameof(AllMistakes))]
    public void Checks_find_a_rule_that_is_wrong(string mistake) =>
        Assert.Throws<CsCheckException>(() => ScriptedCalendly.Histories.Sample(history => { Tell(new DirectoryModel(mistake), new ScriptedCalendly(history, "m", Start), out _); }, iter: 10_000));

    [Fact]
    public async Task Sweeps_in_two_hundred_histories_on_PostgreSQL_end_as_the_rule_says()
    {
        await using var portal = await SeededPortal.StartAsync(postgres);
        var person = await portal.PersonAsync("Olivia", Roles.Operator);
        await portal.ConnectAsync(person);
        var number = 0;
        await ScriptedCalendly.Histories.SampleAsync(history => TellAsync(portal, person, history, ++number), iter: 200, threads: 1);
    }

    /// <summary>Sweep after sweep until the history is over, then two complete ones.</summary>
    private static List<SweepState> Tell(DirectoryModel model, ScriptedCalendly calendly, out DirectoryModel told)
    {
        told = model;
        List<SweepState> states = [];
        for (var after = 0; after < 2; calendly.Now += Interval)
        {
            var quiet = calendly.IsOver;
            model.Begin(calendly.Now);
            model.Run(calendly);
            states.Add(model.State);
            if (model.State == SweepState.Asking) Answer(quiet, states.Count, model.Check, model.Keep);
            model.Run(calendly);
            if (quiet && model.State == SweepState.Complete) after++;
        }
        Assert.Equal(calendly.Members.OrderBy(m => m.Uri, StringComparer.Ordinal), model.Directory.Values.Where(m => m.LeftAt is null).OrderBy(m => m.Uri, StringComparer.Ordinal));
        Replay(model);
        return states;
    }

    /// <summary>People check, keep the last picture, or say nothing until the next sweep; in the end somebody checks.</summary>
    private static void Answer(bool quiet, int number, Action check, Action keep)
    {
        if (quiet || number % 3 == 0) check();
        else if (number % 3 == 1) keep();
    }

    /// <summary>What was told, in its order, makes the directory: nothing was missed, nothing told twice.</summary>
    private static void Replay(DirectoryModel model)
    {
        foreach (var member in model.Directory.Values)
        {
            var mine = model.Changes.Where(c => c.Uri == member.Uri).ToList();
            // Who was there in the first picture has no beginning in the history.
            var present = !mine.Exists(c => c.Kind == ChangeKind.Joined);
            var values = new Dictionary<ChangeKind, string?>();
            foreach (var change in mine)
            {
                switch (change.Kind)
                {
                    case ChangeKind.Joined or ChangeKind.Returned:
                        Assert.False(present, "came twice");
                        present = true;
                        break;
                    case ChangeKind.Left:
                        Assert.True(present, "left twice");
                        present = false;
                        break;
                    default:
                        Assert.NotEqual(change.Before, change.After);
                        if (values.TryGetValue(change.Kind, out var before)) Assert.Equal(before, change.Before);
                        values[change.Kind] = change.After;
                        break;
                }
            }
            Assert.Equal(member.LeftAt is null, present);
            if (values.TryGetValue(ChangeKind.Renamed, out var name)) Assert.Equal(name, member.Name);
            if (values.TryGetValue(ChangeKind.EmailChanged, out var address)) Assert.Equal(address, member.Email);
            if (values.TryGetValue(ChangeKind.RoleChanged, out var role)) Assert.Equal(role, member.Role);
        }
    }

    private static async Task TellAsync(SeededPortal portal, Actor person, (Happening, int)[] history, int number)
    {
        var organization = $"https://api.calendly.com/organizations/{number}";
        await using var db = await portal.ContextAsync();
        // Whatever a history that failed has left behind.
        await db.Sweeps.ExecuteUpdateAsync(s => s.SetProperty(x => x.State, SweepState.Complete), Ct);
        await db.Organizations.ExecuteUpdateAsync(o => o.SetProperty(x => x.Uri, organization), Ct);
        var model = new DirectoryModel();
        var (forModel, calendly) = (new ScriptedCalendly(history, $"m{number}x", portal.Clock.GetUtcNow()), new ScriptedCalendly(history, $"m{number}x", portal.Clock.GetUtcNow()));
        var reader = new Reader(portal, calendly, organization);
        var sweeps = 0;
        for (var after = 0; after < 2; calendly.Now = forModel.Now += Interval)
        {
            var quiet = calendly.IsOver;
            portal.Clock.SetUtcNow(calendly.Now);
            Assert.True(await portal.Get<SweepService>().StartDueAsync(Ct));
            model.Begin(forModel.Now);
            var sweep = await RunAsync(portal, reader);
            sweeps++;
            await AgreeAsync(db, organization, model, forModel, sweep);
            if (sweep.State == SweepState.Asking)
            {
                await db.People.ExecuteUpdateAsync(p => p.SetProperty(x => x.RolesConfirmedAt, calendly.Now), Ct);
                var (check, keep) = (false, false);
                Answer(quiet, sweeps, () => check = true, () => keep = true);
                var questions = portal.Get<SweepQuestionService>();
                if (check) await questions.CheckAsync(Guid.CreateVersion7(), sweep.Id, person, Ct);
                if (keep) await questions.KeepAsync(Guid.CreateVersion7(), sweep.Id, person, Ct);
                if (check) model.Check();
                if (keep) model.Keep();
                sweep = check ? await RunAsync(portal, reader) : await db.Sweeps.AsNoTracking().SingleAsync(s => s.Id == sweep.Id, Ct);
                await AgreeAsync(db, organization, model, forModel, sweep);
            }
            if (quiet && sweep.State == SweepState.Complete) after++;
        }
        Assert.Equal(0, await db.StagedMemberships.CountAsync(Ct) + await db.StagedPages.CountAsync(Ct) + await db.SweepSuspects.CountAsync(Ct));
    }

    /// <summary>To its end, with one worker after another.</summary>
    private static async Task<Sweep> RunAsync(SeededPortal portal, Reader reader)
    {
        var run = new SweepRun(reader, portal.Get<SweepStaging>(), portal.Get<SweepDepartures>(), portal.Get<SweepPicture>(), portal.Clock);
        await using var db = await portal.ContextAsync();
        while (true)
        {
            await db.Database.ExecuteSqlAsync($"UPDATE sweeps SET lease_until = clock_timestamp() WHERE state = 'running'", Ct);
            var claim = (await portal.Get<SweepLease>().ClaimAsync(Ct))!;
            reader.Pages = claim.PagesRead;
            try
            {
                await run.ToEndAsync(claim, Ct);
                return await db.Sweeps.AsNoTracking().SingleAsync(s => s.Id == claim.Id, Ct);
            }
            catch (WorkerDiedException)
            {
            }
        }
    }

    /// <summary>The rule goes the same way, and both stand in the same place.</summary>
    private static async Task AgreeAsync(PortalDbContext db, string organization, DirectoryModel model, ScriptedCalendly calendly, Sweep sweep)
    {
        var members = await db.Members.AsNoTracking().Where(m => m.OrganizationUri == organization).OrderBy(m => m.Id)
            .Select(m => new Listed(m.Uri, m.Role, m.Name, m.Email, m.UpdatedAt, m.LeftAt)).ToListAsync(Ct);
        model.Order = [.. members.Select(m => m.Uri)];
        model.Run(calendly);
        Assert.Equal(model.State, sweep.State);
        Assert.Equal(model.Directory.Values.OrderBy(m => m.Uri, StringComparer.Ordinal), members.OrderBy(m => m.Uri, StringComparer.Ordinal));
        var changes = await db.Changes.AsNoTracking().Where(c => c.OrganizationUri == organization)
            .Join(db.Members, c => c.MemberId, m => m.Id, (c, m) => new Told(c.Kind, m.Uri, c.Subject, c.Before, c.After)).ToListAsync(Ct);
        Assert.Equal(Sorted(model.Changes), Sorted(changes));
    }

    private static IEnumerable<Told> Sorted(IEnumerable<Told> changes) => changes.OrderBy(c => $"{c}", StringComparer.Ordinal);

    /// <summary>The script in the place of Calendly's client; the portal's clock goes by it.</summary>
    private sealed class Reader(SeededPortal portal, ScriptedCalendly calendly, string organization) : ISweepReader
    {
        public Task LookAtOwnerAsync(Sweep claim, CancellationToken cancellationToken) => Task.CompletedTask;

        /// <summary>How many were read: somebody is removed only when the last is stored, so that both sides compare it first.</summary>
        public int Pages { get; set; }

        public async Task<Page<OrganizationMembership>> MembershipsAsync(Sweep claim, string? pageToken, CancellationToken cancellationToken)
        {
            await ProceedAsync(claim);
            var (rows, next) = calendly.Page(pageToken);
            Pages++;
            return new([.. rows.Select(Membership)], next);
        }

        public async Task<Page<OrganizationInvitation>> InvitationsAsync(Sweep claim, string? pageToken, CancellationToken cancellationToken)
        {
            await ProceedAsync(claim);
            calendly.Invitations();
            Pages++;
            return new([], null);
        }

        public async Task<OrganizationMembership?> MembershipAsync(Sweep claim, Missing missing, CancellationToken cancellationToken)
        {
            await ProceedAsync(claim);
            return calendly.Find(missing.Uri) is { } found ? Membership(found) : null;
        }

        public Task<OrganizationInvitation?> InvitationAsync(Sweep claim, MissingInvitation missing, CancellationToken cancellationToken) => Task.FromResult<OrganizationInvitation?>(null);

        private async Task ProceedAsync(Sweep claim)
        {
            var removed = calendly.Proceed();
            portal.Clock.SetUtcNow(calendly.Now);
            if (removed.Count == 0) return;
            await using var db = await portal.ContextAsync();
            await Eventually.TrueAsync(() => db.Sweeps.AnyAsync(s => s.Id == claim.Id && s.PagesRead >= Pages, Ct), Ct);
            foreach (var uri in removed) await SweepDepartures.MemberRemovedAsync(db, uri, portal.Clock.GetUtcNow(), null, null, Ct);
        }

        private OrganizationMembership Membership(Listed person) => new(
            person.Uri, person.Role, new MembershipUser(person.Uri.Replace("organization_memberships", "users", StringComparison.Ordinal), person.Name, person.Email, person.UpdatedAt, person.UpdatedAt),
            organization, DateTimeOffset.UnixEpoch, person.UpdatedAt);
    }
}
