using System.Net;
using AdminPortal.Testing;

namespace AdminPortal.Web.Tests.Security;

/// <summary>Behind a proxy that does TLS: redirects and cookies follow Portal:PublicUrl, whatever a request's headers say.</summary>
public sealed class PublicAddressTests(PostgresFixture postgres)
{
    private const string PublicUrl = "https://people.example.com/";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/auth/sign-in")]
    [InlineData("/members")]
    [InlineData("/welcome")]
    public async Task Request_behind_a_proxy_is_answered_for_the_public_address(string path)
    {
        var settings = new Dictionary<string, string> { ["Portal:PublicUrl"] = PublicUrl, ["Portal:KnownProxies:0"] = "127.0.0.1" };
        await using var world = await World.StartAsync(postgres, new WorldOptions { Settings = settings }, Token);
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(world.PortalUrl, path));
        request.Headers.Host = "internal:8080";
        request.Headers.Add("X-Forwarded-Proto", "http");
        request.Headers.Add("X-Forwarded-Host", "evil.example");
        request.Headers.Add("X-Forwarded-For", "203.0.113.7");
        using var response = await http.SendAsync(request, Token);

        if (path == "/welcome") Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        else Assert.Equal(HttpStatusCode.Redirect, response.StatusCode);
        if (path == "/auth/sign-in") Assert.Contains($"redirect_uri={Uri.EscapeDataString(PublicUrl + "signin-oidc")}", response.Headers.Location!.Query, StringComparison.Ordinal);
        if (path == "/members") Assert.StartsWith(PublicUrl + "welcome?", response.Headers.Location!.ToString(), StringComparison.Ordinal);
        var cookies = response.Headers.TryGetValues("Set-Cookie", out var set) ? set.ToList() : [];
        if (path != "/members") Assert.NotEmpty(cookies);
        Assert.All(cookies, cookie => Assert.Contains("; secure", cookie, StringComparison.OrdinalIgnoreCase));
    }
}
