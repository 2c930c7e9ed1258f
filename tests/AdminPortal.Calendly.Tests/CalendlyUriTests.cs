using CsCheck;

namespace AdminPortal.Calendly.Tests;

public sealed class CalendlyUriTests
{
    private const string Safe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";

    private static readonly Gen<string> Ids = Gen.String[Gen.Char[Safe], 1, 128];
    private static readonly Gen<CalendlyKind> Kinds = Gen.Int[0, Enum.GetValues<CalendlyKind>().Length - 1].Select(index => (CalendlyKind)index);

    public static TheoryData<string?> NotMemberships =>
    [
        (string?)null,
        "",
        "8d5f0c8f-0ff4-4d2b-9a51-6a1f2a7d9c01",
        Documented.Ada,
        Documented.Invitation,
        "http://api.calendly.com/organization_memberships/A",
        "https://api.calendly.com.evil.example/organization_memberships/A",
        "https://api.calendly.com@evil.example/organization_memberships/A",
        "https://evil.example/organization_memberships/A",
        "https://API.calendly.com/organization_memberships/A",
        "https://api.calendly.com/organization_memberships/",
        "https://api.calendly.com/organization_memberships/A/",
        "https://api.calendly.com/organization_memberships/A?x=1",
        "https://api.calendly.com/organization_memberships/A#b",
        "https://api.calendly.com/organization_memberships/..",
        "https://api.calendly.com/organization_memberships/%2e%2e",
        "https://api.calendly.com/organization_memberships/A\n",
        "https://api.calendly.com/organization_memberships/Ä",
        "https://api.calendly.com/users/../organization_memberships/A",
    ];

    [Theory]
    [MemberData(nameof(NotMemberships))]
    public async Task Reference_of_another_form_is_refused_before_anything_is_sent(string? reference)
    {
        var ct = TestContext.Current.CancellationToken;
        var fake = new FakeCalendly();
        var memberships = fake.Client().Memberships;

        await Assert.ThrowsAsync<ArgumentException>(() => memberships.GetAsync(reference!, ct));
        var refusal = await Assert.ThrowsAsync<ArgumentException>(() => memberships.RemoveAsync(reference!, ct));

        Assert.Contains("organization_memberships/<id>", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(fake.Received);
    }

    [Fact]
    public async Task Bare_id_in_a_filter_is_refused_before_anything_is_sent()
    {
        var ct = TestContext.Current.CancellationToken;
        var fake = new FakeCalendly();
        var client = fake.Client();

        await Assert.ThrowsAsync<ArgumentException>("organization", () => client.Memberships.ListAsync(new MembershipQuery("BBBBBBBBBBBBBBBB"), ct));
        await Assert.ThrowsAsync<ArgumentException>("user", () => client.Memberships.ListAsync(new MembershipQuery(Documented.Org, Documented.Org), ct));
        await Assert.ThrowsAsync<ArgumentException>(() => client.Invitations.ListAsync(new InvitationQuery("BBBBBBBBBBBBBBBB"), ct));
        await Assert.ThrowsAsync<ArgumentException>(() => client.Invitations.CreateAsync("BBBBBBBBBBBBBBBB", "a@example.com", ct));
        await Assert.ThrowsAsync<ArgumentException>(() => client.Invitations.RevokeAsync("CCCCCCCCCCCCCCCC", ct));
        await Assert.ThrowsAsync<ArgumentException>(() => client.Users.GetAsync("AAAAAAAAAAAAAAAA", ct));
        await Assert.ThrowsAsync<ArgumentException>(() => client.Organizations.GetAsync(Documented.Ada, ct));
        await Assert.ThrowsAsync<ArgumentException>(() => client.ScheduledEvents.SummarizeUpcomingAsync(Documented.Org, "A", FakeCalendly.Now, ct));
        await Assert.ThrowsAsync<ArgumentException>(() => client.EventTypes.CountOwnedAsync("A", ct));
        await Assert.ThrowsAsync<ArgumentException>(() => client.Webhooks.CountCreatedByAsync("B", Documented.Ada, ct));
        await Assert.ThrowsAsync<ArgumentException>("query.Organization", () => client.Groups.ListAsync(new GroupQuery("B"), ct));
        await Assert.ThrowsAsync<ArgumentException>(() => client.Groups.GetAsync("GGGGGGGGGGGGGGGG", ct));
        await Assert.ThrowsAsync<ArgumentException>("owner", () => client.Groups.ListRelationshipsAsync(new GroupRelationshipQuery(Owner: Documented.Ada), ct));
        await Assert.ThrowsAsync<ArgumentException>("group", () => client.Groups.ListRelationshipsAsync(new GroupRelationshipQuery(Group: "G"), ct));
        await Assert.ThrowsAsync<ArgumentException>("query.Organization", () => client.ActivityLog.ListAsync(new ActivityLogQuery("B"), ct));
        await Assert.ThrowsAsync<ArgumentException>("actor", () => client.ActivityLog.ListAsync(new ActivityLogQuery(Documented.Org, Actors: [Documented.Ada, "A"]), ct));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => client.Memberships.ListAsync(new MembershipQuery(Count: 101), ct));
        Assert.Empty(fake.Received);
    }

    [Fact]
    public void Built_reference_gives_its_id_back_and_only_for_its_kind() =>
        Gen.Select(Kinds, Kinds, Ids).Sample((kind, other, id) =>
        {
            var uri = Build(kind, id);
            Assert.Equal(id, CalendlyUri.Id(uri, kind));
            Assert.Equal(kind == other, CalendlyUri.TryId(uri, other, out _));
        });

    [Fact]
    public void Unsafe_id_is_never_built_into_a_reference() =>
        Gen.String.Where(id => id.Length is 0 or > 128 || id.Any(c => !Safe.Contains(c, StringComparison.Ordinal))).Sample(id =>
        {
            Assert.Throws<ArgumentException>(() => CalendlyUri.Membership(id));
            Assert.Throws<ArgumentException>(() => CalendlyUri.Invitation("A", id));
            Assert.False(CalendlyUri.TryId(CalendlyUri.Prefix + "users/" + id, CalendlyKind.User, out _));
        });

    [Fact]
    public void Accepted_text_always_stays_one_path_below_the_root() =>
        Gen.Select(Kinds, Gen.String[Gen.Char[Safe + "/.%?#:@\\ \r\n"], 0, 40]).Sample((kind, tail) =>
        {
            if (!CalendlyUri.TryId(CalendlyUri.Prefix + tail, kind, out var id))
                return;
            var request = new Uri(new Uri("https://calendly.test/api/"), CalendlyUri.Path(CalendlyUri.Prefix + tail, kind));
            Assert.Equal("https://calendly.test/api/" + tail, request.AbsoluteUri);
            Assert.EndsWith("/" + id, request.AbsolutePath, StringComparison.Ordinal);
        });

    [Fact]
    public void Organization_of_an_invitation_is_read_from_its_reference() =>
        Assert.Equal(Documented.Org, CalendlyUri.OrganizationOf(Documented.Invitation));

    [Fact]
    public void Refusal_does_not_show_what_was_passed()
    {
        var passed = "eyJ-a-token-by-mistake";
        var refusal = Assert.Throws<ArgumentException>(nameof(passed), () => CalendlyUri.Id(passed, CalendlyKind.User));
        Assert.DoesNotContain("mistake", refusal.ToString(), StringComparison.Ordinal);
    }

    private static string Build(CalendlyKind kind, string id) => kind switch
    {
        CalendlyKind.User => CalendlyUri.User(id),
        CalendlyKind.Organization => CalendlyUri.Organization(id),
        CalendlyKind.Membership => CalendlyUri.Membership(id),
        CalendlyKind.Invitation => CalendlyUri.Invitation("ORG", id),
        CalendlyKind.ScheduledEvent => CalendlyUri.ScheduledEvent(id),
        CalendlyKind.EventType => CalendlyUri.EventType(id),
        CalendlyKind.Webhook => CalendlyUri.Webhook(id),
        CalendlyKind.Group => CalendlyUri.Group(id),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };
}
