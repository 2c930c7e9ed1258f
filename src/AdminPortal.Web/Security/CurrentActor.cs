using System.Security.Claims;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.Identity.Web;

namespace AdminPortal.Web.Security;

/// <summary>The person behind this page, from the authentication state of the circuit; never from HttpContext, which has none in a circuit.</summary>
public sealed class CurrentActor(AuthenticationStateProvider authentication)
{
    public async Task<Actor> GetAsync() => Of((await authentication.GetAuthenticationStateAsync()).User);

    /// <summary>Roles as the sign-in brought them: good enough to draw a page, never to do something.</summary>
    public async Task<IReadOnlyList<string>> RolesAsync() =>
        [.. (await authentication.GetAuthenticationStateAsync()).User.FindAll(ClaimTypes.Role).Select(c => c.Value)];

    public static Actor Of(ClaimsPrincipal user) => new(
        null, user.GetObjectId() ?? "", user.GetTenantId() ?? "", user.FindFirstValue("name") ?? user.Identity?.Name ?? "", ActorSource.Page,
        SessionTicket.Of(user) ?? NoSession);

    /// <summary>Nobody who comes from a page acts without a session that can be ended.</summary>
    private static readonly SessionTicket NoSession = new(Guid.Empty, DateTimeOffset.MinValue, DateTimeOffset.MinValue);
}
