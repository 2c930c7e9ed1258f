using AdminPortal.Simulator;
using AdminPortal.Testing;
using AdminPortal.Web.Features.Connections;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace AdminPortal.Web.Tests.Features.Connections;

/// <summary>A world whose simulator hands out as many tokens as all of the cases need, and whose directory is read by somebody else than the one that they are about.</summary>
public sealed class TokenEndpointWorld(PostgresFixture postgres) : IAsyncLifetime
{
    internal ConnectedWorld World { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        World = await ConnectedWorld.StartAsync(postgres, CancellationToken.None);
        await World.SimulateAsync("reset", new { tokensPerMinute = 1_000 }, CancellationToken.None);
        await World.ConnectAsync(SimulatorDefaults.Olivia, CancellationToken.None);
    }

    public ValueTask DisposeAsync() => World.DisposeAsync();
}

/// <summary>
/// What a token endpoint can do instead of refreshing. Where the refresh token may be spent, the connection needs reconnecting; where it is
/// not, nothing is lost. In both cases Calendly is asked once.
/// </summary>
public sealed class TokenEndpointTests(TokenEndpointWorld fixture) : IClassFixture<TokenEndpointWorld>
{
    private const string Grant = """{"token_type":"Bearer","access_token":"at","refresh_token":"rt","expires_in":7200,"created_at":1700000000,"scope":"users:read","owner":"https://api.calendly.com/users/A","organization":"https://api.calendly.com/organizations/B"}""";
    private const string Unreadable = "Calendly’s answer could not be read while it was renewing this connection, so its tokens may be used up.";
    private const string NoAnswer = "Calendly did not answer while renewing this connection, so its tokens may be used up.";
    private const string Own = "Calendly has a problem of its own.";
    private const string NotAccepted = "Calendly did not accept the request.";
    private const string Moved = "Calendly’s sign-in address has moved. Whoever runs the portal has to check Calendly:AuthUrl.";
    private const string App = "Calendly does not accept this portal’s OAuth app. Whoever runs the portal has to check Calendly:ClientId and Calendly:ClientSecret.";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<string, object, bool, string> Answers => new()
    {
        { "HTML as a success", Body(200, "<html>All is well.</html>", "text/html"), false, Unreadable },
        { "nothing as a success", Body(200, ""), false, Unreadable },
        { "no content", Body(204, ""), false, Unreadable },
        { "null", Body(200, "null"), false, Unreadable },
        { "a list", Body(200, "[]"), false, Unreadable },
        { "half of an answer", Body(200, Grant[..(Grant.Length / 2)]), false, Unreadable },
        { "no refresh token", Body(200, Grant.Replace("refresh_token", "other", StringComparison.Ordinal)), false, Unreadable },
        { "no access token", Body(200, Grant.Replace("access_token", "other", StringComparison.Ordinal)), false, Unreadable },
        { "a number for a token", Body(200, Grant.Replace("\"at\"", "17", StringComparison.Ordinal)), false, Unreadable },
        { "words for a number", Body(200, Grant.Replace("7200", "\"soon\"", StringComparison.Ordinal)), false, Unreadable },
        { "an absurdly long token", Body(200, Grant.Replace("\"at\"", $"\"{new string('a', 100_000)}\"", StringComparison.Ordinal)), false, Unreadable },
        { "more than anybody should read", Body(200, new string(' ', 1_000_000) + Grant), false, NoAnswer },
        { "a token that would break a header", Body(200, Grant.Replace("\"at\"", "\"a\\r\\nb\"", StringComparison.Ordinal)), false, Unreadable },
        { "a scope that no database stores", Body(200, Grant.Replace("users:read", "users:read\\u0000", StringComparison.Ordinal)), false, Unreadable },
        { "HTML of a gateway", Body(502, "<html>Bad gateway</html>", "text/html"), false, NoAnswer },
        { "a gateway's time-out", Body(504, ""), false, NoAnswer },
        { "see other", Redirect(303), false, Unreadable },
        { "cut after the effect", new { method = "POST", path = "^/oauth/token$", drop = "after" }, false, NoAnswer },
        { "cut before the effect", new { method = "POST", path = "^/oauth/token$", drop = "before" }, false, NoAnswer },
        { "error 500", Status(500), true, Own },
        { "error 500 as HTML", Body(500, "<html>Oops</html>", "text/html"), true, Own },
        { "error 503", Status(503), true, Own },
        { "error 429", new { method = "POST", path = "^/oauth/token$", status = 429, retryAfterSeconds = 45 }, true, "Calendly asks us to slow down." },
        { "another client", Status(401), true, App },
        { "forbidden as HTML", Body(403, "<html>Access denied</html>", "text/html"), true, NotAccepted },
        { "not found", Body(404, ""), true, NotAccepted },
        { "bad request without a reason", Body(400, "{}"), true, NotAccepted },
        { "moved for good", Redirect(301), true, Moved },
        { "found elsewhere", Redirect(302), true, Moved },
        { "moved for now", Redirect(307), true, Moved },
        { "moved for good, as it was", Redirect(308), true, Moved },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task Answer_is_a_clear_state_and_is_asked_for_once(string what, object fault, bool isUnspent, string words)
    {
        var world = fixture.World;
        var connection = await world.ConnectAsync(SimulatorDefaults.Sam, Ct);
        await world.ExecuteAsync($"UPDATE connections SET access_expires_at = now() - interval '1 second' WHERE id = {connection.Id}", Ct);
        await world.SimulateAsync("faults", new[] { fault }, Ct);
        var (requests, breaks) = (await TokenRequestsAsync(world), await BreaksAsync(world));

        var refusals = new List<ConnectionUnusableException>();
        for (var call = 0; call < 3; call++) refusals.Add(await Assert.ThrowsAsync<ConnectionUnusableException>(() => world.Get<CalendlyAccess>().For(connection.Id, Lane.People).Users.MeAsync(Ct)));

        Assert.Equal(requests + 1, await TokenRequestsAsync(world));
        var after = await world.ConnectionAsync(SimulatorDefaults.Sam, Ct);
        Assert.Equal((what, isUnspent ? ConnectionState.Healthy : ConnectionState.NeedsReconnect, words, connection.Generation), (what, after.State, after.Problem, after.Generation));
        Assert.Equal((null, connection.ProtectedRefreshToken), (after.RefreshLeaseUntil, after.ProtectedRefreshToken));
        Assert.All(refusals, refusal => Assert.True(refusal.IsTemporary == isUnspent && refusal.Message.Contains(words, StringComparison.Ordinal), refusal.Message));
        Assert.Equal(breaks + (isUnspent ? 0 : 1), await BreaksAsync(world));
        if (!isUnspent) return;

        // Nothing was lost: after the pause the same token works, and the trouble is gone.
        Assert.True(after.RefreshNotBefore >= after.ProblemAt + TimeSpan.FromSeconds(what == "error 429" ? 44 : 19));
        await world.ExecuteAsync($"UPDATE connections SET refresh_not_before = clock_timestamp() WHERE id = {connection.Id}", Ct);
        Assert.Equal("Sam Okafor", (await world.Get<CalendlyAccess>().For(connection.Id, Lane.People).Users.MeAsync(Ct)).Name);
        Assert.Equal((ConnectionState.Healthy, null), ((await world.ConnectionAsync(SimulatorDefaults.Sam, Ct)).State, (await world.ConnectionAsync(SimulatorDefaults.Sam, Ct)).Problem));
    }

    [Fact]
    public async Task Calendly_that_cannot_be_reached_loses_nothing()
    {
        var world = fixture.World;
        var connection = await world.ConnectAsync(SimulatorDefaults.Sam, Ct);
        await world.ExecuteAsync($"UPDATE connections SET access_expires_at = now() - interval '1 second' WHERE id = {connection.Id}", Ct);
        var nobody = $"http://localhost:{Ports.Free()}/";
        var (portal, _) = await AdminPortal.Testing.World.ServeAsync(world.World.Database, world.World.Simulator.Address, new Dictionary<string, string> { ["Calendly:AuthUrl"] = nobody }, Ct);

        var refusal = await Assert.ThrowsAsync<ConnectionUnusableException>(async () => await portal.Services.GetRequiredService<ConnectionTokens>().AccessAsync(connection.Id, Ct));

        Assert.Equal((true, "Calendly could not be reached."), (refusal.IsTemporary, refusal.Message));
        var after = await world.ConnectionAsync(SimulatorDefaults.Sam, Ct);
        Assert.Equal((ConnectionState.Healthy, connection.Generation), (after.State, after.Generation));
        await world.ExecuteAsync($"UPDATE connections SET refresh_not_before = clock_timestamp() WHERE id = {connection.Id}", Ct);
        Assert.Equal("Sam Okafor", (await world.Get<CalendlyAccess>().For(connection.Id, Lane.People).Users.MeAsync(Ct)).Name);
        await portal.DisposeAsync();
    }

    [Fact]
    public async Task Trouble_ahead_of_the_expiry_leaves_a_token_that_works()
    {
        var world = fixture.World;
        var connection = await world.ConnectAsync(SimulatorDefaults.Sam, Ct);
        await world.ExecuteAsync($"UPDATE connections SET access_expires_at = now() + interval '2 minutes', connected_at = now() - interval '2 hours' WHERE id = {connection.Id}", Ct);
        await world.SimulateAsync("faults", new[] { Status(503) }, Ct);
        var requests = await TokenRequestsAsync(world);

        for (var call = 0; call < 3; call++) Assert.Equal("Sam Okafor", (await world.Get<CalendlyAccess>().For(connection.Id, Lane.People).Users.MeAsync(Ct)).Name);

        Assert.Equal(requests + 1, await TokenRequestsAsync(world));
        Assert.Equal(Own, (await world.ConnectionAsync(SimulatorDefaults.Sam, Ct)).Problem);
    }

    private static object Status(int status) => new { method = "POST", path = "^/oauth/token$", status };

    private static object Body(int status, string body, string type = "application/json") =>
        new { method = "POST", path = "^/oauth/token$", status, body, headers = new Dictionary<string, string> { ["Content-Type"] = type } };

    /// <summary>Back to the same place: whoever followed it would be seen in the ledger.</summary>
    private static object Redirect(int status) =>
        new { method = "POST", path = "^/oauth/token$", status, body = "", headers = new Dictionary<string, string> { ["Location"] = "/oauth/token" } };

    private static async Task<int> TokenRequestsAsync(ConnectedWorld world)
    {
        var calls = await world.LedgerAsync("", "/oauth/token", Ct);
        return calls.Count;
    }

    private static async Task<int> BreaksAsync(ConnectedWorld world)
    {
        await using var db = await world.DbAsync(Ct);
        return await db.AuditEntries.CountAsync(e => e.Action == "connection.broke", Ct);
    }
}
