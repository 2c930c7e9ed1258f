using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Connections;
using AdminPortal.Web.Security;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace AdminPortal.Web.Features.Removals;

/// <summary>Whom to remove and why, as somebody asks for it.</summary>
public sealed record Filing(IReadOnlyList<Guid> MemberIds, string Reason, string? Ticket = null, DateTimeOffset? NotBefore = null);

/// <summary>What an approver decided, and the fingerprint that was on the screen.</summary>
public sealed record DecisionInput(string Fingerprint, string Comment, IReadOnlyList<Guid> LeftOut, bool WithoutImpact);

/// <summary>What people do about removals. Every method is one transaction that asks the same rule as the page.</summary>
public sealed class RemovalService(UseCase useCase, RemovalFacts facts, IOptions<RemovalPolicy> policy)
{
    private const int MaxText = 2000;

    public Task<Guid> FileAsync(Guid commandId, Filing filing, Actor actor, CancellationToken cancellationToken) =>
        useCase.RunAsync(new Command(commandId, "removal.requested", Permission.RequestRemoval), actor, async (work, ct) =>
        {
            var reason = FreeText.Require(filing.Reason, "reason", RemovalPolicy.MinReasonLength, MaxText);
            var ticket = FreeText.Require(filing.Ticket, "ticket", 0, 100) is { Length: > 0 } written ? written : null;
            var memberIds = filing.MemberIds.Distinct().ToArray();
            if (memberIds.Length is 0 or > RemovalPolicy.MaxPeople) throw new RefusedException("people", $"A request holds 1 to {RemovalPolicy.MaxPeople} people.");
            var notBefore = NotBefore(filing.NotBefore, work.Now);

            if (await facts.WhyDirectoryTooOldAsync(work.Db, work.Now, ct) is { } stale) throw new RefusedException(stale);
            var connection = await work.Db.Connections.SingleOrDefaultAsync(c => c.PersonId == work.Person.Id && c.State == ConnectionState.Healthy, ct)
                ?? throw new RefusedException("no_connection", "The removal runs with your Calendly connection, and it does not work now. Connect your account first.");
            var organization = await work.Db.Organizations.SingleAsync(ct);
            var members = await work.Db.Members.Where(m => memberIds.Contains(m.Id)).ToListAsync(ct);
            if (members.Count < memberIds.Length) throw new RefusedException("unknown_member", "One of these people is not known here. Reload the list.");
            var eligibility = await facts.ForAsync(work.Db, work.Person, members, ct);
            if (members.Select(m => RemovalEligibility.WhyNot(m.Uri, m.UserUri, m.Name, m.Email, m.Role, m.LeftAt is not null, eligibility)).FirstOrDefault(why => why is not null) is { } why)
                throw new RefusedException(why.Code, why.Words);

            var rules = policy.Value;
            var hash = rules.Hash();
            await work.Db.Database.ExecuteSqlAsync($"INSERT INTO policy_versions (hash, canonical, first_seen_at) VALUES ({hash}, {rules.Canonical()}, {work.Now}) ON CONFLICT (hash) DO NOTHING", ct);
            var number = (await work.Db.Database.SqlQuery<int>($"SELECT nextval('removal_numbers')::int AS \"Value\"").ToListAsync(ct))[0];
            var request = new RemovalRequest
            {
                Number = number,
                OrganizationUri = organization.Uri,
                OrganizationName = organization.Name,
                RequesterId = work.Person.Id,
                RequesterObjectId = work.Person.ObjectId,
                RequesterTenantId = work.Person.TenantId,
                RequesterName = work.Person.Name,
                RequesterAddress = work.Person.Address,
                RequesterCalendlyUsers = eligibility.Requester.CalendlyUsers,
                ConnectionId = connection.Id,
                ActingCalendlyUser = connection.CalendlyUserUri,
                Reason = reason,
                Ticket = ticket,
                NotBefore = notBefore,
                // Whoever is not a plain user, roles that we do not know included, takes two approvals.
                ApprovalsNeeded = rules.ApprovalsNeeded(members.Count, members.Exists(m => m.Role != "user")),
                PolicyHash = hash,
                Hold = rules.Hold,
                Window = rules.Window,
                FiledAt = work.Now,
                ExpiresAt = work.Now + rules.Expiry,
            };
            request.Items.AddRange(members.Select(m => new RemovalItem
            {
                RequestId = request.Id,
                MemberId = m.Id,
                MembershipUri = m.Uri,
                UserUri = m.UserUri,
                Name = m.Name,
                Email = m.Email,
                Role = m.Role,
            }));
            request.Seal();
            work.Db.RemovalRequests.Add(request);
            return Done(request, new { request.Reason, request.Ticket, Fingerprint = Convert.ToHexStringLower(request.Fingerprint), People = request.Items.Select(i => i.Email) });
        }, cancellationToken);

    public Task<Guid> ApproveAsync(Guid commandId, Guid id, DecisionInput input, Actor actor, CancellationToken cancellationToken) =>
        DecideAsync("removal.approved", Verdict.Approve, commandId, id, input, actor, cancellationToken);

    public Task<Guid> RejectAsync(Guid commandId, Guid id, DecisionInput input, Actor actor, CancellationToken cancellationToken) =>
        DecideAsync("removal.rejected", Verdict.Reject, commandId, id, input, actor, cancellationToken);

    private Task<Guid> DecideAsync(string action, Verdict verdict, Guid commandId, Guid id, DecisionInput input, Actor actor, CancellationToken cancellationToken) =>
        useCase.RunAsync(new Command(commandId, action, Permission.DecideRemoval), actor, async (work, ct) =>
        {
            var comment = FreeText.Require(input.Comment, "note", verdict == Verdict.Reject ? RemovalPolicy.MinReasonLength : 0, MaxText);
            var request = await LockAsync(work.Db, id, ct);
            var approver = await facts.IdentityAsync(work.Db, work.Person, ct);
            if (request.WhyNotDecide(approver, work.Person.Can(Permission.DecideRemoval), work.Person.BlockedAt is not null, work.Now) is { } refusal)
                throw new RefusedException(refusal);
            if (!request.PolicyHash.AsSpan().SequenceEqual(policy.Value.Hash()))
                throw new RefusedException("policy", "The approval policy has changed since this was requested. Ask for a new request.");
            var deciding = request.Items.Where(item => item.State == ItemState.Pending && !input.LeftOut.Contains(item.Id));
            if (verdict == Verdict.Approve && !input.WithoutImpact && deciding.Any(item => item.ImpactReadAt is null || item.ImpactProblem is not null))
                throw new RefusedException("impact_unknown", "The impact is not known for everybody. Wait for it, or tick “I decide without it”.");

            var decision = new RemovalDecision
            {
                RequestId = request.Id,
                Fingerprint = ParseFingerprint(input.Fingerprint),
                Verdict = verdict,
                Comment = comment,
                LeftOut = [.. input.LeftOut.Distinct()],
                WithoutImpact = input.WithoutImpact,
                RoleSeenAfterFiling = work.Person.ApproverSince > request.FiledAt,
                DecidedAt = work.Now,
                ApproverId = work.Person.Id,
                ApproverObjectId = work.Person.ObjectId,
                ApproverTenantId = work.Person.TenantId,
                ApproverName = work.Person.Name,
                ApproverAddress = work.Person.Address,
                ApproverCalendlyUsers = approver.CalendlyUsers,
                RequesterId = request.RequesterId,
                RequesterObjectId = request.RequesterObjectId,
                RequesterTenantId = request.RequesterTenantId,
                RequesterAddress = request.RequesterAddress,
                RequesterCalendlyUsers = request.RequesterCalendlyUsers,
            };
            request.RequireFingerprint(decision);
            // First the decision, then what follows from it: the database lets a request become approved only when the approvals are there.
            work.Db.RemovalDecisions.Add(decision);
            await work.Db.SaveChangesAsync(ct);
            request.Decide(decision);
            return Done(request, new { Comment = comment, Fingerprint = Convert.ToHexStringLower(request.Fingerprint), request.State, input.WithoutImpact, input.LeftOut });
        }, cancellationToken);

    /// <summary>Cancels before the quorum, stops after it.</summary>
    public Task<Guid> StopAsync(Guid commandId, Guid id, string reason, Actor actor, CancellationToken cancellationToken) =>
        useCase.RunAsync(new Command(commandId, "removal.stopped", Permission.Read), actor, async (work, ct) =>
        {
            var why = FreeText.Require(reason, "reason", RemovalPolicy.MinReasonLength, MaxText);
            var request = await LockAsync(work.Db, id, ct);
            var who = await facts.IdentityAsync(work.Db, work.Person, ct);
            if (request.WhyNotStop(who, work.Person.Can(Permission.DecideRemoval), work.Person.BlockedAt is not null) is { } refusal) throw new RefusedException(refusal);
            // Two steps, as the machine has them: what waits to be tried again is let go first, then everything that is not begun ends.
            request.LetGoOfUnsent(work.Now);
            await work.Db.SaveChangesAsync(ct);
            request.Stop(who, why, work.Now);
            return Done(request, new { Reason = why, request.State });
        }, cancellationToken);

    public Task<Guid> PauseAsync(Guid commandId, string reason, Actor actor, CancellationToken cancellationToken) =>
        SwitchAsync("removals.paused", commandId, actor, (pause, work) =>
        {
            if (pause.PausedAt is not null) throw new RefusedException("paused_already", $"{pause.PausedByName} has paused removals already.");
            (pause.PausedAt, pause.PausedBy, pause.PausedByName, pause.Reason) = (work.Now, work.Person.Id, work.Person.Name, FreeText.Require(reason, "reason", RemovalPolicy.MinReasonLength, MaxText));
        }, cancellationToken);

    public Task<Guid> ResumeAsync(Guid commandId, Actor actor, CancellationToken cancellationToken) =>
        SwitchAsync("removals.resumed", commandId, actor, (pause, _) =>
        {
            if (pause.PausedAt is null) throw new RefusedException("not_paused", "Removals are not paused.");
            (pause.PausedAt, pause.PausedBy, pause.PausedByName, pause.Reason) = (null, null, null, null);
        }, cancellationToken);

    private Task<Guid> SwitchAsync(string action, Guid commandId, Actor actor, Action<RemovalSwitch, Work> change, CancellationToken cancellationToken) =>
        useCase.RunAsync(new Command(commandId, action, Permission.PauseRemovals), actor, async (work, ct) =>
        {
            var pause = await work.Db.RemovalSwitches.SingleAsync(ct);
            var before = pause.Reason;
            change(pause, work);
            return new Done(new AuditObject("removals", commandId.ToString(), "All removals"), commandId, new { Reason = pause.Reason ?? before });
        }, cancellationToken);

    /// <summary>Loads a request with its row locked: decisions, stops and claims serialise on it.</summary>
    public static async Task<RemovalRequest> LockAsync(PortalDbContext db, Guid id, CancellationToken cancellationToken)
    {
        await db.Database.ExecuteSqlAsync($"SELECT FROM removal_requests WHERE id = {id} FOR UPDATE", cancellationToken);
        return await db.RemovalRequests.Include(r => r.Items).Include(r => r.Decisions).AsSplitQuery().SingleOrDefaultAsync(r => r.Id == id, cancellationToken)
            ?? throw new RefusedException("unknown_request", "This request does not exist.");
    }

    private static Done Done(RemovalRequest request, object details) =>
        new(new AuditObject("removal", request.Id.ToString(), $"{request.Label} {RemovalQueries.Title(request)}"), request.Id, details);

    private static DateTimeOffset? NotBefore(DateTimeOffset? wanted, DateTimeOffset now)
    {
        if (wanted is not { } at || at <= now) return null;
        if (at > now + RemovalPolicy.MaxNotBefore) throw new RefusedException("not_before", "“Not before” is at most 30 days ahead.");
        // Whole seconds: the canonical text holds no fractions, and the database compares the two.
        return DateTimeOffset.FromUnixTimeSeconds(at.ToUnixTimeSeconds());
    }

    private static byte[] ParseFingerprint(string hex)
    {
        try
        {
            return Convert.FromHexString(hex);
        }
        catch (FormatException)
        {
            throw new RefusedException("fingerprint", "That is no fingerprint. Reload the page and look again; nothing was decided.");
        }
    }
}
