using System.Net;
using AdminPortal.Simulator;

namespace AdminPortal.Calendly.Tests;

/// <summary>What goes wrong on the way, over real HTTP: which failure the client reports, and whether the effect happened.</summary>
public sealed class SimulatedFaultTests : IAsyncLifetime
{
    private SimulatedCalendly calendly = null!;
    private CalendlyClient olivia = null!;
    private string organization = "";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        calendly = await SimulatedCalendly.StartAsync(new { members = 10, invitations = 0 }, Token);
        olivia = await calendly.AsAsync(SimulatorDefaults.Olivia, Token);
        organization = (await olivia.Users.MeAsync(Token)).CurrentOrganization;
    }

    public ValueTask DisposeAsync() => calendly.DisposeAsync();

    [Theory]
    [InlineData("before", 0)]
    [InlineData("after", 1)]
    public async Task Connection_cut_is_unreachable_whether_or_not_the_effect_happened(string when, int applied)
    {
        await calendly.FaultAsync(new { method = "POST", path = "/invitations$", drop = when }, Token);
        var lost = await Assert.ThrowsAsync<CalendlyException>(() => olivia.Invitations.CreateAsync(organization, "new.person@harbourlight.example", Token));
        Assert.Equal((CalendlyFailure.Unreachable, (HttpStatusCode?)null), (lost.Failure, lost.Status));
        Assert.Equal(applied, await calendly.AppliedAsync("POST", "/organizations/", Token));
        Assert.Equal(applied, (await olivia.Invitations.ListAsync(new InvitationQuery(organization), Token)).Items.Count);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(503)]
    public async Task Server_error_is_reported_as_one_and_passes(int status)
    {
        await calendly.FaultAsync(new { method = "GET", path = "^/users/me$", status }, Token);
        var failed = await Assert.ThrowsAsync<CalendlyException>(() => olivia.Users.MeAsync(Token));
        Assert.Equal((CalendlyFailure.ServerError, status), (failed.Failure, (int)failed.Status!));
        Assert.Equal(SimulatorDefaults.Olivia.Email, (await olivia.Users.MeAsync(Token)).Email);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Budget_used_up_says_how_long_to_wait_with_and_without_Retry_After(bool retryAfter)
    {
        await using var busy = await SimulatedCalendly.StartAsync(new { members = 10, rateLimitPerMinute = 2, retryAfter }, Token);
        var client = await busy.AsAsync(SimulatorDefaults.Olivia, Token);
        await client.Users.MeAsync(Token);
        await client.Users.MeAsync(Token);
        var refused = await Assert.ThrowsAsync<CalendlyException>(() => client.Users.MeAsync(Token));
        Assert.Equal(CalendlyFailure.RateLimited, refused.Failure);
        Assert.InRange(refused.RetryAfter!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task Call_that_the_caller_gives_up_is_a_cancellation()
    {
        await calendly.FaultAsync(new { method = "GET", path = "^/users/me$", delayMs = 60_000 }, Token);
        using var impatient = new CancellationTokenSource();
        var call = olivia.Users.MeAsync(impatient.Token);
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
    }
}
