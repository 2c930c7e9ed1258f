using AdminPortal.Simulator;
using AdminPortal.Web.Features.Connections;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Time.Testing;

namespace AdminPortal.Web.Tests.Features.Connections;

/// <summary>An address makes the page say something only when the portal itself has just made that address, for this person.</summary>
public sealed class ConsentNoticeTests
{
    private readonly FakeTimeProvider clock = new();
    private readonly ConsentNotice notice;

    public ConsentNoticeTests() => notice = new(new EphemeralDataProtectionProvider(), clock);

    [Fact]
    public void Notice_is_true_for_its_person_for_ten_minutes_and_for_nobody_else()
    {
        var (olivia, sam) = (ConnectedWorld.Actor(SimulatorDefaults.Olivia), ConnectedWorld.Actor(SimulatorDefaults.Sam));
        var seal = notice.Seal(ConnectProblem.Denied, olivia);

        clock.Advance(ConsentNotice.Lifetime);
        Assert.True(notice.IsTrue(ConnectProblem.Denied, seal, olivia));
        Assert.False(notice.IsTrue(ConnectProblem.Denied, seal, sam));
        Assert.False(notice.IsTrue(ConnectProblem.Blocked, seal, olivia));
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.False(notice.IsTrue(ConnectProblem.Denied, seal, olivia));
    }

    [Fact]
    public void Notice_for_a_browser_without_a_session_is_told_to_whoever_signs_in()
    {
        var seal = notice.Seal(ConnectProblem.SignedOut, null);
        Assert.True(notice.IsTrue(ConnectProblem.SignedOut, seal, ConnectedWorld.Actor(SimulatorDefaults.Olivia)));
        Assert.False(notice.IsTrue(ConnectProblem.Blocked, seal, ConnectedWorld.Actor(SimulatorDefaults.Olivia)));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("CfDJ8")]
    [InlineData("ü\0<script>")]
    public void Notice_without_a_seal_of_the_portal_says_nothing(string? seal)
    {
        var olivia = ConnectedWorld.Actor(SimulatorDefaults.Olivia);
        Assert.False(notice.IsTrue(ConnectProblem.Blocked, seal, olivia));
        Assert.False(notice.IsTrue(null, notice.Seal(ConnectProblem.Blocked, olivia), olivia));
    }
}
