using AdminPortal.Web.Features.Directory;

namespace AdminPortal.Web.Tests.Features.Directory;

public sealed class SweepProgressTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 23, 14, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(SweepPhase.Memberships, 0, 0, "Reading members, about 4 min left")]
    [InlineData(SweepPhase.Memberships, 60, 8200, "Reading members: 8,200 so far, about 3 min left")]
    [InlineData(SweepPhase.Memberships, 200, 16000, "Reading members: 16,000 so far, less than a minute left")]
    [InlineData(SweepPhase.Memberships, 300, 16000, "Reading members: 16,000 so far")]
    [InlineData(SweepPhase.Invitations, 180, 16000, "Reading invitations, about 1 min left")]
    [InlineData(SweepPhase.Comparing, 60, 16000, "Checking who is no longer listed")]
    [InlineData(SweepPhase.Confirming, 60, 16000, "Checking who is no longer listed: 1,200 to go")]
    [InlineData(SweepPhase.Applying, 60, 16000, "Taking over what was read")]
    public void Progress_says_how_far_it_is_and_how_long_by_last_times_measure(SweepPhase phase, int seconds, int people, string words) =>
        Assert.Equal(words, DirectoryWords.Doing(Progress(phase, people, TimeSpan.FromMinutes(4)), Start.AddSeconds(seconds)));

    [Fact]
    public void Progress_of_the_first_one_promises_nothing() =>
        Assert.Equal("Reading members: 300 so far", DirectoryWords.Doing(Progress(SweepPhase.Memberships, 300, null), Start.AddSeconds(5)));

    private static SweepProgress Progress(SweepPhase phase, int people, TimeSpan? expected) =>
        new(Guid.Empty, phase, 1, people, 0, 16_000, expected, phase == SweepPhase.Confirming ? 1_200 : 0, Start);
}
