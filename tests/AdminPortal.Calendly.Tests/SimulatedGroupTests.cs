using AdminPortal.Simulator;

namespace AdminPortal.Calendly.Tests;

/// <summary>Groups over real HTTP: who is where, and who may not know.</summary>
public sealed class SimulatedGroupTests : IAsyncLifetime
{
    private static readonly object Settings = new { members = 250, invitations = 30 };

    private SimulatedCalendly calendly = null!;
    private CalendlyClient olivia = null!;
    private string organization = "";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        calendly = await SimulatedCalendly.StartAsync(Settings, Token);
        olivia = await calendly.AsAsync(SimulatorDefaults.Olivia, Token);
        organization = (await olivia.Users.MeAsync(Token)).CurrentOrganization;
    }

    public ValueTask DisposeAsync() => calendly.DisposeAsync();

    [Fact]
    public async Task Groups_hold_most_members_once_and_some_lead_more_than_one()
    {
        var groups = (await olivia.Groups.ListAsync(new GroupQuery(organization), Token)).Items;
        var all = await AllAsync(olivia, new GroupRelationshipQuery(organization));
        var members = all.Where(one => one is { Role: GroupRole.Member, Owner.Type: "OrganizationMembership" }).ToList();
        var leads = all.Where(one => one.Role == GroupRole.Admin).ToList();

        Assert.InRange(groups.Count, 3, 10);
        Assert.Equal(groups.ToDictionary(group => group.Uri, group => group.MemberCount ?? -1), members.CountBy(one => one.Group).ToDictionary());
        Assert.InRange(members.Count, 150, 249);
        Assert.Equal(members.Count, members.DistinctBy(one => one.Owner.Uri).Count());
        Assert.Equal(all.Count, all.DistinctBy(one => one.Uri).Count());
        Assert.All(leads, one => Assert.Contains(one.Owner.Uri, members.Select(member => member.Owner.Uri)));
        Assert.Contains(leads.CountBy(one => one.Owner.Uri), person => person.Value > 1);
        Assert.All(all, one => Assert.Contains(one.Group, groups.Select(group => group.Uri)));
    }

    [Fact]
    public async Task Groups_of_the_same_seed_are_the_same()
    {
        await using var again = await SimulatedCalendly.StartAsync(new { members = 250, invitations = 30, plan = "enterprise" }, Token);
        var other = await again.AsAsync(SimulatorDefaults.Olivia, Token);
        static IEnumerable<(string, string, string, string)> Key(IEnumerable<GroupRelationship> all) => all.Select(one => (one.Uri, one.Role, one.Group, one.Owner.Uri));
        Assert.Equal(Key(await AllAsync(olivia, new GroupRelationshipQuery())), Key(await AllAsync(other, new GroupRelationshipQuery())));
    }

    [Fact]
    public async Task Relationships_are_filtered_by_owner_and_by_group()
    {
        var all = await AllAsync(olivia, new GroupRelationshipQuery(organization));
        var lead = all.First(one => one.Role == GroupRole.Admin);
        var invited = all.First(one => one.Owner.Type == "OrganizationInvitation");

        Assert.Equal(all.Where(one => one.Owner.Uri == lead.Owner.Uri), (await olivia.Groups.ListRelationshipsAsync(new GroupRelationshipQuery(Owner: lead.Owner.Uri), Token)).Items);
        Assert.Equal([invited], (await olivia.Groups.ListRelationshipsAsync(new GroupRelationshipQuery(organization, invited.Owner.Uri), Token)).Items);
        Assert.Equal(all.Where(one => one.Group == lead.Group), await AllAsync(olivia, new GroupRelationshipQuery(Group: lead.Group)));
        Assert.Equal((await olivia.Memberships.GetAsync(lead.Owner.Uri, Token)).User, lead.Owner.User);
        Assert.Equal((await olivia.Invitations.GetAsync(invited.Owner.Uri, Token)).Email, invited.Owner.Email);
        Assert.Equal(lead.Group, (await olivia.Groups.GetAsync(lead.Group, Token)).Uri);
    }

    [Fact]
    public async Task Relationships_end_with_the_membership_and_with_the_invitation()
    {
        var all = await AllAsync(olivia, new GroupRelationshipQuery(organization));
        var (member, invited) = (all.First(one => one.Owner.User is { Email: var email } && !email.EndsWith("@example.com", StringComparison.Ordinal)), all.First(one => one.Owner.User is null));
        await olivia.Memberships.RemoveAsync(member.Owner.Uri, Token);
        await calendly.ControlAsync($"invitations/{invited.Owner.Uri.Split('/')[^1]}/decline", new { }, Token);
        foreach (var gone in new[] { member, invited })
            Assert.Empty((await olivia.Groups.ListRelationshipsAsync(new GroupRelationshipQuery(Owner: gone.Owner.Uri), Token)).Items);
    }

    [Fact]
    public async Task Relationship_is_read_by_its_id_and_what_is_unknown_is_not_found()
    {
        var token = await calendly.TokenAsync(SimulatorDefaults.Olivia, Token);
        var one = (await olivia.Groups.ListRelationshipsAsync(new GroupRelationshipQuery(organization), Token)).Items[0];
        var (status, body) = await calendly.GetAsync(new Uri(one.Uri).AbsolutePath, token, Token);
        Assert.Equal((200, one.Group), (status, body.GetProperty("resource").GetProperty("group").GetString()));
        foreach (var path in new[] { "group_relationships/8d5f0c8f-0ff4-4d2b-9a51-6a1f2a7d9c01", "groups/8d5f0c8f-0ff4-4d2b-9a51-6a1f2a7d9c01" })
            Assert.Equal(404, (await calendly.GetAsync(path, token, Token)).Status);
    }

    [Fact]
    public async Task Parameter_that_is_wrong_is_named()
    {
        (string Path, string Parameter)[] cases =
        [
            ("groups", "organization"),
            ("groups?organization=BBBBBBBBBBBBBBBB", "organization"),
            ($"groups?organization={organization}&count=101", "count"),
            ($"groups?organization={organization}&page_token=none", "page_token"),
            ("groups/no-id", "uuid"),
            ("group_relationships?owner=BBBBBBBBBBBBBBBB", "owner"),
            ($"group_relationships?owner={organization}", "owner"),
            ("group_relationships?group=BBBBBBBBBBBBBBBB", "group"),
            ("group_relationships?count=0", "count"),
            ("group_relationships/no-id", "uuid"),
        ];
        var token = await calendly.TokenAsync(SimulatorDefaults.Olivia, Token);
        var refused = new List<(string, string?)>();
        foreach (var (path, _) in cases)
        {
            var (status, body) = await calendly.GetAsync(path, token, Token);
            Assert.Equal((400, "Invalid Argument"), (status, body.GetProperty("title").GetString()));
            refused.Add((path, body.GetProperty("details")[0].GetProperty("parameter").GetString()));
        }
        Assert.Equal(cases, refused!);
    }

    [Fact]
    public async Task Groups_are_refused_without_scope_without_role_for_others_and_without_a_plan_that_has_them()
    {
        Assert.NotEmpty((await (await calendly.AsAsync(SimulatorDefaults.Priya, Token, "users:read groups:read")).Groups.ListAsync(new GroupQuery(organization), Token)).Items);
        var unscoped = await calendly.AsAsync(SimulatorDefaults.Priya, Token, "users:read organizations:write");
        var refused = await RefusedAsync(CalendlyFailure.InsufficientScope, unscoped, organization);
        Assert.Equal([Scopes.GroupsRead], refused.RequiredScopes);
        await RefusedAsync(CalendlyFailure.PermissionDenied, await calendly.AsAsync(SimulatorDefaults.Vera, Token), organization);
        await RefusedAsync(CalendlyFailure.PermissionDenied, olivia, CalendlyUri.Organization("BBBBBBBBBBBBBBBB"));
        await using var free = await SimulatedCalendly.StartAsync(new { members = 20, plan = "free" }, Token);
        var owner = await free.AsAsync(SimulatorDefaults.Priya, Token);
        await RefusedAsync(CalendlyFailure.PermissionDenied, owner, (await owner.Users.MeAsync(Token)).CurrentOrganization);
    }

    private static async Task<CalendlyException> RefusedAsync(CalendlyFailure failure, CalendlyClient client, string where)
    {
        var listed = await Assert.ThrowsAsync<CalendlyException>(() => client.Groups.ListAsync(new GroupQuery(where), Token));
        var related = await Assert.ThrowsAsync<CalendlyException>(() => client.Groups.ListRelationshipsAsync(new GroupRelationshipQuery(where), Token));
        Assert.Equal((failure, failure), (listed.Failure, related.Failure));
        return listed;
    }

    private static async Task<List<GroupRelationship>> AllAsync(CalendlyClient client, GroupRelationshipQuery query)
    {
        var all = new List<GroupRelationship>();
        do
        {
            var page = await client.Groups.ListRelationshipsAsync(query, Token);
            all.AddRange(page.Items);
            query = query with { PageToken = page.NextPageToken };
        }
        while (query.PageToken is not null);
        return all;
    }
}
