using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Audit;
using AdminPortal.Web.Shell.Kit;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Npgsql;

namespace AdminPortal.Web.Security;

/// <summary>One click: an id that stays the same when the click is repeated, what it does (<c>object.verb</c>), and the permission it needs.</summary>
/// <param name="About">The id that <see cref="Done"/> will have, where that is known before: a repeat about something else is refused.</param>
public sealed record Command(Guid Id, string Action, Permission Needs, Guid? About = null)
{
    public static Command New(string action, Permission needs) => new(Guid.CreateVersion7(), action, needs);
}

/// <summary>What a use case works with: the context inside its transaction, the person as stored, and the time.</summary>
public sealed record Work(PortalDbContext Db, Person Person, Actor Actor, DateTimeOffset Now);

/// <summary>What was done, to what: the body of the audit entry. The id is what a repeated click gets back.</summary>
public sealed record Done(AuditObject About, Guid Id, object? Details = null);

/// <summary>What a command came to.</summary>
/// <param name="IsRepeat">An earlier click did it and this one nothing; rights and session were not looked at again.</param>
public sealed record Ran(Guid Id, bool IsRepeat);

/// <summary>
/// The one way in which people change something: in one transaction it reads the person's row, checks the permission at this moment, runs
/// the body and writes the audit entry. A repeated command returns what the first one did; a refusal changes nothing and is recorded.
/// </summary>
public sealed class UseCase(IDbContextFactory<PortalDbContext> contexts, AuditTrail audit, IOptions<SecurityOptions> security, TimeProvider clock)
{
    public static readonly Refusal Blocked = new("blocked", "You are blocked in this portal. An Administrator can lift that.");
    public static readonly Refusal SessionEnded = new("session_ended", "This session has ended. Reload the page to sign in again; nothing was changed.");
    private static readonly Refusal Confirm = new("confirm", "Your sign-in was confirmed more than an hour ago. Reload the page to have it confirmed; nothing was changed, and your text is kept.");

    /// <param name="body">Runs once more when the database broke up a deadlock by ending it: then nothing of it was done.</param>
    public async Task<Guid> RunAsync(Command command, Actor actor, Func<Work, CancellationToken, Task<Done>> body, CancellationToken cancellationToken) =>
        (await RunOnceAsync(command, actor, body, cancellationToken)).Id;

    /// <summary>For whoever goes on outside the transaction: only the click that did it may.</summary>
    /// <inheritdoc cref="RunAsync"/>
    public async Task<Ran> RunOnceAsync(Command command, Actor actor, Func<Work, CancellationToken, Task<Done>> body, CancellationToken cancellationToken)
    {
        try
        {
            try
            {
                return await TryAsync(command, actor, body, cancellationToken);
            }
            catch (Exception exception) when (PostgresOf(exception)?.SqlState == PostgresErrorCodes.DeadlockDetected)
            {
                return await TryAsync(command, actor, body, cancellationToken);
            }
        }
        catch (RefusedException refused)
        {
            // The same click arriving twice: the second may be refused because of what the first has just done.
            if (refused.Refusal.Code != "command_reused" && await FindAsync(command, actor, cancellationToken) is { } earlier) return new Ran(earlier, IsRepeat: true);
            await RecordRefusalAsync(command, actor, refused.Refusal, cancellationToken);
            throw;
        }
        catch (DbUpdateConcurrencyException)
        {
            var refusal = new Refusal("changed_meanwhile", "Somebody else changed this at the same moment. Nothing of yours was recorded; look again.");
            await RecordRefusalAsync(command, actor, refusal, cancellationToken);
            throw new RefusedException(refusal);
        }
        catch (Exception exception) when (DatabaseAway.Caused(exception))
        {
            // Whether the commit arrived is not known; the same command id makes it safe to choose it again.
            throw new RefusedException(new Refusal("database_away", "The database did not answer. Choose it again in a moment; it is never done twice."), exception);
        }
        catch (Exception exception) when (PostgresOf(exception) is { } postgres)
        {
            // The same click arriving twice at the same moment: the second loses the race for the unique index and gets the first one's result.
            if (postgres.ConstraintName == AuditEntryMapping.CommandIndex && await FindAsync(command, actor, cancellationToken) is { } earlier) return new Ran(earlier, IsRepeat: true);
            if (postgres.SqlState is not (PostgresErrorCodes.CheckViolation or PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.ForeignKeyViolation)) throw;
            // A trigger speaks in words of ours; what a table's own CHECK or key says is for its log.
            var words = postgres.SqlState == PostgresErrorCodes.CheckViolation && postgres.ConstraintName?.StartsWith("ck_", StringComparison.Ordinal) == false
                ? postgres.MessageText
                : "The database refused this, because it contradicts what is stored or somebody was faster. Nothing was recorded; look again.";
            var refusal = new Refusal(postgres.ConstraintName ?? postgres.SqlState, words);
            await RecordRefusalAsync(command, actor, refusal, cancellationToken);
            throw new RefusedException(refusal, exception);
        }
    }

    private async Task<Ran> TryAsync(Command command, Actor actor, Func<Work, CancellationToken, Task<Done>> body, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (await FindAsync(db, command, actor, cancellationToken) is { } earlier) return new Ran(earlier, IsRepeat: true);

        // FOR SHARE: somebody who blocks this person, or whose sign-in takes the role away, waits or comes first; never in between.
        var person = await db.People.FromSql($"SELECT *, xmin FROM people WHERE object_id = {actor.ObjectId} AND tenant_id = {actor.TenantId} FOR SHARE")
            .SingleOrDefaultAsync(cancellationToken);
        if (WhyNot(person, command.Needs, clock.GetUtcNow()) is { } refusal) throw new RefusedException(refusal);
        if (actor.Session is { } session && await WhyNotAsync(db, session, person!.Id, clock.GetUtcNow(), cancellationToken) is { } over) throw new RefusedException(over);

        var done = await body(new Work(db, person!, actor with { PersonId = person!.Id, Name = person.Name }, clock.GetUtcNow()), cancellationToken);
        audit.Add(db, actor with { PersonId = person.Id, Name = person.Name }, command.Action, done.About, AuditOutcome.Done, done.Details, command.Id);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new Ran(done.Id, IsRepeat: false);
    }

    /// <summary>The same rule that the page shows.</summary>
    public static Refusal? WhyNot(Person? person, Permission needs, DateTimeOffset now)
    {
        if (person is null) return new("unknown_person", "You are not signed in to this portal.");
        if (person.BlockedAt is not null) return Blocked;
        if (now - person.RolesConfirmedAt > SessionTicket.ConfirmedFor) return Confirm;
        if (person.Can(needs)) return null;
        var roles = person.Roles.Length == 0 ? "You have no role." : $"Your role is {string.Join(" and ", person.Roles)}.";
        return new("role", $"{roles} This needs {string.Join(" or ", Permissions.RolesFor(needs))}.");
    }

    /// <summary>What would be refused at this moment; for a look at Calendly that comes before the use case itself.</summary>
    public async Task<Refusal?> WhyNotAsync(Permission needs, Actor actor, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var person = await db.People.AsNoTracking().SingleOrDefaultAsync(p => p.ObjectId == actor.ObjectId && p.TenantId == actor.TenantId, cancellationToken);
        return WhyNot(person, needs, clock.GetUtcNow())
            ?? (actor.Session is { } session ? await WhyNotAsync(db, session, person!.Id, clock.GetUtcNow(), cancellationToken) : null);
    }

    /// <summary>The page may be open on a session that has ended or was left alone, or that was not confirmed while another one of the same person was.</summary>
    private async Task<Refusal?> WhyNotAsync(PortalDbContext db, SessionTicket session, Guid personId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (idle, absolute) = (security.Value.SessionIdle, security.Value.SessionAbsolute);
        var seen = await db.Sessions.Where(s => s.Id == session.Id && s.PersonId == personId && s.EndedAt == null).Select(s => (DateTimeOffset?)s.SeenAt).SingleOrDefaultAsync(cancellationToken);
        if (seen is null || now - session.StartedAt >= absolute) return SessionEnded;
        if (now - seen >= idle) return new("session_idle", $"You were signed out after {TimeText.Setting(idle)} without anybody at the page. Reload it to sign in again; nothing was changed.");
        return session.NeedsConfirmation(now) ? Confirm : null;
    }

    private async Task<Guid?> FindAsync(Command command, Actor actor, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await FindAsync(db, command, actor, cancellationToken);
    }

    private static async Task<Guid?> FindAsync(PortalDbContext db, Command command, Actor actor, CancellationToken cancellationToken)
    {
        var entry = await db.AuditEntries.AsNoTracking().SingleOrDefaultAsync(e => e.CommandId == command.Id, cancellationToken);
        if (entry is null) return null;
        if (entry.ActorObjectId != actor.ObjectId || entry.ActorTenantId != actor.TenantId || entry.Action != command.Action
            || (command.About is { } about && entry.ObjectId != about.ToString()))
            throw new RefusedException("command_reused", "This click belongs to something else. Reload the page.");
        return Guid.Parse(entry.ObjectId);
    }

    private async Task RecordRefusalAsync(Command command, Actor actor, Refusal refusal, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        audit.Add(db, actor, command.Action, new AuditObject("command", command.Id.ToString(), refusal.Words), AuditOutcome.Refused, new { refusal.Code });
        await db.SaveChangesAsync(cancellationToken);
    }

    /// <summary>However deep: what may pass is wrapped once by whoever saves, and once more by whoever would try again.</summary>
    private static PostgresException? PostgresOf(Exception? exception) => exception is null or PostgresException ? exception as PostgresException : PostgresOf(exception.InnerException);
}
