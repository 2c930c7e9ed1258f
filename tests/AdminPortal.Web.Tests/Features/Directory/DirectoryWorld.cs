using System.Net.Http.Json;
using System.Text.Json;
using AdminPortal.Demo;
using AdminPortal.Simulator;
using AdminPortal.Testing;
using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Connections;
using AdminPortal.Web.Features.Directory;
using AdminPortal.Web.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace AdminPortal.Web.Tests.Features.Directory;

/// <summary>
/// The simulator, a database with Olivia's connection as the directory connection, and portals whose workers run only when the test says
/// so: they are built as in production, but not started.
/// </summary>
internal sealed class DirectoryWorld : IAsyncDisposable
{
    private readonly List<WebApplication> portals = [];

    private DirectoryWorld(TestDatabase database, SimulatorServer simulator) => (Database, Simulator) = (database, simulator);

    public TestDatabase Database { get; }
    public SimulatorServer Simulator { get; }
    public IServiceProvider Services => portals[0].Services;
    public Actor Olivia { get; } = new(null, SimulatorDefaults.Olivia.Oid, SimulatorDefaults.TenantId, SimulatorDefaults.Olivia.Name, ActorSource.Page);
    public Actor Vera { get; } = new(null, SimulatorDefaults.Vera.Oid, SimulatorDefaults.TenantId, SimulatorDefaults.Vera.Name, ActorSource.Page);

    public static Task<DirectoryWorld> StartAsync(PostgresFixture postgres, int members, int invitations, CancellationToken ct) =>
        StartAsync(postgres, members, invitations, "teams", "organizations:read", ct);

    /// <param name="scopes">What Olivia's connection may do, apart from saying whose it is.</param>
    public static async Task<DirectoryWorld> StartAsync(PostgresFixture postgres, int members, int invitations, string plan, string scopes, CancellationToken ct)
    {
        var world = new DirectoryWorld(await postgres.CloneAsync(ct), await SimulatorServer.StartAsync(members, invitations, ct));
        if (plan != "teams") (await world.Simulator.Http.PostAsJsonAsync("/_sim/reset", new { members, invitations, plan }, ct)).EnsureSuccessStatusCode();
        await world.AddPortalAsync(ct);
        await world.ConnectAsync(scopes, ct);
        return world;
    }

    public async Task<IServiceProvider> AddPortalAsync(CancellationToken ct)
    {
        var settings = PortalSettings.For(Database.AppConnectionString, new Uri("http://localhost:5550"), Simulator.Address, await TestCertificate.FilesAsync(ct));
        var portal = Portal.Build(["--environment", "Production", "--applicationName", "AdminPortal.Web", .. PortalSettings.ToArguments(settings)]);
        portals.Add(portal);
        return portal.Services;
    }

    public T Get<T>() where T : notnull => Services.GetRequiredService<T>();

    public ISweepReader Reader => Get<ISweepReader>();

    public PortalDbContext Db() => Services.GetRequiredService<IDbContextFactory<PortalDbContext>>().CreateDbContext();

    public static SweepWorker Worker(IServiceProvider services) => services.GetRequiredService<SweepWorker>();

    public async Task MakeDueAsync(CancellationToken ct)
    {
        await using var db = Db();
        await db.Sweeps.ExecuteUpdateAsync(s => s.SetProperty(x => x.FinishedAt, x => x.FinishedAt - TimeSpan.FromHours(1)).SetProperty(x => x.StartedAt, x => x.StartedAt - TimeSpan.FromHours(1))
            .SetProperty(x => x.ReadAt, x => x.ReadAt - TimeSpan.FromHours(1)).SetProperty(x => x.AskedAt, x => x.AskedAt - TimeSpan.FromHours(1)), ct);
        await db.Connections.ExecuteUpdateAsync(c => c.SetProperty(x => x.ConnectedAt, DateTimeOffset.UnixEpoch), ct);
    }

    /// <summary>One whole sweep, also when the interval has not passed.</summary>
    public async Task<Sweep> SweepAsync(CancellationToken ct)
    {
        await MakeDueAsync(ct);
        Assert.True(await Worker(Services).WorkOnceAsync(ct));
        return await LastAsync(ct);
    }

    /// <summary>A running sweep in the hands of a worker that the test plays.</summary>
    public async Task<Sweep> BeginAsync(CancellationToken ct)
    {
        await MakeDueAsync(ct);
        Assert.True(await Services.GetRequiredService<SweepService>().StartDueAsync(ct));
        return (await Services.GetRequiredService<SweepLease>().ClaimAsync(ct))!;
    }

    public async Task<Sweep?> ReclaimAsync(CancellationToken ct)
    {
        await ExpireLeaseAsync(ct);
        return await Services.GetRequiredService<SweepLease>().ClaimAsync(ct);
    }

    public async Task StageFirstPageAsync(Sweep claim, string? without, CancellationToken ct)
    {
        var page = await Services.GetRequiredService<ISweepReader>().MembershipsAsync(claim, null, ct);
        await Services.GetRequiredService<SweepStaging>().MembershipsAsync(claim, [.. page.Items.Where(m => m.Uri != without)], page.NextPageToken, ct);
    }

    public async Task<Sweep> LastAsync(CancellationToken ct)
    {
        await using var db = Db();
        return await db.Sweeps.AsNoTracking().OrderByDescending(s => s.StartedAt).FirstAsync(ct);
    }

    /// <summary>As if the worker that holds the sweep had died long enough ago.</summary>
    public async Task ExpireLeaseAsync(CancellationToken ct)
    {
        await using var db = Db();
        await db.Database.ExecuteSqlAsync($"UPDATE sweeps SET lease_until = clock_timestamp() - interval '1 second'", ct);
    }

    public async Task<IReadOnlyList<(string Path, string Query)>> CallsAsync(string path, CancellationToken ct)
    {
        var calls = await Simulator.Http.GetFromJsonAsync<JsonElement[]>($"/_sim/requests?path={path}", ct);
        return [.. calls!.Select(call => (call.GetProperty("path").GetString()!, call.GetProperty("query").GetString()!))];
    }

    public async Task<(string Uuid, string Uri)> OneMemberAsync(CancellationToken ct) => (await PlainMembersAsync(1, ct))[0];

    /// <summary>Members who are not people of the demo.</summary>
    public async Task<IReadOnlyList<(string Uuid, string Uri)>> PlainMembersAsync(int count, CancellationToken ct)
    {
        var members = await Simulator.Http.GetFromJsonAsync<JsonElement[]>("/_sim/members", ct);
        return [.. members!.Where(m => m.GetProperty("role").GetString() == "user" && SimulatorDefaults.People.All(p => p.Email != m.GetProperty("email").GetString()))
            .Take(count).Select(m => (m.GetProperty("uuid").GetString()!, m.GetProperty("uri").GetString()!))];
    }

    public async Task FaultAsync(object fault, CancellationToken ct)
    {
        using var answer = await Simulator.Http.PostAsJsonAsync("/_sim/faults", new[] { fault }, ct);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>A second connection, of Sam, with a personal access token.</summary>
    public async Task<Guid> ConnectSamAsync(CancellationToken ct)
    {
        await using var db = Db();
        db.Add(Person(SimulatorDefaults.Sam, DateTimeOffset.UtcNow));
        await db.SaveChangesAsync(ct);
        using var answer = await Simulator.Http.PostAsJsonAsync("/_sim/tokens", new { user = SimulatorDefaults.Sam.Email, scope = "users:read organizations:read", kind = "pat" }, ct);
        var token = (await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>(ct)).GetProperty("access_token").GetString()!;
        var sam = new Actor(null, SimulatorDefaults.Sam.Oid, SimulatorDefaults.TenantId, SimulatorDefaults.Sam.Name, ActorSource.Page);
        return (await Services.GetRequiredService<ConnectService>().ConnectWithTokenAsync(Guid.CreateVersion7(), token, sam, ct)).Id;
    }

    private async Task ConnectAsync(string scopes, CancellationToken ct)
    {
        using var answer = await Simulator.Http.PostAsJsonAsync("/_sim/tokens", new { user = SimulatorDefaults.Olivia.Email, scope = $"users:read {scopes}", kind = "pat" }, ct);
        answer.EnsureSuccessStatusCode();
        var grant = await answer.Content.ReadFromJsonAsync<JsonElement>(ct);
        var organization = grant.GetProperty("organization").GetString()!;
        var now = DateTimeOffset.UtcNow;
        var olivia = Person(SimulatorDefaults.Olivia, now);
        var connection = new Connection
        {
            PersonId = olivia.Id,
            OrganizationUri = organization,
            Kind = ConnectionKind.PersonalAccessToken,
            State = ConnectionState.Healthy,
            CalendlyUserUri = grant.GetProperty("owner").GetString()!,
            CalendlyName = olivia.Name,
            CalendlyEmail = olivia.Address,
            CalendlyRole = "admin",
            Scopes = scopes.Split(' '),
            ConnectedAt = now,
            ProtectedAccessToken = Services.GetRequiredService<TokenProtection>().Protect(
                olivia.Id, organization, ConnectionKind.PersonalAccessToken, TokenField.Access, grant.GetProperty("access_token").GetString()!),
        };
        await using var db = Db();
        db.AddRange(olivia, Person(SimulatorDefaults.Vera, now));
        await db.SaveChangesAsync(ct);
        db.Add(connection);
        db.Add(new PersonCalendlyUser { PersonId = olivia.Id, CalendlyUserUri = connection.CalendlyUserUri, FirstSeenAt = now });
        await db.SaveChangesAsync(ct);
        db.Add(new ManagedOrganization { Uri = organization, Name = SimulatorDefaults.OrganizationName, Plan = "teams", PinnedAt = now, PinnedBy = olivia.Id, DirectoryConnectionId = connection.Id });
        await db.SaveChangesAsync(ct);
    }

    private static Person Person(DemoPerson person, DateTimeOffset now) => new()
    {
        ObjectId = person.Oid,
        TenantId = SimulatorDefaults.TenantId,
        Name = person.Name,
        Address = person.Email,
        Roles = [.. person.Roles],
        FirstSeenAt = now,
        RolesConfirmedAt = now,
    };

    public async ValueTask DisposeAsync()
    {
        foreach (var portal in portals) await portal.DisposeAsync();
        await Simulator.DisposeAsync();
        await Database.DisposeAsync();
    }
}
