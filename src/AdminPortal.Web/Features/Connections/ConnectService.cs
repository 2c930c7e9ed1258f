using System.Runtime.ExceptionServices;
using AdminPortal.Calendly;
using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Audit;
using AdminPortal.Web.Features.Directory;
using AdminPortal.Web.Security;
using AdminPortal.Web.Shell;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace AdminPortal.Web.Features.Connections;

/// <summary>How connecting ended: the page to go to, or the code of what stood in the way.</summary>
public sealed record ConnectResult(string? ReturnUrl, string? Problem);

/// <summary>A connection as it was stored, and whether a personal access token lives on that it no longer uses.</summary>
public sealed record StoredConnection(Guid Id, bool LeftToken);

/// <summary>From a consent, or a pasted token, to a stored connection. Every refusal stores nothing, ends a new grant at Calendly and is audited.</summary>
public sealed class ConnectService(
    IDbContextFactory<PortalDbContext> contexts, Consent consent, AccountCheck accounts, UseCase useCase, People people, CalendlySignIn calendly,
    TokenProtection protection, AuditTrail audit, IOptions<CalendlyOptions> options, TimeProvider clock)
{
    private const string Action = "connection.connected";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public Task<ConsentStart> BeginAsync(string? returnUrl, string? browserSecret, Actor actor, CancellationToken cancellationToken) =>
        consent.BeginAsync(returnUrl, browserSecret, actor, cancellationToken);

    /// <param name="answer">What Calendly sent back with the browser.</param>
    /// <param name="actor">Who is signed in; null when nobody is.</param>
    public async Task<ConnectResult> FinishAsync(ConsentAnswer answer, Actor? actor, CancellationToken cancellationToken)
    {
        var person = actor is null ? null : await people.FindAsync(actor, cancellationToken);
        var taken = await consent.TakeAsync(answer, person, cancellationToken);
        if (taken.Problem is { } problem) return new ConnectResult(null, (await RefuseAsync(problem, actor)).Code);
        TokenGrant grant;
        try
        {
            // The code works once: a browser that goes away does not stop what it began.
            using var patience = new CancellationTokenSource(Patience, clock);
            grant = await calendly.ExchangeAsync(answer.Code!, taken.Verifier!, patience.Token);
        }
        catch (Exception exception) when (exception is CalendlyOAuthException or OperationCanceledException)
        {
            return new ConnectResult(null, (await RefuseAsync(ConnectProblem.NotExchanged, actor)).Code);
        }
        try
        {
            using var patience = new CancellationTokenSource(Patience, clock);
            var account = await accounts.ReadAsync(calendly.With(grant.AccessToken), person!, patience.Token);
            var stored = await StoreAsync(Command.New(Action, Permission.Connect), NewGrant.Of(grant), account, actor!, patience.Token);
            var url = taken.Attempt!.ReturnUrl;
            return new ConnectResult(stored.LeftToken ? QueryHelpers.AddQueryString(url, Urls.LeftToken, "1") : url, null);
        }
        catch (Exception exception)
        {
            await calendly.TryRevokeAsync(grant.RefreshToken, CancellationToken.None);
            await calendly.TryRevokeAsync(grant.AccessToken, CancellationToken.None);
            var refusal = await RefuseAsync(exception, actor, ConnectProblem.NotRead);
            return new ConnectResult(null, ConnectProblem.Words(refusal.Code) is null ? ConnectProblem.NotAllowed : refusal.Code);
        }
    }

    /// <summary>For whoever cannot use OAuth: a personal access token, checked like a grant. It stays its owner's to revoke, also when it is refused.</summary>
    /// <exception cref="RefusedException">Nothing was stored; the words repeat nothing of the token.</exception>
    public async Task<StoredConnection> ConnectWithTokenAsync(Guid commandId, string? pasted, Actor actor, CancellationToken cancellationToken)
    {
        var person = await people.FindAsync(actor, cancellationToken);
        // Nobody else's token is even tried.
        if (UseCase.WhyNot(person, Permission.Connect, clock.GetUtcNow()) is { } not) throw new RefusedException(await RefuseAsync(not, actor));
        var token = (pasted ?? "").Trim();
        if (PersonalToken.WhyNot(token) is { } problem) throw new RefusedException(await RefuseAsync(problem, actor));
        try
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            patience.CancelAfter(Patience);
            var client = calendly.With(token);
            var account = await accounts.ReadAsync(client, person!, patience.Token);
            var (granted, unknown) = await ScopeProbe.ReadAsync(client, account, patience.Token);
            var grant = new NewGrant(ConnectionKind.PersonalAccessToken, token, null, null, granted, unknown);
            return await StoreAsync(new Command(commandId, Action, Permission.Connect), grant, account, actor, patience.Token);
        }
        catch (Exception exception) when (exception is not RefusedException)
        {
            throw new RefusedException(await RefuseAsync(exception, actor, ConnectProblem.RefusedToken));
        }
    }

    private async Task<StoredConnection> StoreAsync(Command command, NewGrant grant, CalendlyAccount account, Actor actor, CancellationToken cancellationToken)
    {
        (string? Refresh, string? Access, ConnectionKind Kind) replaced = default;
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
                string? Open(TokenField field, string? ciphertext) => protection.Unprotect(person.Id, organization.Uri, connection.Kind, field, ciphertext);
                replaced = (Open(TokenField.Refresh, connection.ProtectedRefreshToken), Open(TokenField.Access, connection.ProtectedAccessToken), connection.Kind);
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
        }, cancellationToken);
        return new StoredConnection(id, await LeaveAsync(replaced, grant));
    }

    /// <summary>Nobody can use the old tokens any more, so they should not live on at Calendly.</summary>
    /// <returns>Whether one does, because only its owner can revoke it.</returns>
    private async Task<bool> LeaveAsync((string? Refresh, string? Access, ConnectionKind Kind) replaced, NewGrant grant)
    {
        if (replaced.Kind == ConnectionKind.PersonalAccessToken) return replaced.Access is not null && replaced.Access != grant.AccessToken;
        if (replaced.Refresh is not null && replaced.Refresh != grant.RefreshToken) await calendly.TryRevokeAsync(replaced.Refresh, CancellationToken.None);
        if (replaced.Access is not null && replaced.Access != grant.AccessToken) await calendly.TryRevokeAsync(replaced.Access, CancellationToken.None);
        return false;
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
    private async Task<Refusal> RefuseAsync(Exception exception, Actor? actor, string unauthenticated)
    {
        switch (exception)
        {
            // The use case has recorded it already.
            case RefusedException refused: return refused.Refusal;
            case AccountRefusedException account: return await RefuseAsync(account.Message, actor);
            case CalendlyException { Failure: CalendlyFailure.InsufficientScope }: return await RefuseAsync(ConnectProblem.MissingScope, actor);
            case CalendlyException { Failure: CalendlyFailure.Unauthenticated }: return await RefuseAsync(unauthenticated, actor);
            case CalendlyException or OperationCanceledException: return await RefuseAsync(ConnectProblem.NotRead, actor);
            default:
                ExceptionDispatchInfo.Throw(exception);
                throw exception;
        }
    }

    private Task<Refusal> RefuseAsync(string problem, Actor? actor) => RefuseAsync(new Refusal(problem, ConnectProblem.Words(problem)!), actor);

    private async Task<Refusal> RefuseAsync(Refusal refusal, Actor? actor)
    {
        var who = actor ?? new Actor(null, "", "", "Nobody signed in", ActorSource.Page);
        await using var db = await contexts.CreateDbContextAsync(CancellationToken.None);
        audit.Add(db, who, Action, new AuditObject("consent", "", refusal.Words), AuditOutcome.Refused, new { refusal.Code });
        await db.SaveChangesAsync(CancellationToken.None);
        return refusal;
    }
}
