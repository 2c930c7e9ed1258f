using System.Net;
using System.Security.Claims;
using System.Text.RegularExpressions;
using AdminPortal.Simulator;
using AdminPortal.Testing;
using AdminPortal.Web.Security;
using AdminPortal.Web.Tests.Security;
using Microsoft.AspNetCore.Authentication;

namespace AdminPortal.Web.Tests.Features.Connections;

/// <summary>
/// A browser without pictures: cookies and forms, no redirect followed by itself. It reaches a portal whose public address is https over
/// the plain connection that its proxy would use.
/// </summary>
internal sealed partial class ProxiedBrowser(World world, Uri publicUrl) : IDisposable
{
    private readonly HttpClient http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
    private readonly Dictionary<(bool OfPortal, string Name), string> cookies = [];

    /// <summary>The last answer's Set-Cookie lines.</summary>
    public IReadOnlyList<string> CookiesSet { get; private set; } = [];

    public async Task SignInAsync(DemoPerson person, CancellationToken cancellationToken)
    {
        using var toEntra = await GetAsync(new Uri(publicUrl, "auth/sign-in"), cancellationToken);
        using var page = await GetAsync(toEntra.Headers.Location!, cancellationToken);
        var choice = Hidden(await page.Content.ReadAsStringAsync(cancellationToken));
        choice["oid"] = person.Oid;
        using var back = await PostAsync(new Uri(world.Simulator.Address, $"{SimulatorDefaults.TenantId}/login"), choice, cancellationToken);
        var html = await back.Content.ReadAsStringAsync(cancellationToken);
        using var signedIn = await PostAsync(new Uri(WebUtility.HtmlDecode(Action().Match(html).Groups[1].Value)), Hidden(html), cancellationToken);
        Assert.Equal(HttpStatusCode.Redirect, signedIn.StatusCode);
    }

    /// <summary>The portal's session cookie.</summary>
    public string Cookie
    {
        get => cookies[(true, PlainBrowser.SessionCookie)];
        set => cookies[(true, PlainBrowser.SessionCookie)] = value;
    }

    /// <summary>Presses Sign out.</summary>
    public async Task SignOutAsync(CancellationToken cancellationToken)
    {
        using var page = await GetAsync(new Uri(publicUrl, "connections"), cancellationToken);
        using var left = await PostAsync(new Uri(publicUrl, "auth/sign-out"), Hidden(await page.Content.ReadAsStringAsync(cancellationToken)), cancellationToken);
        Assert.Equal(HttpStatusCode.Redirect, left.StatusCode);
        Assert.DoesNotContain((true, PlainBrowser.SessionCookie), cookies.Keys);
    }

    /// <summary>The session as it is when Entra confirmed it so long ago.</summary>
    public void Age(TimeSpan confirmed)
    {
        var format = PlainBrowser.FormatOf(world);
        var ticket = format.Unprotect(Cookie)!;
        var identity = ((ClaimsIdentity)ticket.Principal.Identity!).Clone();
        (SessionTicket.Of(ticket.Principal)! with { ConfirmedAt = DateTimeOffset.UtcNow - confirmed }).WriteTo(identity);
        Cookie = format.Protect(new AuthenticationTicket(new ClaimsPrincipal(identity), ticket.Properties, ticket.AuthenticationScheme));
    }

    /// <summary>Presses Connect; the form itself is drawn later than a browser without scripts sees, its antiforgery token is every form's.</summary>
    public async Task<HttpResponseMessage> LeaveAsync(string returnUrl, CancellationToken cancellationToken)
    {
        using var page = await GetAsync(new Uri(publicUrl, "connections"), cancellationToken);
        var form = Hidden(await page.Content.ReadAsStringAsync(cancellationToken));
        Assert.Contains("__RequestVerificationToken", form.Keys);
        form["returnUrl"] = returnUrl;
        return await PostAsync(new Uri(publicUrl, "connections/connect"), form, cancellationToken);
    }

    /// <summary>Chooses an account on Calendly's page.</summary>
    /// <returns>Where Calendly sends the browser.</returns>
    public async Task<Uri> ConsentAsync(Uri authorize, DemoPerson account, CancellationToken cancellationToken)
    {
        using var page = await GetAsync(authorize, cancellationToken);
        var form = Hidden(await page.Content.ReadAsStringAsync(cancellationToken));
        form["user"] = account.Email;
        using var back = await PostAsync(new Uri(world.Simulator.Address, "oauth/authorize"), form, cancellationToken);
        return back.Headers.Location!;
    }

    public Task<HttpResponseMessage> GetAsync(Uri address, CancellationToken cancellationToken) => SendAsync(new HttpRequestMessage(HttpMethod.Get, address), cancellationToken);

    public Task<HttpResponseMessage> PostAsync(Uri address, Dictionary<string, string> form, CancellationToken cancellationToken) =>
        SendAsync(new HttpRequestMessage(HttpMethod.Post, address) { Content = new FormUrlEncodedContent(form) }, cancellationToken);

    public void Dispose() => http.Dispose();

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var ofPortal = request.RequestUri!.Authority == publicUrl.Authority;
        if (ofPortal) request.RequestUri = new Uri(world.PortalUrl, request.RequestUri.PathAndQuery);
        var mine = cookies.Where(cookie => cookie.Key.OfPortal == ofPortal).Select(cookie => $"{cookie.Key.Name}={cookie.Value}").ToList();
        if (mine.Count > 0) request.Headers.Add("Cookie", string.Join("; ", mine));
        var response = await http.SendAsync(request, cancellationToken);
        CookiesSet = response.Headers.TryGetValues("Set-Cookie", out var set) ? [.. set] : [];
        foreach (var pair in CookiesSet.Select(cookie => cookie.Split(';')[0].Split('=', 2)))
        {
            if (pair[1].Length == 0) cookies.Remove((ofPortal, pair[0]));
            else cookies[(ofPortal, pair[0])] = pair[1];
        }
        return response;
    }

    private static Dictionary<string, string> Hidden(string html)
    {
        var form = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (Match input in Input().Matches(html))
            if (Attribute(input.Value, "name") is { Length: > 0 } name) form.TryAdd(name, Attribute(input.Value, "value"));
        return form;
    }

    private static string Attribute(string input, string name) => WebUtility.HtmlDecode(Regex.Match(input, $"\\b{name}=\"([^\"]*)\"").Groups[1].Value);

    [GeneratedRegex("<input[^>]*type=\"hidden\"[^>]*>")]
    private static partial Regex Input();

    [GeneratedRegex("<form[^>]*action=\"([^\"]*)\"")]
    private static partial Regex Action();
}
