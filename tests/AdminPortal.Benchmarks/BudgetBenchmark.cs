using System.Net.Http.Json;
using System.Text.Json;
using AdminPortal.Simulator;
using AdminPortal.Testing;
using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Connections;
using AdminPortal.Web.Features.Directory;
using AdminPortal.Web.Security;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace AdminPortal.Benchmarks;

/// <summary>
/// A whole sweep of 100,000 members through the portal as it is served, beside the floor that the request budget sets: how many requests it
/// takes, and how much longer it takes than so many requests must.
/// </summary>
public static class BudgetBenchmark
{
    private const int Members = 100_000;
    private const int Invitations = 1_950;
    private const int Removed = 3;
    private const int PerMinute = 1_000;
    private const double Bound = 1.02;

    public static async Task RunAsync(PostgresFixture postgres, Report report, CancellationToken cancellationToken)
    {
        await using var database = await postgres.CloneAsync(cancellationToken);
        await using var simulator = await SimulatorServer.StartAsync(Members, Invitations, cancellationToken);
        using (var reset = await simulator.Http.PostAsJsonAsync("/_sim/reset", new { members = Members, invitations = Invitations, rateLimitPerMinute = PerMinute, limiter = "sliding" }, cancellationToken))
            reset.EnsureSuccessStatusCode();
        using var answer = await simulator.Http.PostAsJsonAsync("/_sim/tokens", new { user = SimulatorDefaults.Olivia.Email, scope = "users:read organizations:read", kind = "pat" }, cancellationToken);
        var grant = await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
        var settings = new Dictionary<string, string> { ["Calendly:Organization"] = grant.GetProperty("organization").GetString()!, ["Logging:LogLevel:Default"] = "Warning" };
        var (portal, _) = await World.ServeAsync(database, simulator.Address, settings, cancellationToken);
        await using var served = portal;
        var contexts = portal.Services.GetRequiredService<IDbContextFactory<PortalDbContext>>();
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var (demo, now) = (SimulatorDefaults.Olivia, TimeProvider.System.GetUtcNow());
        db.Add(new Person { ObjectId = demo.Oid, TenantId = SimulatorDefaults.TenantId, Name = demo.Name, Address = demo.Email, Roles = [.. demo.Roles], FirstSeenAt = now, RolesConfirmedAt = now });
        await db.SaveChangesAsync(cancellationToken);
        var olivia = new Actor(null, demo.Oid, SimulatorDefaults.TenantId, demo.Name, ActorSource.Page);
        await portal.Services.GetRequiredService<ConnectService>().ConnectWithTokenAsync(Guid.CreateVersion7(), grant.GetProperty("access_token").GetString()!, olivia, cancellationToken);
        await EndedAsync(db, 1, cancellationToken);

        var members = await simulator.Http.GetFromJsonAsync<JsonElement[]>("/_sim/members", cancellationToken);
        foreach (var member in members!.Where(m => m.GetProperty("role").GetString() == "user").TakeLast(Removed))
            (await simulator.Http.DeleteAsync($"/_sim/members/{member.GetProperty("uuid").GetString()}", cancellationToken)).EnsureSuccessStatusCode();
        var before = (await RequestsAsync(simulator, cancellationToken)).Length;
        await portal.Services.GetRequiredService<SweepService>().RequestSyncAsync(Guid.CreateVersion7(), olivia, cancellationToken);
        var sweep = await EndedAsync(db, 2, cancellationToken);
        var requests = (await RequestsAsync(simulator, cancellationToken)).Length - before;

        var expected = (Members - Removed + 99) / 100 + (Invitations + 99) / 100 + Removed;
        if (sweep is not { State: SweepState.Complete, Left: Removed, MembershipsRead: Members - Removed, InvitationsRead: Invitations })
            throw new InvalidOperationException($"The sweep ended {sweep.State} with {sweep.MembershipsRead} people and {sweep.Left} left: {sweep.Problem}");
        report.Amount($"requests of a sweep beyond the {expected:N0} that it needs", requests - expected, 0);
        var floor = (expected - 1) * RequestBudget.SpreadSeconds / PerMinute;
        report.Amount($"sweep of {Members:N0}, {PerMinute:N0} a minute: time over floor", (sweep.FinishedAt!.Value - sweep.StartedAt).TotalSeconds / floor, Bound);
        await portal.StopAsync(cancellationToken);
    }

    private static async Task<Sweep> EndedAsync(PortalDbContext db, int count, CancellationToken cancellationToken)
    {
        while (await db.Sweeps.AsNoTracking().CountAsync(s => s.FinishedAt != null, cancellationToken) < count) await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);
        return await db.Sweeps.AsNoTracking().OrderByDescending(s => s.StartedAt).FirstAsync(cancellationToken);
    }

    private static async Task<JsonElement[]> RequestsAsync(SimulatorServer simulator, CancellationToken cancellationToken) =>
        await simulator.Http.GetFromJsonAsync<JsonElement[]>("/_sim/requests?path=/organization", cancellationToken) ?? [];
}
