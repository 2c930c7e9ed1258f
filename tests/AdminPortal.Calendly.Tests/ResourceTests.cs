using System.Net;

namespace AdminPortal.Calendly.Tests;

public sealed class ResourceTests : IDisposable
{
    private readonly FakeCalendly fake = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => fake.Dispose();

    [Fact]
    public async Task Me_documented_body_is_read_and_the_token_is_sent()
    {
        fake.Answer("GET users/me", HttpStatusCode.OK, Documented.User);

        var me = await fake.Client().Users.MeAsync(Ct);

        Assert.Equal((Documented.Ada, "Ada Byron", "ada@example.com", Documented.Org), (me.Uri, me.Name, me.Email, me.CurrentOrganization));
        Assert.Equal(("ada", "Europe/London", "24h", null, "en", "User"), (me.Slug, me.Timezone, me.TimeNotation, me.AvatarUrl, me.Locale, me.ResourceType));
        Assert.Equal(DateTimeOffset.Parse("2019-01-02T03:04:05.678123Z", null), me.CreatedAt);
        Assert.Equal("Bearer " + FakeCalendly.Token, Assert.Single(fake.Received).Authorization);
    }

    [Fact]
    public async Task User_is_read_by_the_id_in_the_reference()
    {
        fake.Answer("GET users/AAAAAAAAAAAAAAAA", HttpStatusCode.OK, Documented.User);
        Assert.Equal("Ada Byron", (await fake.Client().Users.GetAsync(Documented.Ada, Ct)).Name);
    }

    [Fact]
    public async Task Organization_with_an_unknown_plan_and_an_undocumented_id_is_read()
    {
        fake.Answer("GET organizations/BBBBBBBBBBBBBBBB", HttpStatusCode.OK, Documented.Organization);

        var organization = await fake.Client().Organizations.GetAsync(Documented.Org, Ct);

        Assert.Equal((Documented.Org, "Engines Ltd", "galactic", "paid"), (organization.Uri, organization.Name, organization.Plan, organization.Stage));
    }

    [Theory]
    [InlineData(MembershipRole.Owner)]
    [InlineData(MembershipRole.Admin)]
    [InlineData(MembershipRole.User)]
    [InlineData("archduke")]
    public async Task Membership_keeps_its_role_as_it_came(string role)
    {
        fake.Answer($"GET {Documented.MembershipPath}", HttpStatusCode.OK, Documented.Resource(Documented.MembershipOf(role)));

        var membership = await fake.Client().Memberships.GetAsync(Documented.Membership, Ct);

        Assert.Equal((role, Documented.Ada, "ada@example.com", Documented.Org), (membership.Role, membership.User.Uri, membership.User.Email, membership.Organization));
        Assert.Null(membership.User.TimeNotation);
    }

    [Fact]
    public async Task Memberships_page_by_token_and_next_page_is_never_followed()
    {
        fake.Answer($"GET organization_memberships?organization={Documented.OrgEscaped}&count=100", HttpStatusCode.OK, Documented.List("tok+1", Documented.MembershipOf("user")));
        fake.Answer($"GET organization_memberships?organization={Documented.OrgEscaped}&count=100&page_token=tok%2B1", HttpStatusCode.OK, Documented.List(null, Documented.MembershipOf("admin")));
        var query = new MembershipQuery(Documented.Org);

        var first = await fake.Client().Memberships.ListAsync(query, Ct);
        var second = await fake.Client().Memberships.ListAsync(query with { PageToken = first.NextPageToken }, Ct);

        Assert.Equal("tok+1", first.NextPageToken);
        Assert.Null(second.NextPageToken);
        Assert.Equal("admin", Assert.Single(second.Items).Role);
        Assert.Equal(2, fake.Received.Count);
    }

    [Fact]
    public async Task Memberships_every_filter_is_sent_escaped()
    {
        fake.Answer(
            $"GET organization_memberships?organization={Documented.OrgEscaped}&user={Documented.AdaEscaped}&email=a%2Bb%40example.com&role=admin&count=7",
            HttpStatusCode.OK,
            Documented.List(null));

        var page = await fake.Client().Memberships.ListAsync(new MembershipQuery(Documented.Org, Documented.Ada, "a+b@example.com", "admin", 7), Ct);

        Assert.Empty(page.Items);
    }

    [Fact]
    public async Task Membership_removal_is_one_delete_without_a_body()
    {
        fake.Answer($"DELETE {Documented.MembershipPath}", HttpStatusCode.NoContent, null);

        await fake.Client().Memberships.RemoveAsync(Documented.Membership, Ct);

        Assert.Null(Assert.Single(fake.Received).Body);
    }

    [Fact]
    public async Task Invitation_create_sends_the_address_and_nothing_else()
    {
        fake.Answer("POST organizations/BBBBBBBBBBBBBBBB/invitations", HttpStatusCode.Created, Documented.Resource(Documented.Pending));

        var invitation = await fake.Client().Invitations.CreateAsync(Documented.Org, "grace@example.com", Ct);

        Assert.Equal((Documented.Invitation, "pending"), (invitation.Uri, invitation.Status));
        Assert.Null(invitation.User);
        Assert.Null(invitation.LastSentAt);
        Assert.Equal("""{"email":"grace@example.com"}""", Assert.Single(fake.Received).Body);
    }

    [Fact]
    public async Task Invitations_are_listed_read_and_revoked()
    {
        fake.Answer("GET organizations/BBBBBBBBBBBBBBBB/invitations?status=pending&sort=created_at%3Adesc&count=100", HttpStatusCode.OK, Documented.List(null, Documented.Pending));
        fake.Answer($"GET {Documented.InvitationPath}", HttpStatusCode.OK, Documented.Resource(Documented.Pending));
        fake.Answer($"DELETE {Documented.InvitationPath}", HttpStatusCode.NoContent, null);
        var invitations = fake.Client().Invitations;

        var page = await invitations.ListAsync(new InvitationQuery(Documented.Org, Status: InvitationStatus.Pending, Sort: "created_at:desc"), Ct);
        Assert.Equal(page.Items[0], await invitations.GetAsync(page.Items[0].Uri, Ct));
        await invitations.RevokeAsync(page.Items[0].Uri, Ct);

        Assert.Equal(3, fake.Received.Count);
    }

    [Fact]
    public async Task Upcoming_meetings_are_counted_over_pages_each_once()
    {
        var query = $"GET scheduled_events?organization={Documented.OrgEscaped}&user={Documented.AdaEscaped}&status=active&sort=start_time%3Aasc&min_start_time=2026-11-23T12%3A00%3A00.000000Z&count=100";
        fake.Answer(query, HttpStatusCode.OK, Documented.List("t2", Documented.Event(1, 1, "2026-12-01T09:00:00.000000Z"), Documented.Event(2, 2, "2026-12-02T09:00:00.000000Z")));
        fake.Answer(query + "&page_token=t2", HttpStatusCode.OK, Documented.List(null, Documented.Event(2, 2, "2026-12-02T09:00:00.000000Z"), Documented.Event(3, 1, "2027-01-05T09:00:00.000000Z")));

        var upcoming = await fake.Client().ScheduledEvents.SummarizeUpcomingAsync(Documented.Org, Documented.Ada, FakeCalendly.Now.ToOffset(TimeSpan.FromHours(2)), Ct);

        Assert.Equal(
            new UpcomingMeetings(3, DateTimeOffset.Parse("2026-12-01T09:00:00Z", null), DateTimeOffset.Parse("2027-01-05T09:00:00Z", null), 2, false),
            upcoming);
    }

    [Fact]
    public async Task Upcoming_meetings_stop_at_the_bound_and_say_so()
    {
        var query = $"GET scheduled_events?organization={Documented.OrgEscaped}&user={Documented.AdaEscaped}&status=active&sort=start_time%3Aasc&min_start_time=2026-11-23T12%3A00%3A00.000000Z&count=100";
        for (var page = 0; page < ScheduledEvents.MaxPages; page++)
            fake.Answer(page == 0 ? query : $"{query}&page_token=t{page}", HttpStatusCode.OK, Documented.List($"t{page + 1}", Documented.Event(page, 1, "2026-12-01T09:00:00.000000Z")));

        var upcoming = await fake.Client().ScheduledEvents.SummarizeUpcomingAsync(Documented.Org, Documented.Ada, FakeCalendly.Now, Ct);

        Assert.True(upcoming.Capped);
        Assert.Equal(ScheduledEvents.MaxPages, upcoming.Count);
    }

    [Fact]
    public async Task Upcoming_meetings_of_somebody_free_are_none()
    {
        fake.Answer(
            $"GET scheduled_events?organization={Documented.OrgEscaped}&user={Documented.AdaEscaped}&status=active&sort=start_time%3Aasc&min_start_time=2026-11-23T12%3A00%3A00.000000Z&count=100",
            HttpStatusCode.OK,
            Documented.List(null));
        Assert.Equal(
            new UpcomingMeetings(0, null, null, 0, false),
            await fake.Client().ScheduledEvents.SummarizeUpcomingAsync(Documented.Org, Documented.Ada, FakeCalendly.Now, Ct));
    }

    [Fact]
    public async Task Event_types_count_only_what_the_person_owns()
    {
        fake.Answer(
            $"GET event_types?user={Documented.AdaEscaped}&count=100",
            HttpStatusCode.OK,
            Documented.List(null, Documented.Type(1, Documented.Ada), Documented.Type(2, "https://api.calendly.com/teams/T1"), Documented.Type(3, Documented.Ada, "2026-01-02T03:04:05.678123Z")));
        Assert.Equal(new BoundedCount(1, false), await fake.Client().EventTypes.CountOwnedAsync(Documented.Ada, Ct));
    }

    [Fact]
    public async Task Webhooks_count_what_ends_with_the_person()
    {
        fake.Answer(
            $"GET webhook_subscriptions?organization={Documented.OrgEscaped}&scope=organization&count=100",
            HttpStatusCode.OK,
            Documented.List(null, Documented.Hook(1, "organization", Documented.Ada), Documented.Hook(2, "organization", "https://api.calendly.com/users/OTHER"), Documented.Hook(3, "organization", null)));
        fake.Answer(
            $"GET webhook_subscriptions?organization={Documented.OrgEscaped}&scope=user&user={Documented.AdaEscaped}&count=100",
            HttpStatusCode.OK,
            Documented.List(null, Documented.Hook(4, "user", null, Documented.Ada), Documented.Hook(1, "organization", Documented.Ada)));
        Assert.Equal(new BoundedCount(2, false), await fake.Client().Webhooks.CountCreatedByAsync(Documented.Org, Documented.Ada, Ct));
    }
}
