using System.Net;

namespace AdminPortal.Calendly.Tests;

public sealed class GroupTests : IDisposable
{
    private readonly FakeCalendly fake = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => fake.Dispose();

    [Fact]
    public async Task Groups_are_listed_by_page_and_read()
    {
        fake.Answer($"GET groups?organization={Documented.OrgEscaped}&count=100", HttpStatusCode.OK, Documented.List("more", Documented.Group));
        fake.Answer($"GET groups?organization={Documented.OrgEscaped}&count=2&page_token=more", HttpStatusCode.OK, Documented.List(null));
        fake.Answer("GET groups/GGGGGGGGGGGGGGGG", HttpStatusCode.OK, Documented.Resource(Documented.Group));
        var groups = fake.Client().Groups;

        var page = await groups.ListAsync(new GroupQuery(Documented.Org), Ct);

        var group = Assert.Single(page.Items);
        Assert.Equal((Documented.Engineers, "Engineering", Documented.Org, 12), (group.Uri, group.Name, group.Organization, group.MemberCount));
        Assert.Equal(group, await groups.GetAsync(Documented.Engineers, Ct));
        Assert.Empty((await groups.ListAsync(new GroupQuery(Documented.Org, 2, page.NextPageToken), Ct)).Items);
    }

    [Fact]
    public async Task Relationships_of_a_membership_tell_who_and_as_what()
    {
        var owner = Documented.Owner("OrganizationMembership", Documented.MembershipOf("admin"));
        fake.Answer(
            $"GET group_relationships?organization={Documented.OrgEscaped}&owner={Documented.MembershipEscaped}&group={Documented.EngineersEscaped}&count=100",
            HttpStatusCode.OK,
            Documented.List(null, Documented.Relationship(1, "member", owner), Documented.Relationship(2, "archduke", owner)));

        var page = await fake.Client().Groups.ListRelationshipsAsync(new GroupRelationshipQuery(Documented.Org, Documented.Membership, Documented.Engineers), Ct);

        // The role of the relationship is not the role of the membership.
        Assert.Equal([GroupRole.Member, "archduke"], page.Items.Select(one => one.Role));
        Assert.All(page.Items, one => Assert.Equal((Documented.Engineers, "OrganizationMembership", Documented.Membership, Documented.Ada), (one.Group, one.Owner.Type, one.Owner.Uri, one.Owner.User?.Uri)));
    }

    [Fact]
    public async Task Relationships_of_an_invitation_tell_the_address()
    {
        fake.Answer(
            $"GET group_relationships?owner={Documented.InvitationEscaped}&count=100",
            HttpStatusCode.OK,
            Documented.List(null, Documented.Relationship(1, "member", Documented.Owner("OrganizationInvitation", Documented.Pending))));

        var one = Assert.Single((await fake.Client().Groups.ListRelationshipsAsync(new GroupRelationshipQuery(Owner: Documented.Invitation), Ct)).Items);

        Assert.Equal(new GroupOwner("OrganizationInvitation", Documented.Invitation, null, "grace@example.com"), one.Owner);
    }
}
