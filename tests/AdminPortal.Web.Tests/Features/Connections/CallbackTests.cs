using AdminPortal.Simulator;
using AdminPortal.Testing;
using AdminPortal.Web.Features.Connections;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Web.Tests.Features.Connections;

/// <summary>Every callback that must not connect. <see cref="ConnectTests"/> holds the positive control.</summary>
public sealed class CallbackTests(PostgresFixture postgres)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Callback_that_is_not_as_it_was_begun_stores_nothing_and_says_why()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        var (olivia, sam) = (SimulatorDefaults.Olivia, SimulatorDefaults.Sam);
        await world.SignInAsync(olivia, Ct);
        await world.SignInAsync(sam, Ct);
        (string Problem, DemoPerson? Person, Func<ConsentAnswer, ConsentAnswer> Change)[] cases =
        [
            (ConnectProblem.MissingState, olivia, a => a with { State = null }),
            (ConnectProblem.UnknownState, olivia, a => a with { State = a.State + "0" }),
            (ConnectProblem.OtherPerson, sam, a => a),
            (ConnectProblem.OtherBrowser, olivia, a => a with { BrowserSecret = null }),
            (ConnectProblem.OtherBrowser, olivia, a => a with { BrowserSecret = new string('0', 64) }),
            (ConnectProblem.CalendlyError, olivia, a => a with { Error = "invalid_scope" }),
            (ConnectProblem.MissingCode, olivia, a => a with { Code = null }),
            (ConnectProblem.NotExchanged, olivia, a => a with { Code = "a code of nobody" }),
            (ConnectProblem.Malformed, olivia, a => a with { State = new string('a', 10_000) }),
            (ConnectProblem.Malformed, olivia, a => a with { Code = new string('a', 10_000) }),
            (ConnectProblem.Malformed, olivia, a => a with { Error = new string('a', 10_000) }),
            (ConnectProblem.SignedOut, null, a => a),
        ];

        foreach (var (problem, person, change) in cases)
        {
            var answer = await world.ConsentAsync(await world.BeginAsync(olivia, Ct), olivia, Ct);
            Assert.Equal(problem, (await world.FinishAsync(change(answer), person, Ct)).Problem);
            Assert.NotNull(ConnectProblem.Words(problem));
        }

        Assert.Equal(cases.Select(c => c.Problem), await world.RefusalsAsync("connection.connected", Ct));
        await using var db = await world.DbAsync(Ct);
        Assert.False(await db.Connections.AnyAsync(Ct) || await db.PersonCalendlyUsers.AnyAsync(Ct));
    }

    [Fact]
    public async Task State_works_once_even_when_its_first_use_was_refused()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        await world.SignInAsync(SimulatorDefaults.Olivia, Ct);
        await world.SignInAsync(SimulatorDefaults.Sam, Ct);
        var answer = await world.ConsentAsync(await world.BeginAsync(SimulatorDefaults.Olivia, Ct), SimulatorDefaults.Olivia, Ct);

        Assert.Equal(ConnectProblem.OtherPerson, (await world.FinishAsync(answer, SimulatorDefaults.Sam, Ct)).Problem);
        Assert.Equal(ConnectProblem.UsedState, (await world.FinishAsync(answer, SimulatorDefaults.Olivia, Ct)).Problem);
        Assert.Empty(await world.LedgerAsync("POST", "/oauth/token", Ct));
    }

    [Fact]
    public async Task State_expires()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        await world.SignInAsync(SimulatorDefaults.Olivia, Ct);
        var answer = await world.ConsentAsync(await world.BeginAsync(SimulatorDefaults.Olivia, Ct), SimulatorDefaults.Olivia, Ct);
        await world.ExecuteAsync($"UPDATE oauth_attempts SET expires_at = now()", Ct);

        Assert.Equal(ConnectProblem.ExpiredState, (await world.FinishAsync(answer, SimulatorDefaults.Olivia, Ct)).Problem);
    }

    [Fact]
    public async Task Denied_consent_is_told_as_such()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        await world.SignInAsync(SimulatorDefaults.Olivia, Ct);
        var answer = await world.ConsentAsync(await world.BeginAsync(SimulatorDefaults.Olivia, Ct), null, Ct);

        Assert.Equal(ConnectProblem.Denied, (await world.FinishAsync(answer, SimulatorDefaults.Olivia, Ct)).Problem);
    }

    [Fact]
    public async Task Callback_address_says_what_happened_and_repeats_nothing_of_what_came_in()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        using var browser = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = world.World.PortalUrl };

        using var response = await browser.GetAsync("connections/callback?state=planted&code=planted&error=%3Cscript%3E", Ct);

        Assert.Equal("/connections?problem=signed-out", response.Headers.Location?.OriginalString);
    }
}
