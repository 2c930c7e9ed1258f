using System.Net;
using System.Net.Sockets;
using System.Text;

namespace AdminPortal.Calendly.Tests;

public sealed class OAuthTests : IDisposable
{
    private const string Token = "POST oauth/token";
    private readonly FakeCalendly fake = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => fake.Dispose();

    [Fact]
    public void Authorize_uri_carries_the_challenge_and_no_secret()
    {
        var pkce = Pkce.Create();

        var uri = fake.OAuth().AuthorizeUri("http://localhost:5080/connections/callback?x=1", "st/ate+1", pkce, [Scopes.UsersRead, Scopes.OrganizationsWrite], "ada@example.com");

        Assert.Equal(
            "https://auth.calendly.test/oauth/authorize?client_id=client-id&response_type=code"
            + "&redirect_uri=http%3A%2F%2Flocalhost%3A5080%2Fconnections%2Fcallback%3Fx%3D1&scope=users%3Aread%20organizations%3Awrite"
            + $"&state=st%2Fate%2B1&code_challenge={pkce.Challenge}&code_challenge_method=S256&login_hint=ada%40example.com",
            uri.AbsoluteUri);
        Assert.DoesNotContain(pkce.Verifier, uri.AbsoluteUri, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Exchange_sends_basic_credentials_and_the_documented_form()
    {
        fake.Answer(Token, HttpStatusCode.OK, Documented.TokenAnswer);

        var grant = await fake.OAuth("sec:ret").ExchangeAsync("the-code", "https://portal.example/cb", "the-verifier", Ct);

        var (_, authorization, body) = Assert.Single(fake.Received);
        Assert.Equal("Basic " + Convert.ToBase64String(Encoding.ASCII.GetBytes("client-id:sec%3Aret")), authorization);
        Assert.Equal("grant_type=authorization_code&code=the-code&redirect_uri=https%3A%2F%2Fportal.example%2Fcb&code_verifier=the-verifier", body);
        Assert.Equal(
            new TokenGrant("eyJ-fresh-access", "fresh-refresh", 7200, DateTimeOffset.FromUnixTimeSeconds(1548689183), "users:read organizations:write", Documented.Ada, Documented.Org),
            grant);
        Assert.Equal(grant.CreatedAt.AddHours(2), grant.ExpiresAt);
    }

    [Fact]
    public async Task Refresh_sends_the_token_in_the_body_once()
    {
        fake.Answer(Token, HttpStatusCode.OK, Documented.TokenAnswer);
        Assert.Equal("fresh-refresh", (await fake.OAuth().RefreshAsync("old-refresh", Ct)).RefreshToken);
        Assert.Equal("grant_type=refresh_token&refresh_token=old-refresh", Assert.Single(fake.Received).Body);
    }

    [Theory]
    [InlineData(400, """{"error":"invalid_grant","error_description":"The provided authorization grant is invalid"}""", OAuthFailure.InvalidGrant)]
    [InlineData(401, """{"error":"invalid_grant","error_description":"The provided authorization grant is invalid"}""", OAuthFailure.InvalidGrant)]
    [InlineData(401, """{"error":"invalid_client","error_description":"Client authentication failed"}""", OAuthFailure.InvalidClient)]
    [InlineData(400, """{"error":"unsupported_grant_type"}""", OAuthFailure.Other)]
    [InlineData(403, """{"error":"unauthorized_client","error_description":"Not yours"}""", OAuthFailure.Other)]
    [InlineData(429, "", OAuthFailure.RateLimited)]
    [InlineData(500, "<html></html>", OAuthFailure.ServerError)]
    [InlineData(400, "<html></html>", OAuthFailure.Unreadable)]
    [InlineData(404, "", OAuthFailure.Unreadable)]
    [InlineData(200, "<html></html>", OAuthFailure.Unreadable)]
    [InlineData(200, "", OAuthFailure.Unreadable)]
    [InlineData(200, """{"token_type":"Bearer","access_token":"eyJ-half-answer""", OAuthFailure.Unreadable)]
    public async Task Refresh_refusal_is_named_and_shows_no_secret(int status, string body, OAuthFailure failure)
    {
        fake.Answer(Token, (HttpStatusCode)status, body, ("x-request-id", "req-9"));

        var refusal = await Assert.ThrowsAsync<CalendlyOAuthException>(() => fake.OAuth().RefreshAsync("old-refresh", Ct));

        Assert.Equal((failure, (HttpStatusCode?)status, "req-9"), (refusal.Failure, refusal.Status, refusal.RequestId));
        Assert.Equal(failure == OAuthFailure.RateLimited ? TimeSpan.FromMinutes(1) : null, refusal.RetryAfter);
        AssertNoSecret(refusal.ToString());
    }

    [Theory]
    [InlineData("\"Bearer\"", "\"mac\"")]
    [InlineData("7200", "0")]
    [InlineData("1548689183", "99999999999999")]
    [InlineData("\"eyJ-fresh-access\"", "\"\"")]
    [InlineData("\"fresh-refresh\"", "null")]
    [InlineData("eyJ-fresh-access", "two words")]
    [InlineData("eyJ-fresh-access", "a\\r\\nX-Injected: header")]
    [InlineData("fresh-refresh", "nul\\u0000")]
    [InlineData("users:read organizations:write", "nul\\u0000")]
    [InlineData("7200", "\"7200\"")]
    [InlineData("https://api.calendly.com/users/", "https://evil.example/users/")]
    [InlineData("https://api.calendly.com/organizations/", "https://api.calendly.com/users/")]
    public async Task Grant_with_an_odd_value_is_unreadable(string documented, string odd)
    {
        fake.Answer(Token, HttpStatusCode.OK, Documented.TokenAnswer.Replace(documented, odd, StringComparison.Ordinal));
        var refusal = await Assert.ThrowsAsync<CalendlyOAuthException>(() => fake.OAuth().RefreshAsync("old-refresh", Ct));
        Assert.Equal(OAuthFailure.Unreadable, refusal.Failure);
        AssertNoSecret(refusal.ToString());
    }

    [Theory]
    [InlineData(16 * 1024, true)]
    [InlineData(16 * 1024 + 1, false)]
    public async Task Token_that_no_header_could_carry_is_unreadable(int length, bool readable)
    {
        var token = new string('a', length);
        fake.Answer(Token, HttpStatusCode.OK, Documented.TokenAnswer.Replace("eyJ-fresh-access", token, StringComparison.Ordinal));
        if (readable) Assert.Equal(token, (await fake.OAuth().RefreshAsync("old-refresh", Ct)).AccessToken);
        else Assert.Equal(OAuthFailure.Unreadable, (await Assert.ThrowsAsync<CalendlyOAuthException>(() => fake.OAuth().RefreshAsync("old-refresh", Ct))).Failure);
    }

    [Fact]
    public async Task Retry_After_of_any_refusal_is_told()
    {
        fake.Answer(Token, HttpStatusCode.ServiceUnavailable, "", ("Retry-After", "90"));
        var refusal = await Assert.ThrowsAsync<CalendlyOAuthException>(() => fake.OAuth().RefreshAsync("old-refresh", Ct));
        Assert.Equal((OAuthFailure.ServerError, TimeSpan.FromSeconds(90)), (refusal.Failure, refusal.RetryAfter));
    }

    [Theory]
    [InlineData("refused", OAuthFailure.NotSent)]
    [InlineData("unknown name", OAuthFailure.NotSent)]
    [InlineData("no way there", OAuthFailure.NotSent)]
    [InlineData("cut after the request", OAuthFailure.Unreachable)]
    public async Task Only_what_was_sent_may_have_been_used_up(string what, OAuthFailure failure)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var address = what == "unknown name" ? "http://nobody.invalid/" : $"http://{listener.LocalEndpoint}/";
        if (what == "refused") listener.Stop();
        var cut = what == "cut after the request" ? CutAsync(listener) : Task.CompletedTask;
        using var handler = new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromMilliseconds(what == "no way there" ? 50 : 10_000), UseProxy = false };
        // As behind a firewall that swallows packets.
        if (what == "no way there") handler.ConnectCallback = async (_, ct) =>
        {
            await Task.Delay(Timeout.Infinite, ct);
            return Stream.Null;
        };
        using var http = new HttpClient(handler) { BaseAddress = new Uri(address) };

        var refusal = await Assert.ThrowsAsync<CalendlyOAuthException>(() => new CalendlyOAuth(http, new OAuthClient("client-id", "client-secret-value")).RefreshAsync("old-refresh", Ct));

        Assert.Equal((failure, null), (refusal.Failure, refusal.Status));
        AssertNoSecret(refusal.ToString());
        await cut;
    }

    private static async Task CutAsync(TcpListener listener)
    {
        using var socket = await listener.AcceptSocketAsync(Ct);
        var received = "";
        var buffer = new byte[4096];
        while (!received.Contains("old-refresh", StringComparison.Ordinal)) received += Encoding.ASCII.GetString(buffer, 0, await socket.ReceiveAsync(buffer, Ct));
    }

    [Fact]
    public async Task Secrets_echoed_by_the_answer_are_not_in_the_exception()
    {
        fake.Answer(Token, HttpStatusCode.BadRequest, """{"error":"invalid_request","error_description":"old-refresh of client-secret-value is odd"}""");
        var refusal = await Assert.ThrowsAsync<CalendlyOAuthException>(() => fake.OAuth().RefreshAsync("old-refresh", Ct));
        Assert.Equal("[removed] of [removed] is odd", refusal.Description);
        AssertNoSecret(refusal.ToString());
    }

    [Fact]
    public async Task No_answer_and_time_out_are_unreachable_and_cancellation_is_not()
    {
        using var source = new CancellationTokenSource();
        fake.Answer(Token, () => throw new HttpRequestException("refused"))
            .Answer(Token, () => throw new TaskCanceledException("timed out", new TimeoutException()))
            .Answer(Token, () =>
            {
                source.Cancel();
                throw new TaskCanceledException();
            });
        for (var i = 0; i < 2; i++)
            Assert.Equal(OAuthFailure.Unreachable, (await Assert.ThrowsAsync<CalendlyOAuthException>(() => fake.OAuth().RefreshAsync("r", Ct))).Failure);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fake.OAuth().RefreshAsync("r", source.Token));
    }

    [Fact]
    public async Task Revoke_and_introspect_send_the_documented_body()
    {
        fake.Answer("POST oauth/revoke", HttpStatusCode.OK, "{}");
        fake.Answer("POST oauth/introspect", HttpStatusCode.OK, $$"""{"active":true,"scope":"users:read","client_id":"client-id","token_type":"Bearer","exp":1548696383,"iat":1548689183,"owner":"{{Documented.Ada}}","organization":"{{Documented.Org}}","x":1}""");
        fake.Answer("POST oauth/introspect", HttpStatusCode.OK, """{"active":false}""");
        var oauth = fake.OAuth();

        await oauth.RevokeAsync("a-token", Ct);

        Assert.Equal(new TokenIntrospection(true, "users:read", "client-id", "Bearer", 1548696383, 1548689183, Documented.Ada, Documented.Org), await oauth.IntrospectAsync("a-token", Ct));
        Assert.Equal(new TokenIntrospection(false), await oauth.IntrospectAsync("a-token", Ct));
        Assert.All(fake.Received, call => Assert.Equal(("client_id=client-id&client_secret=client-secret-value&token=a-token", null), (call.Body, call.Authorization)));
    }

    [Fact]
    public void Printing_shows_no_secret()
    {
        var pkce = Pkce.Create();
        var grant = new TokenGrant("eyJ-fresh-access", "fresh-refresh", 7200, FakeCalendly.Now, "users:read", Documented.Ada, Documented.Org);

        AssertNoSecret(grant.ToString());
        AssertNoSecret(new OAuthClient("client-id", "client-secret-value").ToString());
        Assert.DoesNotContain(pkce.Verifier, pkce.ToString(), StringComparison.Ordinal);
        Assert.Contains(Documented.Ada, grant.ToString(), StringComparison.Ordinal);
        Assert.Contains("client-id", new OAuthClient("client-id", "client-secret-value").ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Pkce_matches_the_example_of_the_rfc() => // RFC 7636, appendix B
        Assert.Equal("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", Pkce.From("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk").Challenge);

    [Fact]
    public void Pkce_pairs_differ_and_are_long_enough()
    {
        var pairs = Enumerable.Range(0, 100).Select(_ => Pkce.Create()).ToList();
        Assert.Equal(100, pairs.Select(pair => pair.Verifier).Distinct().Count());
        Assert.All(pairs, pair => Assert.Equal(pair, Pkce.From(pair.Verifier)));
        Assert.Throws<ArgumentException>(() => Pkce.From("short"));
    }

    [Theory]
    [InlineData("default", "organizations:write", true)]
    [InlineData("users:read organizations:write", "organizations:read", true)]
    [InlineData("users:read organizations:write", "organizations:write", true)]
    [InlineData("organizations:read", "organizations:write", false)]
    [InlineData("my_organizations:write", "organizations:read", false)]
    [InlineData("users:readers", "users:read", false)]
    [InlineData("", "users:read", false)]
    [InlineData(null, "users:read", false)]
    public void Scope_granted_covers_what_is_needed(string? granted, string needed, bool covered) =>
        Assert.Equal(covered, Scopes.Includes(granted, needed));

    [Fact]
    public void Scopes_missing_are_named_in_order()
    {
        Assert.Equal([Scopes.UsersRead, Scopes.GroupsRead], Scopes.Missing("organizations:write activity_log:read scheduled_events:write event_types:read webhooks:read", Scopes.Needed));
        Assert.True(Scopes.Includes("default", Scopes.Needed));
        Assert.True(Scopes.Includes(string.Join(' ', Scopes.Needed), Scopes.Needed));
    }

    private static void AssertNoSecret(string text)
    {
        foreach (var secret in (string[])["old-refresh", "client-secret-value", "eyJ-", "fresh-refresh"])
            Assert.DoesNotContain(secret, text, StringComparison.Ordinal);
    }
}
