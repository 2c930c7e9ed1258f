using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Members;
using AdminPortal.Web.Security;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace AdminPortal.Web.Features.Removals;

/// <summary>Which requests to list. Unknown values in the address list everything.</summary>
public sealed record RemovalFilter(string? State = null, string? Search = null, bool MineOnly = false, int Rows = 25, int? BeforeNumber = null, int? AfterNumber = null);

public sealed record RemovalList(IReadOnlyList<RemovalRequest> Requests, int Total, bool HasNewer, bool HasOlder);

/// <summary>A request with what this reader may do about it: the same rule that the service enforces.</summary>
public sealed record RemovalView(RemovalRequest Request, Refusal? WhyNotDecide, Refusal? WhyNotStop, IReadOnlyList<string> OtherApprovers);

/// <summary>What a request for these people would be: who can be on it, who cannot and why, and who could decide.</summary>
/// <param name="Problem">Why nothing can be requested at all now.</param>
public sealed record RemovalDraft(
    IReadOnlyList<Member> Eligible, IReadOnlyList<Ineligible> Ineligible, Refusal? Problem, string Organization, int ApprovalsNeeded, RemovalPolicy Policy, IReadOnlyList<string> Approvers)
{
    public string Whom => Eligible is [var only] ? only.Name : $"{Eligible.Count} people";
}

/// <summary>What a reader may do about the people of a list.</summary>
/// <param name="WhyNot">Who cannot be removed by this reader now, and why.</param>
/// <param name="Refusal">Why this reader cannot request removals at all now.</param>
public sealed record RemovalReach(IReadOnlyDictionary<Guid, Ineligible> WhyNot, Refusal? Refusal);

/// <summary>What waits for this reader, what waits for others and why, and what was settled within the day.</summary>
public sealed record ApprovalQueue(IReadOnlyList<RemovalView> ForYou, IReadOnlyList<RemovalView> NotForYou, IReadOnlyList<RemovalRequest> Settled);

public sealed class RemovalQueries(IDbContextFactory<PortalDbContext> contexts, RemovalFacts facts, IOptions<RemovalPolicy> policy, TimeProvider clock)
{
    private const int QueueLimit = 100;

    public static string Title(RemovalRequest request) => request.Items is [var only] ? $"Remove {only.Name}" : $"Remove {request.Items.Count} people";

    public async Task<RemovalView?> FindAsync(Guid id, Actor actor, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var request = await WithEverything(db).SingleOrDefaultAsync(r => r.Id == id, cancellationToken);
        return request is null ? null : (await ViewsAsync(db, [request], actor, cancellationToken))[0];
    }

    public async Task<RemovalList> ListAsync(RemovalFilter filter, Actor actor, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var query = WithEverything(db);
        if (Enum.TryParse<RequestState>(filter.State, ignoreCase: true, out var state) && Enum.IsDefined(state)) query = query.Where(r => r.State == state);
        else if (filter.State == "open") query = query.Where(r => r.State == RequestState.Awaiting || r.State == RequestState.Approved || r.State == RequestState.Executing);
        else if (filter.State == "attention") query = query.Where(r => r.Items.Any(i => i.State == ItemState.Attention));
        if (filter.MineOnly) query = query.Where(r => r.RequesterObjectId == actor.ObjectId && r.RequesterTenantId == actor.TenantId);
        if (filter.Search?.Trim() is { Length: > 0 } text)
        {
            var number = int.TryParse(text.TrimStart('R', 'r', '-'), out var n) ? n : -1;
            var pattern = $"%{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal)}%";
            query = query.Where(r => r.Number == number || EF.Functions.ILike(r.RequesterName, pattern)
                || r.Items.Any(i => EF.Functions.ILike(i.Name, pattern) || EF.Functions.ILike(i.Email, pattern)));
        }
        var total = await query.CountAsync(cancellationToken);
        var backward = filter.AfterNumber is not null;
        var page = backward ? query.Where(r => r.Number > filter.AfterNumber).OrderBy(r => r.Number)
            : query.Where(r => filter.BeforeNumber == null || r.Number < filter.BeforeNumber).OrderByDescending(r => r.Number);
        var found = await page.Take(filter.Rows + 1).ToListAsync(cancellationToken);
        var more = found.Count > filter.Rows;
        var rows = found.Take(filter.Rows).OrderByDescending(r => r.Number).ToList();
        return new RemovalList(rows, total, HasNewer: backward ? more : filter.BeforeNumber is not null, HasOlder: backward || more);
    }

    public async Task<ApprovalQueue> QueueAsync(Actor actor, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var now = clock.GetUtcNow();
        var waiting = await WithEverything(db).Where(r => r.State == RequestState.Awaiting && r.ExpiresAt > now).OrderBy(r => r.FiledAt).Take(QueueLimit).ToListAsync(cancellationToken);
        var settled = await WithEverything(db).Where(r => r.Decisions.Any(d => d.DecidedAt > now.AddDays(-1)) && r.State != RequestState.Awaiting)
            .OrderByDescending(r => r.Number).Take(20).ToListAsync(cancellationToken);
        var views = await ViewsAsync(db, waiting, actor, cancellationToken);
        // From half of the expiry on, a request stands first.
        var ordered = views.OrderBy(v => IsHalfGone(v.Request, now) ? 0 : 1).ThenBy(v => v.Request.FiledAt).ToList();
        return new ApprovalQueue([.. ordered.Where(v => v.WhyNotDecide is null)], [.. ordered.Where(v => v.WhyNotDecide is not null)], settled);
    }

    public async Task<int> CountForAsync(Actor actor, CancellationToken cancellationToken) => (await QueueAsync(actor, cancellationToken)).ForYou.Count;

    public static bool IsHalfGone(RemovalRequest request, DateTimeOffset now) =>
        request.State == RequestState.Awaiting && now - request.FiledAt >= (request.ExpiresAt - request.FiledAt) / 2;

    /// <summary>For each of these members, why they cannot be removed by this reader now.</summary>
    public async Task<IReadOnlyDictionary<Guid, Ineligible>> WhyNotAsync(IReadOnlyCollection<Guid> memberIds, Actor actor, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var person = await db.People.AsNoTracking().SingleOrDefaultAsync(p => p.ObjectId == actor.ObjectId && p.TenantId == actor.TenantId, cancellationToken);
        if (person is null) return new Dictionary<Guid, Ineligible>();
        var members = await db.Members.AsNoTracking().Where(m => memberIds.Contains(m.Id)).ToListAsync(cancellationToken);
        // What a selection would leave of the admins is asked when it is filed; here each member stands alone.
        var shared = await facts.ForAsync(db, person, members, cancellationToken);
        var admins = members.Count(m => m.Role == "admin" && !shared.OpenByMembership.ContainsKey(m.Uri));
        var alone = shared with { AdminsStaying = shared.AdminsStaying + admins - 1 };
        return members.Select(m => (m.Id, Why: RemovalEligibility.WhyNot(m.Uri, m.UserUri, m.Name, m.Email, m.Role, m.LeftAt is not null, alone)))
            .Where(pair => pair.Why is not null).ToDictionary(pair => pair.Id, pair => pair.Why!);
    }

    /// <summary>As <see cref="WhyNotAsync"/> and <see cref="WhyNotRequestAsync"/> for people who are read already: one statement for a whole list.</summary>
    public async Task<RemovalReach> ReachAsync(IReadOnlyCollection<MemberRow> rows, Actor actor, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var read = await facts.SharedAsync(db, actor, cancellationToken);
        var refusal = UseCase.WhyNot(read?.Person, Permission.RequestRemoval, clock.GetUtcNow()) ?? facts.WhyDirectoryTooOld(read!.CompleteAsOf, clock.GetUtcNow());
        if (read is null) return new(new Dictionary<Guid, Ineligible>(), refusal);
        var open = rows.Where(r => r.Open is not null).ToDictionary(r => r.Uri, r => new OpenRemoval(r.Open!.RequestId, $"R-{r.Open.Number}"));
        // What a selection would leave of the admins is asked when it is filed; here each member stands alone.
        var alone = new EligibilityFacts(HumanIdentity.Of(read.Person, read.CalendlyUsers), read.DirectoryUser, open, read.Requesters, read.Admins - 1);
        return new(rows.Select(r => (r.Id, Why: RemovalEligibility.WhyNot(r.Uri, r.UserUri, r.Name, r.Email, r.Role, r.LeftAt is not null, alone)))
            .Where(pair => pair.Why is not null).ToDictionary(pair => pair.Id, pair => pair.Why!), refusal);
    }

    /// <summary>Why this reader cannot request removals at all now; null when they can.</summary>
    public async Task<Refusal?> WhyNotRequestAsync(Actor actor, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var person = await db.People.AsNoTracking().SingleOrDefaultAsync(p => p.ObjectId == actor.ObjectId && p.TenantId == actor.TenantId, cancellationToken);
        if (UseCase.WhyNot(person, Permission.RequestRemoval, clock.GetUtcNow()) is { } refusal) return refusal;
        return await facts.WhyDirectoryTooOldAsync(db, clock.GetUtcNow(), cancellationToken);
    }

    /// <summary>Prepares a request; the same checks run again when it is filed.</summary>
    public async Task<RemovalDraft> DraftAsync(IReadOnlyCollection<Guid> memberIds, Actor actor, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var problem = await WhyNotRequestAsync(actor, cancellationToken);
        var members = await db.Members.AsNoTracking().Where(m => memberIds.Contains(m.Id)).OrderBy(m => m.Name).ToListAsync(cancellationToken);
        var person = await db.People.AsNoTracking().SingleOrDefaultAsync(p => p.ObjectId == actor.ObjectId && p.TenantId == actor.TenantId, cancellationToken);
        if (person is null) return new RemovalDraft([], [], problem, "", 1, policy.Value, []);
        var shared = await facts.ForAsync(db, person, members, cancellationToken);
        var why = members.ToDictionary(m => m.Id, m => RemovalEligibility.WhyNot(m.Uri, m.UserUri, m.Name, m.Email, m.Role, m.LeftAt is not null, shared));
        var eligible = members.Where(m => why[m.Id] is null).ToList();
        var approvers = await ApproversAsync(db, cancellationToken);
        return new RemovalDraft(
            eligible, [.. why.Values.OfType<Ineligible>()], problem, await db.Organizations.Select(o => o.Name).SingleOrDefaultAsync(cancellationToken) ?? "Calendly",
            policy.Value.ApprovalsNeeded(eligible.Count, eligible.Exists(m => m.Role != "user")), policy.Value,
            [.. approvers.Where(a => !a.IsSameHumanAs(shared.Requester) && !eligible.Exists(m => a.Is(m.UserUri, m.Email))).Select(a => a.Name)]);
    }

    public async Task<RemovalSwitch> SwitchAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.RemovalSwitches.AsNoTracking().SingleAsync(cancellationToken);
    }

    private static IQueryable<RemovalRequest> WithEverything(PortalDbContext db) =>
        db.RemovalRequests.AsNoTracking().Include(r => r.Items).Include(r => r.Decisions).AsSplitQuery();

    private async Task<List<RemovalView>> ViewsAsync(PortalDbContext db, IReadOnlyList<RemovalRequest> requests, Actor actor, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var person = await db.People.AsNoTracking().SingleOrDefaultAsync(p => p.ObjectId == actor.ObjectId && p.TenantId == actor.TenantId, cancellationToken);
        var who = person is null ? new HumanIdentity(Guid.Empty, actor.ObjectId, actor.TenantId, actor.Name, "", []) : await facts.IdentityAsync(db, person, cancellationToken);
        var approvers = await ApproversAsync(db, cancellationToken);
        var (isApprover, isBlocked) = (person?.Can(Permission.DecideRemoval) ?? false, person?.BlockedAt is not null);
        var hash = policy.Value.Hash();
        return [.. requests.Select(request =>
        {
            var whyNot = request.WhyNotDecide(who, isApprover, isBlocked, now)
                ?? (request.PolicyHash.AsSpan().SequenceEqual(hash) ? null : new Refusal("policy", "The approval policy has changed since this was requested. Ask for a new request."));
            var others = approvers.Where(a => request.WhyNotDecide(a, isApprover: true, isBlocked: false, now) is null && !a.IsSameHumanAs(who)).Select(a => a.Name).ToList();
            return new RemovalView(request, whyNot, request.WhyNotStop(who, isApprover, isBlocked), others);
        })];
    }

    /// <summary>Everybody seen with the role Approver, with their Calendly users, so that the page names only people who really could decide.</summary>
    private static async Task<List<HumanIdentity>> ApproversAsync(PortalDbContext db, CancellationToken cancellationToken)
    {
        var people = await db.People.AsNoTracking().Where(p => p.BlockedAt == null && p.Roles.Contains(Roles.Approver)).OrderBy(p => p.Name).Take(50).ToListAsync(cancellationToken);
        Guid[] ids = [.. people.Select(p => p.Id)];
        var users = await db.PersonCalendlyUsers.AsNoTracking().Where(u => ids.Contains(u.PersonId)).ToListAsync(cancellationToken);
        return [.. people.Select(p => HumanIdentity.Of(p, users.Where(u => u.PersonId == p.Id).Select(u => u.CalendlyUserUri)))];
    }
}
