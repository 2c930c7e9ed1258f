using AdminPortal.Web.Features.Directory;

namespace AdminPortal.Web.Tests.Features.Directory;

public sealed class ChangeWordsTests
{
    private static readonly DateTimeOffset At = new(2026, 11, 23, 14, 5, 0, TimeSpan.Zero);
    private static readonly Guid Request = Guid.NewGuid();

    [Fact]
    public void Change_made_elsewhere_names_who_made_it_only_if_that_is_known()
    {
        Assert.Equal("Role changed from Admin to User outside this portal, by Astrid Solheim in Calendly", Text(ChangeKind.RoleChanged, actor: "Astrid Solheim", before: "admin", after: "user"));
        Assert.Equal("Role changed from Admin to superuser outside this portal", Text(ChangeKind.RoleChanged, before: "admin", after: "superuser"));
        Assert.Equal("Left outside this portal", Text(ChangeKind.Left));
        Assert.Equal("Left outside this portal, by themselves in Calendly", Text(ChangeKind.Left, actor: "Kim Berg", bySubject: true));
        Assert.Equal("Joined outside this portal, by Calendly System in Calendly", Text(ChangeKind.Joined, actor: "Calendly System"));
        Assert.Equal("Joined again outside this portal", Text(ChangeKind.Returned));
        Assert.Equal("Name changed from A to B outside this portal", Text(ChangeKind.Renamed, before: "A", after: "B"));
        Assert.Equal("Email changed from a@b.c to d@e.f outside this portal", Text(ChangeKind.EmailChanged, before: "a@b.c", after: "d@e.f"));
        Assert.Equal("Invited outside this portal, by Astrid Solheim in Calendly", Text(ChangeKind.Invited, actor: "Astrid Solheim"));
        Assert.Equal("Invitation revoked outside this portal", Text(ChangeKind.InvitationRevoked));
    }

    [Fact]
    public void Change_made_here_names_the_person_or_the_request()
    {
        Assert.Equal("Left. Removed here: R-2291", Text(ChangeKind.Left, ChangeOrigin.Ours, request: Request, removal: 2291));
        Assert.Contains(new Phrase("R-2291", Href: $"/removals/{Request:D}"), ChangeWords.Of(Line(ChangeKind.Left, ChangeOrigin.Ours, request: Request, removal: 2291)));
        Assert.Equal("Invited by Olivia Ortiz", Text(ChangeKind.Invited, ChangeOrigin.Ours, person: "Olivia Ortiz"));
        Assert.Equal("Invitation revoked by Olivia Ortiz", Text(ChangeKind.InvitationRevoked, ChangeOrigin.Ours, person: "Olivia Ortiz"));
        Assert.Equal("Joined, invited by Olivia Ortiz", Text(ChangeKind.Joined, ChangeOrigin.Ours, person: "Olivia Ortiz"));
        Assert.Equal("Joined, invited here", Text(ChangeKind.Joined, ChangeOrigin.Ours));
    }

    [Fact]
    public void Invitation_that_is_gone_from_the_list_was_revoked_only_if_the_log_says_so()
    {
        Assert.Equal("Invitation no longer listed in Calendly, which does not say why", Text(ChangeKind.InvitationVanished));
        Assert.Equal("Invitation revoked outside this portal, by Astrid Solheim in Calendly", Text(ChangeKind.InvitationVanished, actor: "Astrid Solheim"));
    }

    [Theory]
    [InlineData(29, "Accepted the invitation after 1.2 days")]
    [InlineData(24, "Accepted the invitation after 1 day")]
    [InlineData(3, "Accepted the invitation after 3 h")]
    [InlineData(-1, "Accepted the invitation")]
    public void Acceptance_says_how_long_it_took_and_no_actor(int hours, string words) =>
        Assert.Equal(words, Text(ChangeKind.InvitationAccepted, actor: "Kim Berg", invitedAt: At.AddHours(-hours)));

    private static string Text(
        ChangeKind kind, ChangeOrigin origin = ChangeOrigin.OutOfBand, string? actor = null, string? before = null, string? after = null, bool bySubject = false,
        Guid? request = null, int? removal = null, string? person = null, DateTimeOffset? invitedAt = null) =>
        ChangeWords.Text(Line(kind, origin, actor, before, after, bySubject, request, removal, person, invitedAt));

    private static ChangeLine Line(
        ChangeKind kind, ChangeOrigin origin, string? actor = null, string? before = null, string? after = null, bool bySubject = false,
        Guid? request = null, int? removal = null, string? person = null, DateTimeOffset? invitedAt = null) => new(new()
        {
            OrganizationUri = "ORG",
            Kind = kind,
            Subject = "Kim Berg",
            Before = before,
            After = after,
            SeenAt = At,
            HappenedAt = At,
            Origin = origin,
            RemovalRequestId = request,
            ActorName = actor,
        }, removal, person, bySubject, invitedAt);
}
