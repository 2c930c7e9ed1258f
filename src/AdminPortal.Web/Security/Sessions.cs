using System.Security.Claims;
using AdminPortal.Web.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace AdminPortal.Web.Security;

/// <summary>How a session stands now, from its row and its person's.</summary>
/// <param name="Idle">It has ended because nobody was at any of its pages for too long.</param>
public sealed record SessionStanding(Guid Id, bool Ended, bool Idle, bool Blocked, string[] Roles);

/// <summary>Sessions begin with a sign-in, are confirmed by Entra from time to time, and end everywhere at once.</summary>
public sealed class Sessions(IDbContextFactory<PortalDbContext> contexts, People people, IOptions<SecurityOptions> options, TimeProvider clock)
{
    /// <summary>Rows of sessions that ended long ago say nothing to anybody; the trail has every sign-in.</summary>
    private static readonly TimeSpan Kept = TimeSpan.FromDays(7);

    /// <summary>A sign sooner than this after the last one is not written down. A little less than the minute that a page waits, so that none is lost on its way.</summary>
    private static readonly TimeSpan SeenAgain = TimeSpan.FromSeconds(55);

    /// <param name="inItsPlace">The session that this browser had: another person's ends, with the pages that still show it.</param>
    /// <exception cref="RefusedException">The person is blocked.</exception>
    public async Task<SessionTicket> StartAsync(ClaimsPrincipal user, SessionTicket? inItsPlace, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var person = await people.ConfirmAsync(db, user, isSignIn: true, cancellationToken);
        var session = new Session { PersonId = person.Id, StartedAt = now, SeenAt = now };
        if (person.BlockedAt is null) db.Sessions.Add(session);
        if (inItsPlace is not null)
            await db.Sessions.Where(s => s.Id == inItsPlace.Id && s.PersonId != person.Id && s.EndedAt == null).ExecuteUpdateAsync(s => s.SetProperty(x => x.EndedAt, now), cancellationToken);
        await db.Sessions.Where(s => s.StartedAt < now - Kept).ExecuteDeleteAsync(cancellationToken);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return person.BlockedAt is null ? new(session.Id, now, now) : throw new RefusedException(UseCase.Blocked);
    }

    /// <summary>The same person was confirmed without being asked: the session goes on, with the age that it has.</summary>
    /// <exception cref="RefusedException">It ended meanwhile, the person is blocked, or Entra answered for somebody else.</exception>
    public async Task<SessionTicket> ConfirmAsync(ClaimsPrincipal user, SessionTicket earlier, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var person = await people.ConfirmAsync(db, user, isSignIn: false, cancellationToken);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        if (person.BlockedAt is not null) throw new RefusedException(UseCase.Blocked);
        var idleSince = now - options.Value.SessionIdle;
        var goesOn = now - earlier.StartedAt < options.Value.SessionAbsolute
            && await db.Sessions.AnyAsync(s => s.Id == earlier.Id && s.PersonId == person.Id && s.EndedAt == null && s.SeenAt > idleSince, cancellationToken);
        return goesOn ? earlier with { ConfirmedAt = now } : throw new RefusedException(UseCase.SessionEnded);
    }

    /// <summary>Somebody is there: a page was opened, or an open one is worked on. A session that has been idle for too long stays ended.</summary>
    public async Task SeenAsync(Guid id, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var (again, idleSince) = (now - SeenAgain, now - options.Value.SessionIdle);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await db.Sessions.Where(s => s.Id == id && s.EndedAt == null && s.SeenAt <= again && s.SeenAt > idleSince).ExecuteUpdateAsync(s => s.SetProperty(x => x.SeenAt, now), cancellationToken);
    }

    /// <summary>Ends it, wherever it is open. Nothing happens when it has ended already.</summary>
    public async Task EndAsync(Guid id, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await db.Sessions.Where(s => s.Id == id && s.EndedAt == null).ExecuteUpdateAsync(s => s.SetProperty(x => x.EndedAt, now), cancellationToken);
    }

    /// <summary>Ends all of a person's, in the caller's transaction.</summary>
    public static Task<int> EndAllAsync(PortalDbContext db, Guid personId, DateTimeOffset now, CancellationToken cancellationToken) =>
        db.Sessions.Where(s => s.PersonId == personId && s.EndedAt == null).ExecuteUpdateAsync(s => s.SetProperty(x => x.EndedAt, now), cancellationToken);

    /// <summary>A session that is not among the answers has ended so long ago that its row is gone.</summary>
    public async Task<IReadOnlyDictionary<Guid, SessionStanding>> StandingsAsync(IReadOnlyCollection<Guid> ids, CancellationToken cancellationToken)
    {
        var idleSince = clock.GetUtcNow() - options.Value.SessionIdle;
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.Sessions.AsNoTracking().Where(s => ids.Contains(s.Id))
            .Join(db.People, s => s.PersonId, p => p.Id, (s, p) => new SessionStanding(s.Id, s.EndedAt != null, s.SeenAt <= idleSince, p.BlockedAt != null, p.Roles))
            .ToDictionaryAsync(s => s.Id, cancellationToken);
    }
}
