using System.Collections.Concurrent;
using System.Data.Common;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using AdminPortal.Calendly;
using AdminPortal.Simulator;
using AdminPortal.Testing;
using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Connections;
using AdminPortal.Web.Security;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace AdminPortal.Web.Tests.Features.Connections;

/// <summary>
/// One connection on a real database and a real simulator, and as many instances of what refreshes it as a test wants: each with a clock of
/// its own, each mortal. Every refresh token is watched on its way out.
/// </summary>
internal sealed class RefreshWorld : IAsyncDisposable
{
    private readonly TestDatabase database;
    private readonly SimulatorServer simulator;
    private readonly DbContextOptions<PortalDbContext> options;
    private readonly SocketsHttpHandler wire = new() { PooledConnectionLifetime = TimeSpan.Zero, AllowAutoRedirect = false };
    private readonly TokenProtection protection = new(new EphemeralDataProtectionProvider());
    private readonly ConcurrentDictionary<string, bool> maybeSpent = new();
    private long asked;

    private RefreshWorld(TestDatabase database, SimulatorServer simulator) => (this.database, this.simulator, options) = (database, simulator, Options(database));

    public Guid ConnectionId { get; private set; }

    /// <summary>How often a refresh token was sent that an earlier sending may have spent. Nobody may ever do that.</summary>
    public int SentTwice { get; private set; }

    public static async Task<RefreshWorld> StartAsync(PostgresFixture postgres, CancellationToken cancellationToken)
    {
        var world = new RefreshWorld(await postgres.CloneAsync(cancellationToken), await SimulatorServer.StartAsync(10, 0, cancellationToken));
        // The limit of 8 tokens a minute has its own test.
        await world.SimulateAsync("reset", new { tokensPerMinute = 1_000_000 }, cancellationToken);
        await using var db = world.Db();
        var now = TimeProvider.System.GetUtcNow();
        var (olivia, grant) = (SimulatorDefaults.Olivia, await world.GrantAsync(cancellationToken));
        var person = new Person { ObjectId = olivia.Oid, TenantId = SimulatorDefaults.TenantId, Name = olivia.Name, Address = olivia.Email, Roles = ["Operator"], FirstSeenAt = now, RolesConfirmedAt = now };
        var connection = new Connection
        {
            PersonId = person.Id,
            OrganizationUri = grant.Organization,
            Kind = ConnectionKind.OAuth,
            State = ConnectionState.Disconnected,
            CalendlyUserUri = grant.Owner,
            CalendlyName = olivia.Name,
            CalendlyEmail = olivia.Email,
            CalendlyRole = "admin",
            Scopes = [],
            ConnectedAt = now,
        };
        db.AddRange(person, connection);
        await db.SaveChangesAsync(cancellationToken);
        world.ConnectionId = connection.Id;
        await world.ReconnectAsync(cancellationToken);
        return world;
    }

    /// <param name="diesAt">The instance is gone after so many steps: from then on nothing that it does reaches the database or Calendly.</param>
    /// <param name="after">Looks at every command that the database has carried out.</param>
    public Instance Start(TimeProvider clock, int diesAt = int.MaxValue, Action<string>? after = null) => new(this, clock, new Life(diesAt, after));

    /// <summary>As the owner's consent leaves the row; the old grant is revoked.</summary>
    public async Task ReconnectAsync(CancellationToken cancellationToken)
    {
        var grant = await GrantAsync(cancellationToken);
        await ReplaceAsync(connection =>
            connection.Reconnect(new User(grant.Owner, connection.CalendlyName, connection.CalendlyEmail, connection.OrganizationUri, grant.CreatedAt, grant.CreatedAt), "admin", NewGrant.Of(grant), protection, TimeProvider.System.GetUtcNow()), cancellationToken);
    }

    public Task DisconnectAsync(CancellationToken cancellationToken) => ReplaceAsync(connection => connection.Disconnect(TimeProvider.System.GetUtcNow()), cancellationToken);

    public async Task<Connection> RowAsync(CancellationToken cancellationToken)
    {
        await using var db = Db();
        return await db.Connections.AsNoTracking().SingleAsync(c => c.Id == ConnectionId, cancellationToken);
    }

    public async Task ExecuteAsync(FormattableString sql, CancellationToken cancellationToken)
    {
        await using var db = Db();
        await db.Database.ExecuteSqlAsync(sql, cancellationToken);
    }

    public async Task<int> BreaksAsync(CancellationToken cancellationToken)
    {
        await using var db = Db();
        return await db.AuditEntries.CountAsync(e => e.Action == "connection.broke", cancellationToken);
    }

    public async Task SimulateAsync(string call, object body, CancellationToken cancellationToken)
    {
        using var response = await simulator.Http.PostAsJsonAsync($"_sim/{call}", body, cancellationToken);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(cancellationToken));
    }

    public async Task ClearFaultsAsync(CancellationToken cancellationToken) => (await simulator.Http.DeleteAsync("_sim/faults", cancellationToken)).Dispose();

    /// <summary>How often the token endpoint was called since this was last asked; grants for tests are not among them.</summary>
    public async Task<int> TokenRequestsAsync(CancellationToken cancellationToken)
    {
        var calls = await simulator.Http.GetFromJsonAsync<JsonElement>($"_sim/requests?method=POST&path=/oauth/token&after={asked}", cancellationToken);
        foreach (var call in calls.EnumerateArray()) asked = call.GetProperty("seq").GetInt64();
        return calls.GetArrayLength();
    }

    /// <summary>Whether Calendly would still take the refresh token that is stored.</summary>
    public async Task<bool> IsAliveAsync(CancellationToken cancellationToken)
    {
        var row = await RowAsync(cancellationToken);
        using var http = new HttpClient(wire, disposeHandler: false) { BaseAddress = simulator.Address };
        var oauth = new CalendlyOAuth(http, new OAuthClient(SimulatorDefaults.CalendlyClientId, SimulatorDefaults.CalendlyClientSecret));
        return (await oauth.IntrospectAsync(protection.Unprotect(row.PersonId, row.OrganizationUri, row.Kind, TokenField.Refresh, row.ProtectedRefreshToken)!, cancellationToken)).Active;
    }

    public async Task<HttpStatusCode> UseAsync(string accessToken, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(simulator.Address, "users/me")) { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", accessToken) } };
        using var response = await simulator.Http.SendAsync(request, cancellationToken);
        return response.StatusCode;
    }

    public async ValueTask DisposeAsync()
    {
        wire.Dispose();
        await simulator.DisposeAsync();
        await database.DisposeAsync();
    }

    private PortalDbContext Db() => new(options);

    private static DbContextOptions<PortalDbContext> Options(TestDatabase database, params IInterceptor[] interceptors)
    {
        var options = new DbContextOptionsBuilder<PortalDbContext>();
        options.UsePortalDatabase(database.AppConnectionString).AddInterceptors(interceptors);
        return options.Options;
    }

    private async Task<TokenGrant> GrantAsync(CancellationToken cancellationToken)
    {
        using var response = await simulator.Http.PostAsJsonAsync("_sim/tokens", new { user = SimulatorDefaults.Olivia.Email, scope = "users:read", kind = "oauth" }, cancellationToken);
        var grant = await response.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
        string Text(string name) => grant.GetProperty(name).GetString()!;
        return new(Text("access_token"), Text("refresh_token"), 7200, TimeProvider.System.GetUtcNow(), Text("scope"), Text("owner"), Text("organization"));
    }

    private async Task ReplaceAsync(Action<Connection> change, CancellationToken cancellationToken)
    {
        await using var db = Db();
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var connection = await db.Connections.FromSql($"SELECT *, xmin FROM connections WHERE id = {ConnectionId} FOR UPDATE").SingleAsync(cancellationToken);
        var old = protection.Unprotect(connection.PersonId, connection.OrganizationUri, connection.Kind, TokenField.Refresh, connection.ProtectedRefreshToken);
        change(connection);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        if (old is not null) Assert.True(await Start(TimeProvider.System).Calendly.TryRevokeAsync(old, cancellationToken));
    }

    /// <summary>What one portal instance has of it.</summary>
    internal sealed class Instance : IDbContextFactory<PortalDbContext>, IHttpClientFactory, IHttpMessageHandlerFactory
    {
        private readonly RefreshWorld world;
        private readonly Life life;
        private readonly DbContextOptions<PortalDbContext> options;

        public Instance(RefreshWorld world, TimeProvider clock, Life life)
        {
            (this.world, this.life, options) = (world, life, Options(world.database, new Commands(life), new Commits(life)));
            var calendly = Microsoft.Extensions.Options.Options.Create(new CalendlyOptions { AuthUrl = world.simulator.Address.AbsoluteUri, ClientId = SimulatorDefaults.CalendlyClientId, ClientSecret = SimulatorDefaults.CalendlyClientSecret });
            Calendly = new(this, this, calendly, Microsoft.Extensions.Options.Options.Create(new PortalOptions()), clock, NullLogger<CalendlySignIn>.Instance);
            var audit = new AuditTrail(clock);
            Row = new(this, world.protection, audit, clock, NullLogger<RefreshRow>.Instance);
            var grants = new EndedGrants(this, Calendly, world.protection, audit, clock, NullLogger<EndedGrants>.Instance);
            Tokens = new(world.protection, Row, new TokenRefresh(Row, Calendly, world.protection, grants, clock, NullLogger<TokenRefresh>.Instance), new GrantOwners(this), clock);
        }

        public CalendlySignIn Calendly { get; }

        public RefreshRow Row { get; }

        public ConnectionTokens Tokens { get; }

        public bool IsDead => life.IsOver;

        public PortalDbContext CreateDbContext() => new(options);

        public HttpClient CreateClient(string name) => new(CreateHandler(name), disposeHandler: false);

        public HttpMessageHandler CreateHandler(string name) => new Line(world, life);
    }

    /// <summary>The instance is gone; so is whoever waited for it.</summary>
    internal sealed class DiedException : Exception;

    internal sealed class Life(int diesAt, Action<string>? after)
    {
        private int steps;

        public bool IsOver => Volatile.Read(ref steps) > diesAt;

        public void Step()
        {
            if (Interlocked.Increment(ref steps) > diesAt) throw new DiedException();
        }

        public void After(string command)
        {
            Step();
            after?.Invoke(command);
        }
    }

    private sealed class Commands(Life life) : DbCommandInterceptor
    {
        public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default) => Step(result);

        public override ValueTask<DbDataReader> ReaderExecutedAsync(DbCommand command, CommandExecutedEventData eventData, DbDataReader result, CancellationToken cancellationToken = default) => After(command, result);

        public override ValueTask<InterceptionResult<int>> NonQueryExecutingAsync(DbCommand command, CommandEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default) => Step(result);

        public override ValueTask<int> NonQueryExecutedAsync(DbCommand command, CommandExecutedEventData eventData, int result, CancellationToken cancellationToken = default) => After(command, result);

        private ValueTask<T> Step<T>(T result)
        {
            life.Step();
            return ValueTask.FromResult(result);
        }

        private ValueTask<T> After<T>(DbCommand command, T result)
        {
            life.After(command.CommandText);
            return ValueTask.FromResult(result);
        }
    }

    private sealed class Commits(Life life) : DbTransactionInterceptor
    {
        public override ValueTask<InterceptionResult> TransactionCommittingAsync(DbTransaction transaction, TransactionEventData eventData, InterceptionResult result, CancellationToken cancellationToken = default)
        {
            life.Step();
            return ValueTask.FromResult(result);
        }

        public override Task TransactionCommittedAsync(DbTransaction transaction, TransactionEndEventData eventData, CancellationToken cancellationToken = default)
        {
            life.Step();
            return Task.CompletedTask;
        }
    }

    private sealed class Line(RefreshWorld world, Life life) : DelegatingHandler(world.wire)
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            life.Step();
            var form = QueryHelpers.ParseQuery(await request.Content!.ReadAsStringAsync(cancellationToken));
            var token = form.TryGetValue("refresh_token", out var value) ? value.ToString() : null;
            if (token is not null && !world.maybeSpent.TryAdd(token, true)) world.SentTwice++;
            var response = await base.SendAsync(request, cancellationToken);
            // Calendly itself said that it did nothing.
            if (token is not null && response.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.InternalServerError or HttpStatusCode.ServiceUnavailable) world.maybeSpent.TryRemove(token, out _);
            life.Step();
            return response;
        }
    }
}

/// <summary>Timers up to a length come due fifty times as soon; the time of day is the real one.</summary>
internal sealed class HurriedClock(TimeSpan upTo) : TimeProvider
{
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        base.CreateTimer(callback, state, dueTime > TimeSpan.Zero && dueTime <= upTo ? dueTime / 50 : dueTime, period);
}
