using System.Net;
using System.Security.Claims;
using System.Text.RegularExpressions;
using AdminPortal.Simulator;
using AdminPortal.Testing;
using AdminPortal.Web.Security;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace AdminPortal.Web.Tests.Security;

internal sealed record Shown(Uri Address, HttpStatusCode Status, string Html, IReadOnlyList<Uri> Way);

/// <summary>
/// What a browser does on its way to a page and back from Entra: redirects, forms that post themselves, cookies. Like a browser towards
/// another site, it brings only SameSite=None cookies with the form that comes back from Entra, also when the test's sites are neighbours.
/// </summary>
internal sealed partial class PlainBrowser(World world) : IDisposable
{
    public const string SessionCookie = "adminportal";
    private const int MostHops = 12;
    private readonly HttpClient http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });

    public Dictionary<string, (string Value, bool CrossSite)> Cookies { get; } = new(StringComparer.Ordinal);

    /// <summary>Changes what Entra's form brings back; for tests that attack.</summary>
    public Action<Dictionary<string, string>>? Tamper { get; set; }

    public string? Cookie => Cookies.TryGetValue(SessionCookie, out var cookie) ? cookie.Value : null;

    private TicketDataFormat Format => FormatOf(world);

    /// <summary>How the portal writes its cookie, with its own keys.</summary>
    public static TicketDataFormat FormatOf(World world) => (TicketDataFormat)world.Services.GetRequiredService<IOptionsMonitor<CookieAuthenticationOptions>>().Get(CookieAuthenticationDefaults.AuthenticationScheme).TicketDataFormat;

    public AuthenticationTicket Ticket => Format.Unprotect(Cookie)!;

    public SessionTicket Session => SessionTicket.Of(Ticket.Principal)!;

    public async Task SignInAsync(DemoPerson person, string returnUrl = "/settings")
    {
        var shown = await OpenAsync($"/auth/sign-in?returnUrl={Uri.EscapeDataString(returnUrl)}");
        var page = await ChooseAsync(shown, person);
        Assert.Equal(returnUrl, page.Address.PathAndQuery);
    }

    /// <summary>Presses a person's button on Entra's page.</summary>
    public Task<Shown> ChooseAsync(Shown entra, DemoPerson person)
    {
        var form = Hidden(entra.Html);
        form["oid"] = person.Oid;
        return FollowAsync(Post(new Uri(entra.Address, $"/{SimulatorDefaults.TenantId}/login"), form), []);
    }

    /// <summary>The session as it will be after these times, by the same keys as the portal's.</summary>
    public void Age(TimeSpan? confirmed = null, TimeSpan? started = null, TimeSpan? seen = null)
    {
        var (ticket, session, now) = (Ticket, Session, DateTimeOffset.UtcNow);
        var identity = ((ClaimsIdentity)ticket.Principal.Identity!).Clone();
        new SessionTicket(session.Id, started is { } s ? now - s : session.StartedAt, confirmed is { } c ? now - c : session.ConfirmedAt).WriteTo(identity);
        var life = ticket.Properties.ExpiresUtc!.Value - ticket.Properties.IssuedUtc!.Value;
        if (seen is { } idle) (ticket.Properties.IssuedUtc, ticket.Properties.ExpiresUtc) = (now - idle, now - idle + life);
        Cookies[SessionCookie] = (Format.Protect(new AuthenticationTicket(new ClaimsPrincipal(identity), ticket.Properties, ticket.AuthenticationScheme)), false);
    }

    /// <summary>One request, not followed.</summary>
    public Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(method, Address(path));
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return SendAsync(request, fromOtherSite: false);
    }

    /// <summary>A page and every redirect and form on the way to it.</summary>
    public Task<Shown> OpenAsync(string path) => FollowAsync(Navigation(Address(path)), []);

    public Task<Shown> PostFormAsync(string path, Dictionary<string, string> form) => FollowAsync(Post(Address(path), form), []);

    public void Dispose() => http.Dispose();

    public static Dictionary<string, string> Hidden(string html) => HiddenField().Matches(html)
        .DistinctBy(m => m.Groups[1].Value).ToDictionary(m => WebUtility.HtmlDecode(m.Groups[1].Value), m => WebUtility.HtmlDecode(m.Groups[2].Value));

    private Uri Address(string path) => new(world.PortalUrl.GetLeftPart(UriPartial.Authority) + path);

    private async Task<Shown> FollowAsync(HttpRequestMessage request, List<Uri> way)
    {
        var fromOtherSite = false;
        while (true)
        {
            var address = request.RequestUri!;
            way.Add(address);
            Assert.True(way.Count <= MostHops, $"It goes round and round: {string.Join("\n", way)}");
            using var response = await SendAsync(request, fromOtherSite);
            if (response.Headers.Location is { } next)
            {
                (request, fromOtherSite) = (Navigation(new Uri(address, next)), false);
                continue;
            }
            var html = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            if (SelfPosting().Match(html) is not { Success: true } form) return new(address, response.StatusCode, html, way);
            var fields = Hidden(html);
            Tamper?.Invoke(fields);
            (request, fromOtherSite) = (Post(new Uri(WebUtility.HtmlDecode(form.Groups[1].Value)), fields), true);
        }
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, bool fromOtherSite)
    {
        request.Headers.TryAddWithoutValidation("Cookie", string.Join("; ", Cookies.Where(c => !fromOtherSite || c.Value.CrossSite).Select(c => $"{c.Key}={c.Value.Value}")));
        var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
        foreach (var set in response.Headers.TryGetValues("Set-Cookie", out var all) ? all : [])
        {
            var (name, value) = (set[..set.IndexOf('=', StringComparison.Ordinal)], set[(set.IndexOf('=', StringComparison.Ordinal) + 1)..set.IndexOf(';', StringComparison.Ordinal)]);
            if (value.Length == 0) Cookies.Remove(name);
            else Cookies[name] = (value, set.Contains("samesite=none", StringComparison.OrdinalIgnoreCase));
        }
        return response;
    }

    private static HttpRequestMessage Navigation(Uri address)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.Add("Sec-Fetch-Mode", "navigate");
        return request;
    }

    private static HttpRequestMessage Post(Uri address, Dictionary<string, string> form) => new(HttpMethod.Post, address) { Content = new FormUrlEncodedContent(form) };

    [GeneratedRegex("""<input type="hidden" name="([^"]*)" value="([^"]*)" ?/?>""")]
    private static partial Regex HiddenField();

    [GeneratedRegex("""<form method="post" action="([^"]*)">.*document\.forms\[0\]\.submit""", RegexOptions.Singleline)]
    private static partial Regex SelfPosting();
}
