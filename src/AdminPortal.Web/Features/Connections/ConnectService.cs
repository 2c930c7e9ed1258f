using AdminPortal.Calendly;
using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Audit;
using AdminPortal.Web.Features.Directory;
using AdminPortal.Web.Security;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace AdminPortal.Web.Features.Connections;

/// <summary>How connecting ended: the page to go to, or the code of what stood in the way.</summary>
public sealed record ConnectResult(string? ReturnUrl, string? Problem);

/// <summary>From a consent to a stored connection. Every refusal stores nothing, ends the new grant at Calendly and is audited.</summary>
public sealed class ConnectService(
    IDbContextFactory<PortalDbContext> contexts, Consent consent, UseCase useCase, People people, CalendlySignIn calendly,
    TokenProtection protection, AuditTrail audit, IOptions<CalendlyOptions> options, TimeProvider clock)
{
    private const string Action = "connection.connected";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Whose account the grant is, as Calendly says.</summary>
    private sealed record Account(User User, string Role, Organization Organization);

    /// <summary>Says no: the code is part of <see cref="ConnectProblem"/>.</summary>
    private sealed class StoppedException(string problem, string calendlyUser) : Exception(problem)
    {
        public string CalendlyUser => calendlyUser;
    }

    public Task<ConsentStart> BeginAsync(string? returnUrl, string? browserSecret, Actor actor, CancellationToken cancellationToken) =>
        consent.BeginAsync(returnUrl, browserSecret, actor, cancellationToken);

    /// <param name="answer">What Calendly sent back with the browser.</param>
    /// <param name="actor">Who is signed in; null when nobody is.</param>
    public async Task<ConnectResult> FinishAsync(ConsentAnswer answer, Actor? actor, CancellationToken cancellationToken)
    {
        var person = actor is null ? null : await people.FindAsync(actor, cancellationToken);
        var taken = await consent.TakeAsync(answer, person, cancellationToken);
        if (taken.Problem is { } problem) return await RefuseAsync(problem, actor, taken.Attempt?.PersonId);
        TokenGrant grant;
        try
        {
            // The code works once: a browser that goes away does not stop what it began.
            using var patience = new CancellationTokenSource(Patience, clock);
            grant = await calendly.ExchangeAsync(answer.Code!, taken.Verifier!, patience.Token);
        }
        catch (Exception exception) when (exception is CalendlyOAuthException or OperationCanceledException)
        {
            return await RefuseAsync(ConnectProblem.Of((exception as CalendlyOAuthException)?.Failure), actor, person!.Id);
        }
        try
        {
            using var patience = new CancellationTokenSource(Patience, clock);
            var account = await ReadAsync(grant, person!, patience.Token);
            await StoreAsync(grant, account, actor!, patience.Token);
            return new ConnectResult(taken.Attempt!.ReturnUrl, null);
        }
        catch (Exception exception)
        {
            await calendly.TryRevokeAsync(grant.RefreshToken, CancellationToken.None);
            await calendly.TryRevokeAsync(grant.AccessToken, CancellationToken.None);
            switch (exception)
            {
                case StoppedException stopped: return await RefuseAsync(stopped.Message, actor, person!.Id, stopped.CalendlyUser);
                case CalendlyException { Failure: CalendlyFailure.InsufficientScope }: return await RefuseAsync(ConnectProblem.MissingScope, actor, person!.Id);
                case CalendlyException or OperationCanceledException: return await RefuseAsync(ConnectProblem.NotRead, actor, person!.Id);
                // The use case has recorded it already.
                case RefusedException refused: return new ConnectResult(null, ConnectProblem.Of(refused.Refusal));
                default: throw;
            }
        }
    }

    private async Task<Account> ReadAsync(TokenGrant grant, Person person, CancellationToken cancellationToken)
    {
        var client = calendly.With(grant);
        var user = await client.Users.MeAsync(cancellationToken);
        if (await PinnedAsync(cancellationToken) is { } pinned && pinned != user.CurrentOrganization) throw new StoppedException(ConnectProblem.OtherOrganization, user.Uri);
        var memberships = await client.Memberships.ListAsync(new MembershipQuery(user.CurrentOrganization, user.Uri), cancellationToken);
        var role = memberships.Items.SingleOrDefault(m => m.User.Uri == user.Uri && m.Organization == user.CurrentOrganization)?.Role;
        if (role is not (MembershipRole.Owner or MembershipRole.Admin)) throw new StoppedException(ConnectProblem.PlainUser, user.Uri);
        if (options.Value.RequireSameAddress && !HasAddress(person, user)) throw new StoppedException(ConnectProblem.OtherAddress, user.Uri);
        return new Account(user, role, await client.Organizations.GetAsync(user.CurrentOrganization, cancellationToken));
    }

    private async Task StoreAsync(TokenGrant grant, Account account, Actor actor, CancellationToken cancellationToken)
    {
        string? replaced = null;
        await useCase.RunAsync(Command.New(Action, Permission.Connect), actor, async (work, ct) =>
        {
            var (db, person, organization) = (work.Db, work.Person, account.Organization);
            var connection = await db.Connections
                .FromSql($"SELECT *, xmin FROM connections WHERE person_id = {person.Id} AND organization_uri = {organization.Uri} FOR UPDATE").SingleOrDefaultAsync(ct);
            var before = connection?.CalendlyUserUri;
            if (connection is null) db.Connections.Add(connection = New(person, account, work.Now));
            else replaced = protection.Unprotect(person.Id, organization.Uri, connection.Kind, TokenField.Refresh, connection.ProtectedRefreshToken);
            connection.Reconnect(account.User, account.Role, grant, protection, work.Now);
            await db.SaveChangesAsync(ct);

            await db.Database.ExecuteSqlAsync($"""
                INSERT INTO person_calendly_users (person_id, calendly_user_uri, first_seen_at) VALUES ({person.Id}, {account.User.Uri}, {work.Now}) ON CONFLICT DO NOTHING
                """, ct);
            await PinAsync(work, organization, connection, ct);
            return new Done(connection.AsAuditObject(), connection.Id, new
            {
                CalendlyUser = account.User.Uri,
                CalendlyUserBefore = before == account.User.Uri ? null : before,
                account.Role,
                Organization = organization.Uri,
                grant.Scope,
                OtherAddress = HasAddress(person, account.User) ? null : account.User.Email,
            });
        }, cancellationToken);
        // Nobody can use the old pair any more, so it should not live on at Calendly.
        if (replaced is not null && replaced != grant.RefreshToken) await calendly.TryRevokeAsync(replaced, CancellationToken.None);
    }

    private static Connection New(Person person, Account account, DateTimeOffset now) => new()
    {
        PersonId = person.Id,
        OrganizationUri = account.Organization.Uri,
        Kind = ConnectionKind.OAuth,
        State = ConnectionState.Healthy,
        CalendlyUserUri = account.User.Uri,
        CalendlyName = account.User.Name,
        CalendlyEmail = account.User.Email,
        CalendlyRole = account.Role,
        Scopes = [],
        ConnectedAt = now,
    };

    /// <summary>The first connection pins the organization and reads the directory; of two that come at once, one is first.</summary>
    private static async Task PinAsync(Work work, Organization organization, Connection connection, CancellationToken cancellationToken)
    {
        var (name, plan) = (organization.Name ?? organization.Uri, organization.Plan ?? "");
        await work.Db.Database.ExecuteSqlAsync($"""
            INSERT INTO organization (singleton, uri, name, plan, pinned_at, pinned_by, directory_connection_id)
            VALUES (true, {organization.Uri}, {name}, {plan}, {work.Now}, {work.Person.Id}, {connection.Id}) ON CONFLICT DO NOTHING
            """, cancellationToken);
        var pinned = await work.Db.Organizations.SingleAsync(cancellationToken);
        if (pinned.Uri != organization.Uri) throw new RefusedException(ConnectProblem.OtherOrganization, ConnectProblem.Words(ConnectProblem.OtherOrganization)!);
        (pinned.Name, pinned.Plan) = (name, plan);
    }

    private async Task<string?> PinnedAsync(CancellationToken cancellationToken)
    {
        if (!string.IsNullOrWhiteSpace(options.Value.Organization)) return options.Value.Organization;
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.Organizations.Select(o => o.Uri).SingleOrDefaultAsync(cancellationToken);
    }

    /// <param name="begunBy">Who began the consent, if there was one.</param>
    /// <param name="calendlyUser">Whose account was refused, if Calendly said so.</param>
    private async Task<ConnectResult> RefuseAsync(string problem, Actor? actor, Guid? begunBy, string? calendlyUser = null)
    {
        // Somebody unknown with nothing of ours: not evidence of anything, and the trail is not for the whole network to write into.
        if (actor is null && begunBy is null) return new ConnectResult(null, problem);
        var who = actor ?? new Actor(null, "", "", "Nobody signed in", ActorSource.Page);
        await using var db = await contexts.CreateDbContextAsync(CancellationToken.None);
        audit.Add(db, who, Action, new AuditObject("consent", "", ConnectProblem.Words(problem)!), AuditOutcome.Refused, new { Code = problem, BegunBy = begunBy, CalendlyUser = calendlyUser });
        await db.SaveChangesAsync(CancellationToken.None);
        return new ConnectResult(null, problem);
    }

    private static bool HasAddress(Person person, User user) => string.Equals(person.Address, user.Email, StringComparison.OrdinalIgnoreCase);
}
