using AdminPortal.Simulator;
using AdminPortal.Testing;
using AdminPortal.Web.Tests.Features.Connections;
using Microsoft.Extensions.Logging;

namespace AdminPortal.Web.Tests.Telemetry;

/// <summary>Every world's log is searched for secrets when the world ends; here that the search finds them.</summary>
public sealed class LogCaptureTests(PostgresFixture postgres)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<string> Places => ["message", "value that the message does not show", "exception", "scope", "the certificate's private key", "base64", "verifier or state"];

    [Theory]
    [MemberData(nameof(Places))]
    public async Task Secret_that_is_logged_fails_the_world(string place)
    {
        var world = await ConnectedWorld.StartAsync(postgres, Ct);
        await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);
        var secrets = await world.World.Simulator.SecretsAsync(Ct);
        // Token, refresh token and code are issued; verifier and state were sent.
        Assert.Equal(2 + 3 + 2, secrets.Count);
        var logger = world.Get<ILoggerFactory>().CreateLogger("AdminPortal.Web.Something");
#pragma warning disable CA1848, CA2254 // Said once, and badly, on purpose.
        switch (place)
        {
            case "message": logger.LogTrace("The token is {Token}", secrets[^1]); break;
            case "value that the message does not show": logger.Log(LogLevel.Trace, 0, new Dictionary<string, object?> { ["Token"] = secrets[^1] }, null, (_, _) => "nothing to see"); break;
            case "exception": logger.LogTrace(new InvalidOperationException($"Calendly said {secrets[^1]}"), "Refused"); break;
            case "scope":
                using (logger.BeginScope("token {Token}", secrets[^1])) logger.LogTrace("Refused");
                break;
            case "the certificate's private key": logger.LogTrace(await File.ReadAllTextAsync((await TestCertificate.FilesAsync(Ct)).Key, Ct)); break;
            case "base64": logger.LogTrace("Body {Body}", Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"refresh_token={secrets[^1]}&"))); break;
            default:
                var received = secrets.Where(secret => secret.Length is 43 or 64).ToList();
                Assert.True(received.Count >= 2);
                foreach (var secret in received) logger.LogTrace("{Secret}", secret);
                break;
        }
#pragma warning restore CA1848, CA2254

        var found = await Assert.ThrowsAsync<InvalidOperationException>(async () => await world.DisposeAsync());

        Assert.Contains("Secrets are in the log", found.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(secrets[^1], found.Message, StringComparison.Ordinal);
        File.Delete(found.Message.Split(' ', ':')[Array.IndexOf(found.Message.Split(' ', ':'), "log") + 1]);
    }

    [Fact]
    public async Task Secret_in_a_pinned_category_never_reaches_a_log()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);
        var secrets = await world.World.Simulator.SecretsAsync(Ct);
#pragma warning disable CA1848
        world.Get<ILoggerFactory>().CreateLogger("Microsoft.AspNetCore.Hosting.Diagnostics").LogInformation("Request starting GET /connections/callback?code={Code}", secrets[^1]);
#pragma warning restore CA1848
    }
}
