using AdminPortal.Simulator;

namespace AdminPortal.Calendly.Tests;

/// <summary>The life of a grant over real HTTP: consent, exchange, rotation, introspection, revocation.</summary>
public sealed class SimulatedOAuthTests : IAsyncLifetime
{
    private SimulatedCalendly calendly = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => calendly = await SimulatedCalendly.StartAsync(new { members = 10 }, Token);

    public ValueTask DisposeAsync() => calendly.DisposeAsync();

    [Fact]
    public async Task Code_is_exchanged_once_with_the_verifier_of_its_challenge()
    {
        var pkce = Pkce.Create();
        var code = await CodeAsync(pkce);
        Assert.Equal(OAuthFailure.InvalidGrant, await FailsAsync(async () => await calendly.OAuth().ExchangeAsync(await CodeAsync(pkce), SimulatedCalendly.RedirectUri, Pkce.Create().Verifier, Token)));
        Assert.Equal(OAuthFailure.InvalidGrant, await FailsAsync(() => calendly.OAuth().ExchangeAsync(code, SimulatedCalendly.RedirectUri + "/other", pkce.Verifier, Token)));

        code = await CodeAsync(pkce);
        var grant = await calendly.OAuth().ExchangeAsync(code, SimulatedCalendly.RedirectUri, pkce.Verifier, Token);
        Assert.Equal(SimulatorDefaults.Olivia.Email, (await calendly.With(grant.AccessToken).Users.MeAsync(Token)).Email);
        Assert.True(Scopes.Includes(grant.Scope, Scopes.Needed));
        Assert.Equal(7200, grant.ExpiresIn);
        Assert.Equal(OAuthFailure.InvalidGrant, await FailsAsync(() => calendly.OAuth().ExchangeAsync(code, SimulatedCalendly.RedirectUri, pkce.Verifier, Token)));
    }

    [Fact]
    public async Task Consent_denied_comes_back_with_the_state_and_no_code()
    {
        var back = await calendly.ConsentAsync(calendly.OAuth().AuthorizeUri(SimulatedCalendly.RedirectUri, "state-1", Pkce.Create(), Scopes.Needed), "answer", "cancel", Token);
        Assert.Equal(("access_denied", "state-1", false), (back["error"], back["state"], back.ContainsKey("code")));
    }

    [Fact]
    public async Task Refresh_token_works_once_and_its_successor_after_it()
    {
        var first = await GrantAsync();
        var second = await calendly.OAuth().RefreshAsync(first.RefreshToken, Token);
        Assert.NotEqual((first.AccessToken, first.RefreshToken), (second.AccessToken, second.RefreshToken));
        Assert.Equal(OAuthFailure.InvalidGrant, await FailsAsync(() => calendly.OAuth().RefreshAsync(first.RefreshToken, Token)));
        var third = await calendly.OAuth().RefreshAsync(second.RefreshToken, Token);
        Assert.Equal((first.Owner, first.Organization), (third.Owner, third.Organization));
        Assert.Equal(SimulatorDefaults.Olivia.Email, (await calendly.With(third.AccessToken).Users.MeAsync(Token)).Email);
    }

    [Fact]
    public async Task Grant_revoked_is_inactive_and_refused()
    {
        var grant = await GrantAsync();
        var alive = await calendly.OAuth().IntrospectAsync(grant.AccessToken, Token);
        Assert.Equal((true, grant.Owner, SimulatorDefaults.CalendlyClientId), (alive.Active, alive.Owner, alive.ClientId));

        await calendly.OAuth().RevokeAsync(grant.RefreshToken, Token);
        await calendly.OAuth().RevokeAsync(grant.AccessToken, Token);
        await calendly.OAuth().RevokeAsync("nobody's token", Token);
        Assert.False((await calendly.OAuth().IntrospectAsync(grant.AccessToken, Token)).Active);
        Assert.Equal(OAuthFailure.InvalidGrant, await FailsAsync(() => calendly.OAuth().RefreshAsync(grant.RefreshToken, Token)));
        var refused = await Assert.ThrowsAsync<CalendlyException>(() => calendly.With(grant.AccessToken).Users.MeAsync(Token));
        Assert.Equal(CalendlyFailure.Unauthenticated, refused.Failure);
    }

    [Fact]
    public async Task Access_token_expired_is_unauthenticated_and_its_grant_can_be_renewed()
    {
        var grant = await GrantAsync();
        await calendly.ControlAsync("tokens/expire", new { }, Token);
        var refused = await Assert.ThrowsAsync<CalendlyException>(() => calendly.With(grant.AccessToken).Users.MeAsync(Token));
        Assert.Equal((CalendlyFailure.Unauthenticated, "The access token expired"), (refused.Failure, refused.CalendlyMessage));
        var renewed = await calendly.OAuth().RefreshAsync(grant.RefreshToken, Token);
        Assert.Equal(grant.Owner, (await calendly.With(renewed.AccessToken).Users.MeAsync(Token)).Uri);
    }

    [Fact]
    public async Task Wrong_client_secret_is_a_fault_of_the_configuration()
    {
        var grant = await GrantAsync();
        Assert.Equal(OAuthFailure.InvalidClient, await FailsAsync(() => calendly.OAuth("wrong").RefreshAsync(grant.RefreshToken, Token)));
        await calendly.OAuth().RefreshAsync(grant.RefreshToken, Token);
    }

    [Fact]
    public async Task Ninth_token_within_a_minute_is_asked_to_wait()
    {
        var grant = await GrantAsync();
        for (var token = 2; token <= 8; token++) grant = await calendly.OAuth().RefreshAsync(grant.RefreshToken, Token);
        var refused = await Assert.ThrowsAsync<CalendlyOAuthException>(() => calendly.OAuth().RefreshAsync(grant.RefreshToken, Token));
        Assert.Equal(OAuthFailure.RateLimited, refused.Failure);
        Assert.InRange(refused.RetryAfter!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60));
    }

    private async Task<string> CodeAsync(Pkce pkce)
    {
        var back = await calendly.ConsentAsync(calendly.OAuth().AuthorizeUri(SimulatedCalendly.RedirectUri, "state-1", pkce, Scopes.Needed), "user", SimulatorDefaults.Olivia.Email, Token);
        Assert.Equal("state-1", back["state"]);
        return back["code"];
    }

    private async Task<TokenGrant> GrantAsync()
    {
        var pkce = Pkce.Create();
        return await calendly.OAuth().ExchangeAsync(await CodeAsync(pkce), SimulatedCalendly.RedirectUri, pkce.Verifier, Token);
    }

    private static async Task<OAuthFailure> FailsAsync(Func<Task> call) => (await Assert.ThrowsAsync<CalendlyOAuthException>(call)).Failure;
}
