using System.Runtime.ExceptionServices;
using AdminPortal.Calendly;
using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Audit;
using AdminPortal.Web.Features.Directory;
using AdminPortal.Web.Security;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace AdminPortal.Web.Features.Connections;

/// <summary>How connecting ended: the page to go to, or the code of what stood in the way.</summary>
/// <param name="LeftToken">A personal access token lives on that the portal no longer uses.</param>
public sealed record ConnectResult(string? ReturnUrl, string? Problem, bool LeftToken = false);

/// <summary>A connection as it was stored, and whether a personal access token lives on that it no longer uses.</summary>
public sealed record StoredConnection(Guid Id, bool LeftToken);

/// <summary>From a consent, or a pasted token, to a stored connection. Every refusal stores nothing, ends a new grant at Calendly and is audited.</summary>
public sealed class ConnectService(
    IDbContextFactory<PortalDbContext> contexts, Consent consent, AccountCheck accounts, UseCase useCase, People people, CalendlySignIn calendly,
    TokenProtection protection, EndedGrants grants, AuditTrail audit, IOptions<CalendlyOptions> options, TimeProvider clock)
{
    private const string Action = "connection.connected";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StoreAgain = TimeSpan.FromSeconds(1);

    public Task<ConsentStart> BeginAsync(string? returnUrl, string? browserSecret, Actor actor, CancellationToken cancellationToken) =>
        consent.BeginAsync(returnUrl, browserSecret, actor, cancellationToken);

    /// <param name="answer">What Calendly sent back with the browser.</param>
    /// <param name="actor">Who is signed in; null when nobody is.</param>
    public async Task<ConnectResult> FinishAsync(ConsentAnswer answer, Actor? actor, CancellationToken cancellationToken)
    {
        var person = actor is null ? null : await people.FindAsync(actor, cancellationToken);
        var taken = await consent.TakeAsync(answer, person, actor?.Session?.Id, cancellationToken);
        if (taken.Problem is { } problem) return new ConnectResult(null, (await RefuseAsync(problem, actor, taken.Attempt?.PersonId)).Code);
        // Whoever may not connect any more has no code exchanged and no account read.
        if (await useCase.WhyNotAsync(Permission.Connect, actor!, cancellationToken) is { } not)
        {
            await RefuseAsync(not, actor, person!.Id, null);
            return new ConnectResult(null, ConnectProblem.Of(not));
        }
        TokenGrant grant;
        try
        {
            // The code works once: a browser that goes away does not stop what it began.
            using var patience = new CancellationTokenSource(Patience, clock);
            grant = await calendly.ExchangeAsync(answer.Code!, taken.Verifier!, patience.Token);
        }
        catch (Exception exception) when (exception is CalendlyOAuthException or OperationCanceledException)
        {
            return new ConnectResult(null, (await RefuseAsync(ConnectProblem.Of((exception as CalendlyOAuthException)?.Failure), actor, person!.Id)).Code);
        }
        try
        {
            using var patience = new CancellationTokenSource(Patience, clock);
            var account = await accounts.ReadAsync(user => calendly.With(grant.AccessToken, user), grant.Owner, person!, patience.Token);
            var stored = await StoreAsync(Command.New(Action, Permission.Connect), NewGrant.Of(grant), account, actor!);
            return new ConnectResult(taken.Attempt!.ReturnUrl, null, stored.LeftToken);
        }
        catch (Exception exception)
        {
            // What nobody may use must not live on at Calendly, whatever comes of the rest.
            var unused = await grants.KeepAsync(null, grant, CancellationToken.None);
            try
            {
                // The use case has recorded it already.
                if (exception is RefusedException refused) return new ConnectResult(null, ConnectProblem.Of(refused.Refusal));
                return new ConnectResult(null, (await RefuseAsync(exception, actor, person!.Id, ConnectProblem.NotRead)).Code);
            }
            finally
            {
                await grants.RevokeAsync(unused, actor ?? Actor.Portal);
            }
        }
    }

    /// <summary>For whoever cannot use OAuth: a personal access token, checked like a grant. It stays its owner's to revoke, also when it is refused.</summary>
    /// <exception cref="RefusedException">Nothing was stored; the words repeat nothing of the token.</exception>
    public async Task<StoredConnection> ConnectWithTokenAsync(Guid commandId, string? pasted, Actor actor, CancellationToken cancellationToken)
    {
        var person = await people.FindAsync(actor, cancellationToken);
        // Nobody else's token is even tried.
        if (await useCase.WhyNotAsync(Permission.Connect, actor, cancellationToken) is { } not) throw new RefusedException(await RefuseAsync(not, actor, person?.Id, null));
        var token = (pasted ?? "").Trim();
        if (PersonalToken.WhyNot(token) is { } problem) throw new RefusedException(await RefuseAsync(problem, actor, person!.Id));
        try
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            patience.CancelAfter(Patience);
            var account = await accounts.ReadAsync(user => calendly.With(token, user), null, person!, patience.Token);
            var (granted, unknown) = await ScopeProbe.ReadAsync(calendly.With(token, account.User.Uri), account.User.Uri, account.Organization.Uri, patience.Token);
            var grant = new NewGrant(ConnectionKind.PersonalAccessToken, token, null, null, granted, unknown);
            return await StoreAsync(new Command(commandId, Action, Permission.Connect), grant, account, actor);
        }
        catch (Exception exception) when (exception is not RefusedException)
        {
            throw new RefusedException(await RefuseAsync(exception, actor, person!.Id, ConnectProblem.RefusedToken));
        }
    }

    /// <summary>Whether a commit arrived that was not answered is found out by the same command: it is never done twice.</summary>
    private async Task<StoredConnection> StoreAsync(Command command, NewGrant grant, CalendlyAccount account, Actor actor)
    {
        for (var giveUpAt = clock.GetUtcNow() + Patience; ;)
        {
            try
            {
                return await StoreOnceAsync(command, grant, account, actor);
            }
            catch (RefusedException refused) when (refused.Refusal.Code == "database_away" && clock.GetUtcNow() < giveUpAt)
            {
                await Task.Delay(StoreAgain, clock);
            }
        }
    }

    private async Task<StoredConnection> StoreOnceAsync(Command command, NewGrant grant, CalendlyAccount account, Actor actor)
    {
        // Nobody can use the old tokens any more, so they should not live on at Calendly.
        Guid? replaced = null;
        var leftToken = false;
        var id = await useCase.RunAsync(command, actor, async (work, ct) =>
        {
            var (db, person, organization) = (work.Db, work.Person, account.Organization);
            // Before anything else is locked: who confirms an organization ends the connections of others.
            await OrganizationPin.LockAsync(db, ct);
            var connection = await db.Connections
                .FromSql($"SELECT *, xmin FROM connections WHERE person_id = {person.Id} AND organization_uri = {organization.Uri} FOR UPDATE").SingleOrDefaultAsync(ct);
            var before = connection?.CalendlyUserUri;
            if (connection is null) db.Connections.Add(connection = New(person, account, grant.Kind, work.Now));
            else
            {
                replaced = grants.KeepStored(db, connection, except: grant);
                // A personal access token is its owner's to revoke.
                leftToken = connection is { Kind: ConnectionKind.PersonalAccessToken, State: ConnectionState.Healthy }
                    && protection.Unprotect(person.Id, organization.Uri, connection.Kind, TokenField.Access, connection.ProtectedAccessToken) is { } token && token != grant.AccessToken;
            }
            connection.Reconnect(account.User, account.Role, grant, protection, work.Now);
            await db.SaveChangesAsync(ct);

            await db.Database.ExecuteSqlAsync($"""
                INSERT INTO person_calendly_users (person_id, calendly_user_uri, first_seen_at) VALUES ({person.Id}, {account.User.Uri}, {work.Now}) ON CONFLICT DO NOTHING
                """, ct);
            await OrganizationPin.FollowAsync(work, organization, connection, isConfigured: !string.IsNullOrWhiteSpace(options.Value.Organization), ct);
            return new Done(connection.AsAuditObject(), connection.Id, new
            {
                grant.Kind,
                CalendlyUser = account.User.Uri,
                CalendlyUserBefore = before == account.User.Uri ? null : before,
                account.Role,
                Organization = organization.Uri,
                Scope = string.Join(' ', grant.Scopes),
                OtherAddress = AccountCheck.HasAddress(person, account.User) ? null : account.User.Email,
            });
        }, CancellationToken.None);
        await grants.RevokeAsync(replaced, actor);
        return new StoredConnection(id, leftToken);
    }

    private static Connection New(Person person, CalendlyAccount account, ConnectionKind kind, DateTimeOffset now) => new()
    {
        PersonId = person.Id,
        OrganizationUri = account.Organization.Uri,
        Kind = kind,
        State = ConnectionState.Healthy,
        CalendlyUserUri = account.User.Uri,
        CalendlyName = account.User.Name,
        CalendlyEmail = account.User.Email,
        CalendlyRole = account.Role,
        Scopes = [],
        ConnectedAt = now,
    };

    /// <param name="unauthenticated">What it means that Calendly does not know the new token.</param>
    private async Task<Refusal> RefuseAsync(Exception exception, Actor? actor, Guid begunBy, string unauthenticated)
    {
        switch (exception)
        {
            case AccountRefusedException account: return await RefuseAsync(account.Message, actor, begunBy, account.CalendlyUser);
            case CalendlyException { Failure: CalendlyFailure.InsufficientScope }: return await RefuseAsync(ConnectProblem.MissingScope, actor, begunBy);
            case CalendlyException { Failure: CalendlyFailure.Unauthenticated }: return await RefuseAsync(unauthenticated, actor, begunBy);
            case CalendlyException or OperationCanceledException: return await RefuseAsync(ConnectProblem.NotRead, actor, begunBy);
            default:
                ExceptionDispatchInfo.Throw(exception);
                throw exception;
        }
    }

    private Task<Refusal> RefuseAsync(string problem, Actor? actor, Guid? begunBy, string? calendlyUser = null) =>
        RefuseAsync(new Refusal(problem, ConnectProblem.Words(problem)!), actor, begunBy, calendlyUser);

    /// <param name="begunBy">Whose consent or token it was, if that is known.</param>
    /// <param name="calendlyUser">Whose account was refused, if Calendly said so.</param>
    private async Task<Refusal> RefuseAsync(Refusal refusal, Actor? actor, Guid? begunBy, string? calendlyUser)
    {
        // Somebody unknown with nothing of ours: not evidence of anything, and the trail is not for the whole network to write into.
        if (actor is null && begunBy is null) return refusal;
        var who = actor ?? new Actor(null, "", "", "Nobody signed in", ActorSource.Page);
        await using var db = await contexts.CreateDbContextAsync(CancellationToken.None);
        audit.Add(db, who, Action, new AuditObject("consent", "", refusal.Words), AuditOutcome.Refused, new { refusal.Code, BegunBy = begunBy, CalendlyUser = calendlyUser });
        await db.SaveChangesAsync(CancellationToken.None);
        return refusal;
    }
}
