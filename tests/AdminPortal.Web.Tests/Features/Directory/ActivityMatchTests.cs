using AdminPortal.Web.Features.Directory;

namespace AdminPortal.Web.Tests.Features.Directory;

public sealed class ActivityMatchTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    private int number;

    [Fact]
    public void Change_is_explained_by_the_only_deed_that_fits()
    {
        var (change, deed) = (Role("ADA"), Deed(ChangeKind.RoleChanged, "ADA", after: "Admin"));

        Assert.Same(deed, Explain([change], deed)[change.Id]);
    }

    [Fact]
    public void Change_that_two_deeds_fit_is_explained_by_none()
    {
        var (change, first, last) = (Role("ADA"), Deed(ChangeKind.RoleChanged, "ADA"), Deed(ChangeKind.RoleChanged, "ADA"));

        Assert.Empty(Explain([change], first, last));
        Assert.Single(Explain([change], first, first));
    }

    [Fact]
    public void Deed_that_fits_two_changes_explains_neither()
    {
        var deed = Deed(ChangeKind.Left, "ADA");

        Assert.Empty(Explain([Change(ChangeKind.Left, "ADA"), Change(ChangeKind.Left, "ADA")], deed));
        Assert.Single(Explain([Change(ChangeKind.Left, "ADA"), Change(ChangeKind.Left, "BEN")], deed));
    }

    [Fact]
    public void Deed_of_the_portal_itself_explains_nothing_that_was_done_elsewhere()
    {
        var (ours, elsewhere) = (Change(ChangeKind.Left, "ADA") with { Origin = ChangeOrigin.Ours }, Change(ChangeKind.Left, "ADA"));
        var deed = Deed(ChangeKind.Left, "ADA");

        Assert.Empty(Explain([ours], deed));
        Assert.Empty(Explain([ours, elsewhere], deed));
        Assert.Equal([elsewhere.Id], Explain([elsewhere], deed).Keys);
    }

    [Theory]
    [InlineData("user", "admin", true)]
    [InlineData("User", "ADMIN", true)]
    [InlineData(null, "admin", true)]
    [InlineData(null, null, true)]
    [InlineData("user", "owner", false)]
    [InlineData("owner", "admin", false)]
    public void Deed_that_says_another_value_does_not_fit(string? before, string? after, bool fits) =>
        Assert.Equal(fits, ActivityMatch.Fits(Role("ADA"), Deed(ChangeKind.RoleChanged, "ADA", before, after)));

    [Theory]
    [InlineData(ChangeKind.Joined, ChangeKind.Joined, true)]
    [InlineData(ChangeKind.Joined, ChangeKind.Returned, true)]
    [InlineData(ChangeKind.InvitationRevoked, ChangeKind.InvitationVanished, true)]
    [InlineData(ChangeKind.Left, ChangeKind.Joined, false)]
    [InlineData(ChangeKind.RoleChanged, ChangeKind.Renamed, false)]
    [InlineData(ChangeKind.InvitationAccepted, ChangeKind.InvitationVanished, false)]
    public void Deed_fits_only_its_kind(ChangeKind deed, ChangeKind change, bool fits) =>
        Assert.Equal(fits, ActivityMatch.Fits(Change(change, "ADA"), Deed(deed, "ADA")));

    [Theory]
    [InlineData(-61, false)]
    [InlineData(-60, true)]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public void Deed_fits_only_within_the_time_in_which_it_can_have_happened(int minutes, bool fits) =>
        Assert.Equal(fits, ActivityMatch.Fits(Role("ADA"), Deed(ChangeKind.RoleChanged, "ADA", at: Noon.AddMinutes(minutes))));

    [Fact]
    public void Deed_fits_only_whom_it_is_about()
    {
        var change = Role("ADA");
        Assert.False(ActivityMatch.Fits(change, Deed(ChangeKind.RoleChanged, "BEN")));
        // The address fits, but the reference says somebody else.
        Assert.False(ActivityMatch.Fits(change, Deed(ChangeKind.RoleChanged, "BEN", email: "ada@example.com")));
        Assert.True(ActivityMatch.Fits(change, Deed(ChangeKind.RoleChanged, null, email: "ada@example.com")));
        Assert.False(ActivityMatch.Fits(change, Deed(ChangeKind.RoleChanged, null, email: "ben@example.com")));
        Assert.False(ActivityMatch.Fits(change, Deed(ChangeKind.RoleChanged, null)));
    }

    [Fact]
    public void Two_role_changes_in_one_span_are_told_apart_by_their_values()
    {
        // user → admin → owner within one sync is seen as user → owner: neither entry tells that.
        var seen = Role("ADA") with { After = "owner" };
        Assert.Empty(Explain([seen], Deed(ChangeKind.RoleChanged, "ADA", "user", "admin"), Deed(ChangeKind.RoleChanged, "ADA", "admin", "owner")));

        var (there, back) = (Role("ADA"), Role("ADA") with { Before = "admin", After = "user" });
        var explained = Explain([there, back], Deed(ChangeKind.RoleChanged, "ADA", "user", "admin"), Deed(ChangeKind.RoleChanged, "ADA", "admin", "user"));
        Assert.Equal(("admin", "user"), (explained[there.Id].After, explained[back.Id].After));
    }

    private static IReadOnlyDictionary<Guid, LoggedDeed> Explain(ChangeToExplain[] changes, params LoggedDeed[] deeds) => ActivityMatch.Explain(changes, deeds);

    private static ChangeToExplain Role(string user) => Change(ChangeKind.RoleChanged, user) with { Before = "user", After = "admin" };

    private static ChangeToExplain Change(ChangeKind kind, string user) => new(
        Guid.NewGuid(), kind, ChangeOrigin.OutOfBand, $"https://api.calendly.com/users/{user}", $"https://api.calendly.com/organization_memberships/{user}", null,
        [$"{user.ToLowerInvariant()}@example.com"], null, null, Noon.AddHours(-1), Noon);

    private LoggedDeed Deed(ChangeKind kind, string? user, string? before = null, string? after = null, string? email = null, DateTimeOffset? at = null) => new()
    {
        Uri = $"https://api.calendly.com/activity_log_entries/{++number}",
        OrganizationUri = "ORG",
        OccurredAt = at ?? Noon,
        Name = "User.Something",
        Kind = kind,
        UserUri = user is null ? null : $"https://api.calendly.com/users/{user}",
        Email = email,
        Before = before,
        After = after,
        ActorName = "Sam Okafor",
    };
}
