using AdminPortal.Calendly;
using AdminPortal.Web.Features.Audit;
using AdminPortal.Web.Features.Removals;
using AdminPortal.Web.Security;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Web.Features.Connections;

/// <summary>What a test found, in words, and when.</summary>
public sealed record ConnectionTest(bool Works, string Words, DateTimeOffset At);

/// <summary>"Test": one look at who Calendly says the connection is, and at what was not known before it is used. Its owner, or whoever may end it: what proves that a grant has lost its authority ends it.</summary>
public sealed class ConnectionTestService(UseCase useCase, CalendlyAccess calendly, AccountLook look, TimeProvider clock)
{
    public async Task<ConnectionTest> TestAsync(Guid commandId, Guid connectionId, Actor actor, CancellationToken cancellationToken)
    {
        Connection? tested = null;
        var ran = await useCase.RunOnceAsync(new Command(commandId, "connection.tested", Permission.Read, connectionId), actor, async (work, ct) =>
        {
            var connection = await work.Db.Connections.AsNoTracking().Include(c => c.Person).SingleOrDefaultAsync(c => c.Id == connectionId, ct)
                ?? throw new RefusedException("unknown_connection", "There is no such connection.");
            if (connection.PersonId != work.Person.Id && !work.Person.Can(Permission.DisconnectOthers))
                throw new RefusedException("not_owner", $"Only {connection.CalendlyName} or an Administrator can test this.");
            if (connection.WhyUnusable() is { } unusable) throw new RefusedException("connection_unusable", unusable);
            tested = connection;
            return new Done(connection.AsAuditObject(), connection.Id);
        }, cancellationToken);
        // Nobody's right to it was looked at again, so the connection is not used again.
        if (ran.IsRepeat || tested is null) throw new RefusedException("repeated", "This test was carried out already. Test again to see how the connection is now.");
        try
        {
            var (works, words) = await look.LookAsync(tested, Lane.People, actor, cancellationToken);
            // What the answers prove is kept where they arrive.
            if (works && tested.UnknownScopes.Length > 0)
                await ScopeProbe.ReadAsync(calendly.For(connectionId, Lane.People), tested.CalendlyUserUri, tested.OrganizationUri, cancellationToken);
            return Result(works, words);
        }
        catch (ConnectionUnusableException exception)
        {
            return Result(false, exception.Message);
        }
        catch (CalendlyException exception)
        {
            return Result(false, $"Not known: {CalendlyWords.Why(exception)}. Nothing was changed.");
        }

        ConnectionTest Result(bool works, string words) => new(works, words, clock.GetUtcNow());
    }
}
