using System.Net.Http.Json;
using System.Security.Claims;
using System.Text.Json;
using AdminPortal.Simulator;
using AdminPortal.Testing;
using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Connections;
using AdminPortal.Web.Features.Directory;
using AdminPortal.Web.Security;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace AdminPortal.Web.Tests.Features.Connections;

/// <summary>A real world in which people sign in and consent by the calls that a browser would make.</summary>
internal sealed class ConnectedWorld(World world) : IAsyncDisposable
{
    private readonly HttpClient browser = new(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = world.Simulator.Address };

    public World World => world;

    public static async Task<ConnectedWorld> StartAsync(PostgresFixture postgres, CancellationToken cancellationToken, params (string Key, string Value)[] settings)
    {
        var all = settings.Append(("Directory:SyncInterval", "01:00:00")).Append(("Workers:Poll", "00:00:00.200")).ToDictionary(s => s.Item1, s => s.Item2);
        return new ConnectedWorld(await World.StartAsync(postgres, new WorldOptions(Settings: all), cancellationToken));
    }

    public T Get<T>() where T : notnull => world.Services.GetRequiredService<T>();

    public async Task<PortalDbContext> DbAsync(CancellationToken cancellationToken) => await Get<IDbContextFactory<PortalDbContext>>().CreateDbContextAsync(cancellationToken);

    /// <summary>As a script would act: without a page, so without a session.</summary>
    public static Actor Actor(DemoPerson person) => CurrentActor.Of(Principal(person, person.Roles)) with { Session = null };

    public async Task<Person> SignInAsync(DemoPerson person, CancellationToken cancellationToken, params string[] roles)
    {
        await using var db = await DbAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var signedIn = await Get<People>().ConfirmAsync(db, Principal(person, roles.Length == 0 ? person.Roles : roles), isSignIn: true, cancellationToken);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return signedIn;
    }

    public Task<ConsentStart> BeginAsync(DemoPerson person, CancellationToken cancellationToken) =>
        Get<ConnectService>().BeginAsync("/connections", null, Actor(person), cancellationToken);

    /// <summary>What Calendly's consent page sends back when this account is chosen; null presses Cancel.</summary>
    public async Task<ConsentAnswer> ConsentAsync(ConsentStart start, DemoPerson? account, CancellationToken cancellationToken)
    {
        var form = QueryHelpers.ParseQuery(start.AuthorizeUri.Query).ToDictionary(pair => pair.Key, pair => pair.Value.ToString());
        form.Add(account is null ? "answer" : "user", account?.Email ?? "cancel");
        using var response = await browser.PostAsync("oauth/authorize", new FormUrlEncodedContent(form), cancellationToken);
        var back = QueryHelpers.ParseQuery(response.Headers.Location!.Query);
        return new ConsentAnswer(back["state"], back.GetValueOrDefault("code"), back.TryGetValue("error", out var error) ? error.ToString() : null, start.BrowserSecret);
    }

    public Task<ConnectResult> FinishAsync(ConsentAnswer answer, DemoPerson? person, CancellationToken cancellationToken) =>
        Get<ConnectService>().FinishAsync(answer, person is null ? null : Actor(person), cancellationToken);

    /// <summary>Signs in, consents and comes back, all well; the first one also says that this is the organization to manage.</summary>
    public Task<Connection> ConnectAsync(DemoPerson person, CancellationToken cancellationToken) => ConnectAsync(person, person, cancellationToken);

    public async Task<Connection> ConnectAsync(DemoPerson person, DemoPerson account, CancellationToken cancellationToken)
    {
        var connection = await ConsentedAsync(person, cancellationToken, account);
        await using var db = await DbAsync(cancellationToken);
        if (!await db.Organizations.AnyAsync(cancellationToken)) await PinAsync(connection, person, cancellationToken);
        return connection;
    }

    /// <summary>As <see cref="ConnectAsync"/>, but nothing is confirmed.</summary>
    public async Task<Connection> ConsentedAsync(DemoPerson person, CancellationToken cancellationToken, DemoPerson? account = null)
    {
        await SignInAsync(person, cancellationToken);
        var answer = await ConsentAsync(await BeginAsync(person, cancellationToken), account ?? person, cancellationToken);
        Assert.Null((await FinishAsync(answer, person, cancellationToken)).Problem);
        return await ConnectionAsync(person, cancellationToken);
    }

    public Task PinAsync(Connection connection, DemoPerson person, CancellationToken cancellationToken) =>
        Get<OrganizationService>().PinAsync(Guid.CreateVersion7(), connection.Id, Actor(person), cancellationToken);

    /// <summary>A grant of this person as a script would get it; a personal access token has no refresh token.</summary>
    public async Task<(string Access, string? Refresh)> TokenAsync(DemoPerson person, string scope, CancellationToken cancellationToken, string kind = "pat")
    {
        using var response = await world.Simulator.Http.PostAsJsonAsync("_sim/tokens", new { user = person.Email, scope, kind }, cancellationToken);
        var grant = (await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>(cancellationToken));
        return (grant.GetProperty("access_token").GetString()!, grant.TryGetProperty("refresh_token", out var refresh) ? refresh.GetString() : null);
    }

    public Task<StoredConnection> ConnectWithTokenAsync(string? token, DemoPerson person, CancellationToken cancellationToken, Guid? command = null) =>
        Get<ConnectService>().ConnectWithTokenAsync(command ?? Guid.CreateVersion7(), token, Actor(person), cancellationToken);

    /// <summary>Another admin takes this person out of the organization: the account is a free one of its own from then on.</summary>
    public async Task RemoveFromOrganizationAsync(DemoPerson person, CancellationToken cancellationToken)
    {
        var member = (await MembersAsync(person, cancellationToken)).Single();
        using var response = await world.Simulator.Http.DeleteAsync($"_sim/members/{member.GetProperty("uuid").GetString()}", cancellationToken);
        response.EnsureSuccessStatusCode();
    }

    public async Task ChangeMemberAsync(DemoPerson person, object change, CancellationToken cancellationToken)
    {
        var member = (await MembersAsync(person, cancellationToken)).Single();
        using var response = await world.Simulator.Http.PatchAsJsonAsync($"_sim/members/{member.GetProperty("uuid").GetString()}", change, cancellationToken);
        response.EnsureSuccessStatusCode();
    }

    private async Task<JsonElement[]> MembersAsync(DemoPerson person, CancellationToken cancellationToken) =>
        (await world.Simulator.Http.GetFromJsonAsync<JsonElement[]>($"_sim/members?email={person.Email}", cancellationToken))!;

    /// <summary>The first sweep has ended: from here on the portal asks nothing by itself.</summary>
    public Task SweptAsync(CancellationToken cancellationToken) => Eventually.TrueAsync(async () =>
    {
        await using var db = await DbAsync(cancellationToken);
        return await db.Sweeps.AnyAsync(sweep => sweep.FinishedAt != null, cancellationToken);
    }, cancellationToken);

    public async Task<Connection> ConnectionAsync(DemoPerson person, CancellationToken cancellationToken)
    {
        await using var db = await DbAsync(cancellationToken);
        return await db.Connections.AsNoTracking().SingleAsync(c => c.Person!.ObjectId == person.Oid, cancellationToken);
    }

    /// <summary>As if another Administrator had blocked this person.</summary>
    public Task BlockAsync(Guid person, Guid by, CancellationToken cancellationToken) => ExecuteAsync(
        $"UPDATE people SET blocked_at = now(), blocked_by = {by}, blocked_by_name = (SELECT name FROM people WHERE id = {by}), blocked_reason = 'Left the company on Friday' WHERE id = {person}", cancellationToken);

    public Task UnblockAsync(Guid person, CancellationToken cancellationToken) => ExecuteAsync(
        $"UPDATE people SET blocked_at = NULL, blocked_by = NULL, blocked_by_name = NULL, blocked_reason = NULL WHERE id = {person}", cancellationToken);

    /// <summary>So many tokens have been sent to be revoked.</summary>
    public Task RevokedAsync(int count, CancellationToken cancellationToken) =>
        Eventually.TrueAsync(async () => (await LedgerAsync("POST", "/oauth/revoke", cancellationToken)).Count >= count, cancellationToken);

    /// <summary>The portal has come by and ended the grant of somebody who may no longer have one.</summary>
    public Task EndedAsync(Guid connection, CancellationToken cancellationToken) => Eventually.TrueAsync(async () =>
    {
        await using var db = await DbAsync(cancellationToken);
        return await db.Connections.AnyAsync(c => c.Id == connection && c.State == ConnectionState.Disconnected, cancellationToken);
    }, cancellationToken);

    public async Task ExecuteAsync(FormattableString sql, CancellationToken cancellationToken)
    {
        await using var db = await DbAsync(cancellationToken);
        await db.Database.ExecuteSqlAsync(sql, cancellationToken);
    }

    public async Task SimulateAsync(string call, object body, CancellationToken cancellationToken)
    {
        using var response = await world.Simulator.Http.PostAsJsonAsync($"_sim/{call}", body, cancellationToken);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(cancellationToken));
    }

    /// <summary>How often Calendly was called so, and whether it took effect.</summary>
    public async Task<IReadOnlyList<(string? Query, int Status, bool Applied)>> LedgerAsync(string method, string path, CancellationToken cancellationToken)
    {
        var calls = await world.Simulator.Http.GetFromJsonAsync<JsonElement>($"_sim/requests?method={method}&path={path}", cancellationToken);
        return [.. calls.EnumerateArray().Select(c => (c.GetProperty("query").GetString(), c.GetProperty("status") is { ValueKind: JsonValueKind.Number } status ? status.GetInt32() : -1, c.GetProperty("applied").GetBoolean()))];
    }

    /// <summary>What every attempt that must not connect leaves behind: these refusals in the trail, in this order, and nothing anywhere else.</summary>
    public async Task RefusedAsync(CancellationToken cancellationToken, params string[] codes)
    {
        Assert.Equal(codes, await RefusalsAsync("connection.connected", cancellationToken));
        await using var db = await DbAsync(cancellationToken);
        Assert.False(await db.Connections.AnyAsync(cancellationToken) || await db.PersonCalendlyUsers.AnyAsync(cancellationToken) || await db.Organizations.AnyAsync(cancellationToken) || await db.GrantRevocations.AnyAsync(cancellationToken));
        Assert.False(await db.AuditEntries.AnyAsync(e => e.Action == "connection.connected" && e.Outcome == Web.Features.Audit.AuditOutcome.Done, cancellationToken));
    }

    public async Task<IReadOnlyList<string>> RefusalsAsync(string action, CancellationToken cancellationToken)
    {
        await using var db = await DbAsync(cancellationToken);
        var details = await db.AuditEntries.Where(e => e.Action == action && e.Outcome == Web.Features.Audit.AuditOutcome.Refused).OrderBy(e => e.Sequence).Select(e => e.Details!).ToListAsync(cancellationToken);
        return [.. details.Select(d => JsonDocument.Parse(d).RootElement.GetProperty("code").GetString()!)];
    }

    public async ValueTask DisposeAsync()
    {
        browser.Dispose();
        await world.DisposeAsync();
    }

    private static ClaimsPrincipal Principal(DemoPerson person, IEnumerable<string> roles) => new(new ClaimsIdentity(
        [
            new("oid", person.Oid), new("tid", SimulatorDefaults.TenantId), new("name", person.Name), new("preferred_username", person.Email),
            .. roles.Select(role => new Claim(ClaimTypes.Role, role)),
        ], "test", "preferred_username", ClaimTypes.Role));
}
