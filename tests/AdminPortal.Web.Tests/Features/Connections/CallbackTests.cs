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

        await world.RefusedAsync(Ct, [.. cases.Select(c => c.Problem)]);
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
        await world.RefusedAsync(Ct, ConnectProblem.OtherPerson, ConnectProblem.UsedState);
    }

    [Fact]
    public async Task State_expires()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        await world.SignInAsync(SimulatorDefaults.Olivia, Ct);
        var answer = await world.ConsentAsync(await world.BeginAsync(SimulatorDefaults.Olivia, Ct), SimulatorDefaults.Olivia, Ct);
        await world.ExecuteAsync($"UPDATE oauth_attempts SET expires_at = now()", Ct);

        Assert.Equal(ConnectProblem.ExpiredState, (await world.FinishAsync(answer, SimulatorDefaults.Olivia, Ct)).Problem);
        await world.RefusedAsync(Ct, ConnectProblem.ExpiredState);
    }

    [Fact]
    public async Task Denied_consent_is_told_as_such()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        await world.SignInAsync(SimulatorDefaults.Olivia, Ct);
        var answer = await world.ConsentAsync(await world.BeginAsync(SimulatorDefaults.Olivia, Ct), null, Ct);

        Assert.Equal(ConnectProblem.Denied, (await world.FinishAsync(answer, SimulatorDefaults.Olivia, Ct)).Problem);
        await world.RefusedAsync(Ct, ConnectProblem.Denied);
    }

    [Fact]
    public async Task Code_of_another_admin_is_refused_by_the_proof_key()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        var (olivia, sam) = (SimulatorDefaults.Olivia, SimulatorDefaults.Sam);
        await world.SignInAsync(olivia, Ct);
        await world.SignInAsync(sam, Ct);
        var victim = await world.ConsentAsync(await world.BeginAsync(olivia, Ct), olivia, Ct);
        var attacker = await world.ConsentAsync(await world.BeginAsync(sam, Ct), sam, Ct);

        Assert.Equal(ConnectProblem.NotExchanged, (await world.FinishAsync(attacker with { Code = victim.Code }, sam, Ct)).Problem);
        await world.RefusedAsync(Ct, ConnectProblem.NotExchanged);
        // The code is still its owner's: nothing was spent by the attempt.
        Assert.Null((await world.FinishAsync(victim, olivia, Ct)).Problem);

        await using var db = await world.DbAsync(Ct);
        Assert.Equal(olivia.Email, (await db.Connections.SingleAsync(Ct)).CalendlyEmail);
        Assert.Equal([ConnectProblem.NotExchanged], await world.RefusalsAsync("connection.connected", Ct));
    }

    [Theory]
    [InlineData("not a ciphertext")]
    [InlineData("")]
    [InlineData("of another attempt")]
    public async Task Code_whose_verifier_is_gone_is_never_sent(string verifier)
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        await world.SignInAsync(SimulatorDefaults.Olivia, Ct);
        var answer = await world.ConsentAsync(await world.BeginAsync(SimulatorDefaults.Olivia, Ct), SimulatorDefaults.Olivia, Ct);
        await world.BeginAsync(SimulatorDefaults.Olivia, Ct);
        if (verifier == "of another attempt") await world.ExecuteAsync($"UPDATE oauth_attempts a SET protected_verifier = (SELECT b.protected_verifier FROM oauth_attempts b WHERE b.state_hash <> a.state_hash)", Ct);
        else await world.ExecuteAsync($"UPDATE oauth_attempts SET protected_verifier = {verifier}", Ct);

        Assert.Equal(ConnectProblem.UnknownState, (await world.FinishAsync(answer, SimulatorDefaults.Olivia, Ct)).Problem);
        Assert.Empty(await world.LedgerAsync("POST", "/oauth/token", Ct));
        await world.RefusedAsync(Ct, ConnectProblem.UnknownState);
    }

    [Fact]
    public async Task Consents_in_two_tabs_that_come_back_at_once_leave_one_connection_and_end_the_other_grant()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        var olivia = SimulatorDefaults.Olivia;
        await world.SignInAsync(olivia, Ct);
        ConsentAnswer[] answers = [await world.ConsentAsync(await world.BeginAsync(olivia, Ct), olivia, Ct), await world.ConsentAsync(await world.BeginAsync(olivia, Ct), olivia, Ct)];

        var results = await Task.WhenAll(answers.Select(answer => world.FinishAsync(answer, olivia, Ct)));

        // Both came through, or the one that lost the race for the new row was told so.
        Assert.Contains(results, result => result.Problem is null);
        Assert.All(results, result => Assert.True(result.Problem is null or ConnectProblem.NotStored, result.Problem));
        var connection = await world.ConnectionAsync(olivia, Ct);
        Assert.Equal("Olivia Ortiz", (await world.Get<CalendlyAccess>().For(connection.Id, Lane.People).Users.MeAsync(Ct)).Name);
        Assert.Single(await world.LedgerAsync("POST", "/oauth/revoke", Ct), call => call.Applied);
    }

    [Theory]
    [InlineData(429, ConnectProblem.TooFast)]
    [InlineData(401, ConnectProblem.AppRefused)]
    [InlineData(500, ConnectProblem.NotExchanged)]
    [InlineData(503, ConnectProblem.NotExchanged)]
    public async Task Exchange_that_Calendly_refuses_says_what_to_do(int status, string problem)
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        await world.SignInAsync(SimulatorDefaults.Olivia, Ct);
        var answer = await world.ConsentAsync(await world.BeginAsync(SimulatorDefaults.Olivia, Ct), SimulatorDefaults.Olivia, Ct);
        await world.SimulateAsync("faults", new[] { new { method = "POST", path = "^/oauth/token$", status } }, Ct);

        Assert.Equal(problem, (await world.FinishAsync(answer, SimulatorDefaults.Olivia, Ct)).Problem);

        // The code is not sent again, whatever the answer.
        Assert.Equal(ConnectProblem.UsedState, (await world.FinishAsync(answer, SimulatorDefaults.Olivia, Ct)).Problem);
        Assert.Single(await world.LedgerAsync("POST", "/oauth/token", Ct));
        await world.RefusedAsync(Ct, problem, ConnectProblem.UsedState);
    }

    [Fact]
    public async Task Roles_that_were_confirmed_too_long_ago_are_told_as_such()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        await world.SignInAsync(SimulatorDefaults.Olivia, Ct);
        var answer = await world.ConsentAsync(await world.BeginAsync(SimulatorDefaults.Olivia, Ct), SimulatorDefaults.Olivia, Ct);
        await world.ExecuteAsync($"UPDATE people SET roles_confirmed_at = now() - interval '2 hours'", Ct);

        Assert.Equal(ConnectProblem.Unconfirmed, (await world.FinishAsync(answer, SimulatorDefaults.Olivia, Ct)).Problem);
        Assert.Empty(await world.LedgerAsync("POST", "/oauth/token", Ct));
        await world.RefusedAsync(Ct, "confirm");
    }

    [Fact]
    public async Task Refused_account_is_named_in_the_audit_and_linked_to_nobody()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        await world.SignInAsync(SimulatorDefaults.Olivia, Ct);
        var answer = await world.ConsentAsync(await world.BeginAsync(SimulatorDefaults.Olivia, Ct), SimulatorDefaults.Sam, Ct);

        Assert.Equal(ConnectProblem.OtherAddress, (await world.FinishAsync(answer, SimulatorDefaults.Olivia, Ct)).Problem);

        await using var db = await world.DbAsync(Ct);
        Assert.Contains("https://api.calendly.com/users/", (await db.AuditEntries.SingleAsync(e => e.Action == "connection.connected", Ct)).Details, StringComparison.Ordinal);
        Assert.False(await db.PersonCalendlyUsers.AnyAsync(Ct));
    }

    [Fact]
    public async Task Callback_address_says_what_happened_and_repeats_nothing_of_what_came_in()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        using var browser = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = world.World.PortalUrl };

        using var response = await browser.GetAsync("connections/callback?state=planted&code=planted&error=%3Cscript%3E", Ct);

        Assert.StartsWith("/connections?problem=signed-out&seal=", response.Headers.Location?.OriginalString, StringComparison.Ordinal);
        Assert.DoesNotContain("planted", response.Headers.Location!.OriginalString, StringComparison.Ordinal);
    }
}
