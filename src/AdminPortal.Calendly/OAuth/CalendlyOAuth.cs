using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace AdminPortal.Calendly;

/// <summary>
/// Calendly's OAuth server: authorization code with PKCE, refresh with rotation, revocation, introspection.
/// <see href="https://developer.calendly.com/how-to-access-calendly-data-on-behalf-of-authenticated-users"/>
/// <para>Methods throw <see cref="CalendlyOAuthException"/>, and <see cref="OperationCanceledException"/> only if the
/// caller cancelled; a refresh token that was sent may then have been used up.</para>
/// </summary>
public sealed class CalendlyOAuth
{
    private const int LongestToken = 16 * 1024;
    private readonly HttpClient http;
    private readonly OAuthClient client;
    private readonly TimeProvider time;

    /// <param name="http">BaseAddress is https://auth.calendly.com/ unless told otherwise.</param>
    /// <param name="client">The registered app.</param>
    /// <param name="time">The clock against which a Retry-After date is read.</param>
    public CalendlyOAuth(HttpClient http, OAuthClient client, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(http);
        ArgumentNullException.ThrowIfNull(client);
        Transport.CheckRoot(http);
        this.http = http;
        this.client = client;
        this.time = time ?? TimeProvider.System;
    }

    /// <summary>
    /// Where to send the browser. It comes back to <paramref name="redirectUri"/> with <c>code</c> (ten minutes, one use)
    /// and <c>state</c>, or with <c>error</c> and <c>state</c>. <see href="https://developer.calendly.com/creating-an-oauth-app"/>
    /// </summary>
    /// <param name="redirectUri">Exactly as registered; production apps need https.</param>
    /// <param name="state">Unguessable and bound to the browser's session.</param>
    /// <param name="pkce">Only its challenge goes into the URL.</param>
    /// <param name="scopes">For example <see cref="Scopes.Needed"/>.</param>
    /// <param name="loginHint">The address that should sign in (OpenID Connect's name for it); Calendly ignores what it does not know.</param>
    public Uri AuthorizeUri(string redirectUri, string state, Pkce pkce, IEnumerable<string> scopes, string? loginHint = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(redirectUri);
        ArgumentException.ThrowIfNullOrEmpty(state);
        ArgumentNullException.ThrowIfNull(pkce);
        ArgumentNullException.ThrowIfNull(scopes);
        var query = new QueryText("oauth/authorize")
            .Text("client_id", client.ClientId)
            .Text("response_type", "code")
            .Text("redirect_uri", redirectUri)
            .Text("scope", string.Join(' ', scopes))
            .Text("state", state)
            .Text("code_challenge", pkce.Challenge)
            .Text("code_challenge_method", "S256")
            .Text("login_hint", loginHint);
        return new Uri(http.BaseAddress!, query.ToString());
    }

    /// <summary>
    /// Turns a code into a grant. <see href="https://developer.calendly.com/api-docs/calendly-o-auth/o-auth/post-oauth-refresh-token"/>
    /// </summary>
    /// <exception cref="CalendlyOAuthException">InvalidGrant (used, older than ten minutes, wrong redirect URI or verifier), InvalidClient, RateLimited.</exception>
    public Task<TokenGrant> ExchangeAsync(string code, string redirectUri, string verifier, CancellationToken ct)
    {
        ArgumentException.ThrowIfNullOrEmpty(code);
        ArgumentException.ThrowIfNullOrEmpty(redirectUri);
        ArgumentException.ThrowIfNullOrEmpty(verifier);
        return GrantAsync(
            [new("grant_type", "authorization_code"), new("code", code), new("redirect_uri", redirectUri), new("code_verifier", verifier)],
            [code, verifier],
            ct);
    }

    /// <summary>
    /// Turns a refresh token into a new pair. The one that was sent is dead from then on, so the new pair must be stored
    /// before it is used, and two refreshes of one grant must not run at once.
    /// <see href="https://developer.calendly.com/refresh-token-rotation-guide"/>
    /// </summary>
    /// <exception cref="CalendlyOAuthException">InvalidGrant (used before, or revoked), InvalidClient, RateLimited (8 tokens a minute).</exception>
    public Task<TokenGrant> RefreshAsync(string refreshToken, CancellationToken ct)
    {
        ArgumentException.ThrowIfNullOrEmpty(refreshToken);
        return GrantAsync([new("grant_type", "refresh_token"), new("refresh_token", refreshToken)], [refreshToken], ct);
    }

    /// <summary>
    /// Ends an access or refresh token; succeeds for one that is dead already (RFC 7009).
    /// <see href="https://developer.calendly.com/api-docs/calendly-o-auth/o-auth/post-oauth-revoke"/>
    /// </summary>
    /// <exception cref="CalendlyOAuthException">Other (403 unauthorized_client: another app's token), InvalidClient.</exception>
    public async Task RevokeAsync(string token, CancellationToken ct)
    {
        ArgumentException.ThrowIfNullOrEmpty(token);
        using var response = await PostAsync("oauth/revoke", WithClient(token), basic: false, [token], ct);
    }

    /// <summary>
    /// Asks whether a token is alive, and for what.
    /// <see href="https://developer.calendly.com/api-docs/calendly-o-auth/o-auth/post-oauth-introspect"/>
    /// </summary>
    /// <exception cref="CalendlyOAuthException">InvalidClient.</exception>
    public async Task<TokenIntrospection> IntrospectAsync(string token, CancellationToken ct)
    {
        ArgumentException.ThrowIfNullOrEmpty(token);
        using var response = await PostAsync("oauth/introspect", WithClient(token), basic: false, [token], ct);
        return await OAuthAnswer.ReadAsync(response, CalendlyJson.Default.TokenIntrospection, ct);
    }

    private async Task<TokenGrant> GrantAsync(KeyValuePair<string, string>[] form, string[] secrets, CancellationToken ct)
    {
        using var response = await PostAsync("oauth/token", form, basic: true, secrets, ct);
        var answer = await OAuthAnswer.ReadAsync(response, CalendlyJson.Default.TokenResponse, ct);
        if (!answer.TokenType.Equals("Bearer", StringComparison.OrdinalIgnoreCase)
            || !IsToken(answer.AccessToken)
            || !IsToken(answer.RefreshToken)
            || answer.Scope?.All(IsPrintable) == false
            || answer.ExpiresIn <= 0
            || answer.CreatedAt is < 0 or > 253_402_300_799 // the end of the year 9999, DateTimeOffset's last second
            || !CalendlyUri.TryId(answer.Owner, CalendlyKind.User, out _)
            || !CalendlyUri.TryId(answer.Organization, CalendlyKind.Organization, out _))
            throw OAuthAnswer.Unreadable(response, "a value of the grant is not as documented");
        return new TokenGrant(
            answer.AccessToken,
            answer.RefreshToken,
            answer.ExpiresIn,
            DateTimeOffset.FromUnixTimeSeconds(answer.CreatedAt),
            answer.Scope,
            answer.Owner,
            answer.Organization);
    }

    // RFC 6749, appendix A.12: tokens are printable ASCII. What is longer than a header may be could never be used.
    private static bool IsToken(string token) => token.Length is > 0 and <= LongestToken && !token.Contains(' ', StringComparison.Ordinal) && token.All(IsPrintable);

    private static bool IsPrintable(char letter) => letter is >= ' ' and <= '~';

    // The token endpoint documents HTTP Basic for web apps; revoke and introspect document the body.
    private KeyValuePair<string, string>[] WithClient(string token) =>
        [new("client_id", client.ClientId), new("client_secret", client.ClientSecret), new("token", token)];

    private async Task<HttpResponseMessage> PostAsync(
        string path, KeyValuePair<string, string>[] form, bool basic, string[] secrets, CancellationToken ct)
    {
        using var content = new WatchedForm(form);
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(path, UriKind.Relative)) { Content = content };
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        if (basic)
        {
            // RFC 6749, 2.3.1: both halves are form-encoded before they are joined.
            var pair = $"{Uri.EscapeDataString(client.ClientId)}:{Uri.EscapeDataString(client.ClientSecret)}";
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.ASCII.GetBytes(pair)));
        }

        var response = await Transport.SendAsync(
            http,
            request,
            (message, inner) => content.IsBegun
                ? new CalendlyOAuthException(OAuthFailure.Unreachable, "Calendly's OAuth server: " + message, inner)
                : new CalendlyOAuthException(OAuthFailure.NotSent, "Calendly's OAuth server could not be reached; nothing was sent.", inner),
            ct);
        if (response.IsSuccessStatusCode)
            return response;
        using (response)
            throw await OAuthAnswer.RefusalAsync(response, [.. secrets, client.ClientSecret], time.GetUtcNow(), ct);
    }

    /// <summary>Knows whether anything of it was written: it is asked for only once there is a connection.</summary>
    private sealed class WatchedForm(KeyValuePair<string, string>[] form) : FormUrlEncodedContent(form)
    {
        public bool IsBegun { get; private set; }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            IsBegun = true;
            return base.SerializeToStreamAsync(stream, context);
        }
    }
}
