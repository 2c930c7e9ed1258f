using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Audit;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Web.Security;

/// <summary>Somebody who uses the portal, as the block list shows them.</summary>
public sealed record PersonRow(Guid Id, string Name, string Address, IReadOnlyList<string> Roles, DateTimeOffset? BlockedAt, string? BlockedByName, string? BlockedReason);

/// <summary>Blocking people, and signing out everywhere. Both end sessions, and with them every page that is open.</summary>
public sealed class PeopleService(IDbContextFactory<PortalDbContext> contexts, UseCase useCase, People people, AuditTrail audit, TimeProvider clock)
{
    public const int MinReasonLength = 15;
    public const int MostFound = 8;
    public const int MostBlocked = 50;
    private const int MaxText = 2000;

    /// <summary>At once, on every instance: the person can do nothing more, every page of theirs closes, and their Calendly grant ends.</summary>
    /// <exception cref="RefusedException">Not allowed, oneself, blocked already, or without a reason.</exception>
    public Task<Guid> BlockAsync(Guid commandId, Guid personId, string reason, Actor actor, CancellationToken cancellationToken) =>
        useCase.RunAsync(new Command(commandId, "person.blocked", Permission.BlockPeople), actor, async (work, ct) =>
        {
            var why = FreeText.Require(reason, "reason", MinReasonLength, MaxText);
            if (personId == work.Person.Id) throw new RefusedException("yourself", "You cannot block yourself. Another Administrator can.");
            // Whoever of two Administrators blocks the other first has done it: the second finds their own row taken.
            var person = await LockAsync(work.Db, personId, ct);
            if (person.BlockedAt is not null) throw new RefusedException("blocked_already", $"{person.BlockedByName} has blocked {person.Name} already.");
            (person.BlockedAt, person.BlockedBy, person.BlockedByName, person.BlockedReason) = (work.Now, work.Person.Id, work.Person.Name, why);
            var ended = await Sessions.EndAllAsync(work.Db, person.Id, work.Now, ct);
            return new Done(About(person), person.Id, new { Reason = why, SessionsEnded = ended });
        }, cancellationToken);

    public Task<Guid> UnblockAsync(Guid commandId, Guid personId, Actor actor, CancellationToken cancellationToken) =>
        useCase.RunAsync(new Command(commandId, "person.unblocked", Permission.BlockPeople), actor, async (work, ct) =>
        {
            var person = await LockAsync(work.Db, personId, ct);
            if (person.BlockedAt is not { } since) throw new RefusedException("not_blocked", $"{person.Name} is not blocked.");
            var before = new { BlockedSince = since, BlockedBy = person.BlockedByName, Reason = person.BlockedReason };
            (person.BlockedAt, person.BlockedBy, person.BlockedByName, person.BlockedReason) = (null, null, null, null);
            return new Done(About(person), person.Id, before);
        }, cancellationToken);

    /// <summary>One's own sessions, all of them, this one included. It takes no right: whoever may do nothing else may still leave.</summary>
    public async Task SignOutEverywhereAsync(Actor actor, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        // A sign-in that runs at this moment comes first and is ended with the others, or comes after.
        var person = await db.People.FromSql($"SELECT *, xmin FROM people WHERE object_id = {actor.ObjectId} AND tenant_id = {actor.TenantId} FOR UPDATE").SingleOrDefaultAsync(cancellationToken);
        if (person is null) return;
        var ended = await Sessions.EndAllAsync(db, person.Id, clock.GetUtcNow(), cancellationToken);
        audit.Add(db, actor with { PersonId = person.Id }, "person.signed_out_everywhere", About(person), AuditOutcome.Done, new { SessionsEnded = ended });
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>The first people whose name or address holds the text: for choosing whom to block. Nobody for whoever may not.</summary>
    public async Task<IReadOnlyList<PersonRow>> FindAsync(string text, Actor actor, CancellationToken cancellationToken)
    {
        if (await people.FindAsync(actor, cancellationToken) is not { } reader || !reader.Can(Permission.BlockPeople)) return [];
        var pattern = $"%{text.Trim().Replace(@"\", @"\\", StringComparison.Ordinal).Replace("%", @"\%", StringComparison.Ordinal).Replace("_", @"\_", StringComparison.Ordinal)}%";
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await Rows(db.People.Where(p => p.BlockedAt == null && !(p.ObjectId == actor.ObjectId && p.TenantId == actor.TenantId))
            .Where(p => EF.Functions.ILike(p.Name, pattern, @"\") || EF.Functions.ILike(p.Address, pattern, @"\"))
            .OrderBy(p => p.Name).ThenBy(p => p.Id).Take(MostFound)).ToListAsync(cancellationToken);
    }

    /// <summary>Who is blocked, the latest first; null for whoever may not know.</summary>
    public async Task<IReadOnlyList<PersonRow>?> BlockedAsync(Actor actor, CancellationToken cancellationToken)
    {
        if (await people.FindAsync(actor, cancellationToken) is not { } reader || !(reader.Can(Permission.BlockPeople) || reader.Can(Permission.ReadAudit))) return null;
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await Rows(db.People.Where(p => p.BlockedAt != null).OrderByDescending(p => p.BlockedAt).ThenBy(p => p.Id).Take(MostBlocked)).ToListAsync(cancellationToken);
    }

    private static IQueryable<PersonRow> Rows(IQueryable<Person> people) =>
        people.AsNoTracking().Select(p => new PersonRow(p.Id, p.Name, p.Address, p.Roles, p.BlockedAt, p.BlockedByName, p.BlockedReason));

    private static async Task<Person> LockAsync(PortalDbContext db, Guid id, CancellationToken cancellationToken) =>
        await db.People.FromSql($"SELECT *, xmin FROM people WHERE id = {id} FOR UPDATE").SingleOrDefaultAsync(cancellationToken)
            ?? throw new RefusedException("unknown_person", "This person is not known here. Reload the page.");

    private static AuditObject About(Person person) => new("person", person.Id.ToString(), person.Name);
}
