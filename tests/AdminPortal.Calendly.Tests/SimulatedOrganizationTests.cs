using AdminPortal.Simulator;

namespace AdminPortal.Calendly.Tests;

/// <summary>Reading and changing the organization over real HTTP.</summary>
public sealed class SimulatedOrganizationTests : IAsyncLifetime
{
    private SimulatedCalendly calendly = null!;
    private CalendlyClient olivia = null!;
    private string organization = "";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        calendly = await SimulatedCalendly.StartAsync(new { members = 250, invitations = 30 }, Token);
        olivia = await calendly.AsAsync(SimulatorDefaults.Olivia, Token);
        organization = (await olivia.Users.MeAsync(Token)).CurrentOrganization;
    }

    public ValueTask DisposeAsync() => calendly.DisposeAsync();

    [Fact]
    public async Task Me_is_the_person_behind_the_token()
    {
        var me = await olivia.Users.MeAsync(Token);
        Assert.Equal((SimulatorDefaults.Olivia.Name, SimulatorDefaults.Olivia.Email), (me.Name, me.Email));
        Assert.Equal(me, await olivia.Users.GetAsync(me.Uri, Token));
    }

    [Fact]
    public async Task Organization_has_its_name_and_plan()
    {
        var found = await olivia.Organizations.GetAsync(organization, Token);
        Assert.Equal((organization, SimulatorDefaults.OrganizationName, "teams"), (found.Uri, found.Name, found.Plan));
    }

    [Fact]
    public async Task Memberships_paged_by_token_hold_everybody_once()
    {
        var (pages, all) = (0, new List<OrganizationMembership>());
        for (string? token = null; pages == 0 || token is not null; pages++)
        {
            var page = await olivia.Memberships.ListAsync(new MembershipQuery(organization, PageToken: token), Token);
            all.AddRange(page.Items);
            token = page.NextPageToken;
        }
        Assert.Equal((3, 250, 250), (pages, all.Count, all.Select(m => m.Uri).Distinct().Count()));
        Assert.Single(all, m => m.Role == MembershipRole.Owner);
        Assert.All(all, m => Assert.Equal(organization, m.Organization));
        Assert.All(all, m => Assert.True(m.User is { Email.Length: > 0, Name.Length: > 0, Uri.Length: > 0 } && m.CreatedAt < m.UpdatedAt.AddTicks(1)));
    }

    [Theory]
    [InlineData("owner", 1)]
    [InlineData("user", 20)]
    public async Task Memberships_of_a_role_are_only_those(string role, int atLeast)
    {
        var page = await olivia.Memberships.ListAsync(new MembershipQuery(organization, Role: role), Token);
        Assert.InRange(page.Items.Count, atLeast, 100);
        Assert.All(page.Items, m => Assert.Equal(role, m.Role));
    }

    [Fact]
    public async Task Membership_is_found_by_address_and_by_user()
    {
        var byAddress = Assert.Single((await olivia.Memberships.ListAsync(new MembershipQuery(organization, Email: SimulatorDefaults.Vera.Email), Token)).Items);
        Assert.Equal(byAddress, Assert.Single((await olivia.Memberships.ListAsync(new MembershipQuery(organization, User: byAddress.User.Uri), Token)).Items));
        Assert.Equal(byAddress, await olivia.Memberships.GetAsync(byAddress.Uri, Token));
        Assert.Equal(SimulatorDefaults.Vera.Name, byAddress.User.Name);
    }

    [Fact]
    public async Task Membership_removed_reads_as_not_found_and_was_removed_once()
    {
        var vera = await MembershipAsync(SimulatorDefaults.Vera);
        await olivia.Memberships.RemoveAsync(vera, Token);
        Assert.Equal(CalendlyFailure.NotFound, (await FailsAsync(() => olivia.Memberships.GetAsync(vera, Token))).Failure);
        Assert.Equal(CalendlyFailure.NotFound, (await FailsAsync(() => olivia.Memberships.RemoveAsync(vera, Token))).Failure);
        Assert.Equal(1, await calendly.AppliedAsync("DELETE", "/organization_memberships/", Token));
    }

    [Fact]
    public async Task Removal_of_the_owner_of_yourself_or_by_a_plain_user_is_refused_in_Calendlys_words()
    {
        var owner = await MembershipAsync(SimulatorDefaults.Priya);
        var self = await MembershipAsync(SimulatorDefaults.Olivia);
        var vera = await MembershipAsync(SimulatorDefaults.Vera);
        var arjun = await calendly.AsAsync(SimulatorDefaults.Arjun, Token);

        await RefusedAsync("You can not change owner role", () => olivia.Memberships.RemoveAsync(owner, Token));
        await RefusedAsync("You can not remove yourself from organization", () => olivia.Memberships.RemoveAsync(self, Token));
        await RefusedAsync("You do not have permission to perform this action", () => arjun.Memberships.RemoveAsync(vera, Token));
        Assert.Equal(0, await calendly.AppliedAsync("DELETE", "/organization_memberships/", Token));
    }

    [Fact]
    public async Task Call_without_its_scope_names_the_scope_that_is_missing()
    {
        var vera = await MembershipAsync(SimulatorDefaults.Vera);
        var reader = await calendly.AsAsync(SimulatorDefaults.Sam, Token, "users:read organizations:read");
        Assert.Equal(vera, (await reader.Memberships.GetAsync(vera, Token)).Uri);
        var refused = await FailsAsync(() => reader.Memberships.RemoveAsync(vera, Token));
        Assert.Equal(CalendlyFailure.InsufficientScope, refused.Failure);
        Assert.Equal([Scopes.OrganizationsWrite], refused.RequiredScopes);
    }

    [Fact]
    public async Task Page_token_that_is_none_is_an_invalid_argument()
    {
        var refused = await FailsAsync(() => olivia.Memberships.ListAsync(new MembershipQuery(organization, PageToken: "no-such-page"), Token));
        Assert.Equal(CalendlyFailure.InvalidArgument, refused.Failure);
        Assert.Equal("page_token", Assert.Single(refused.Details).Parameter);
    }

    [Fact]
    public async Task Invitation_is_created_listed_read_and_revoked()
    {
        var created = await olivia.Invitations.CreateAsync(organization, "new.person@harbourlight.example", Token);
        Assert.Equal((InvitationStatus.Pending, null), (created.Status, created.User));
        Assert.Equal(created, await olivia.Invitations.GetAsync(created.Uri, Token));
        Assert.Contains(created.Uri, (await olivia.Invitations.ListAsync(new InvitationQuery(organization, Status: InvitationStatus.Pending), Token)).Items.Select(i => i.Uri));
        await olivia.Invitations.RevokeAsync(created.Uri, Token);
        Assert.Equal(CalendlyFailure.NotFound, (await FailsAsync(() => olivia.Invitations.GetAsync(created.Uri, Token))).Failure);
    }

    [Fact]
    public async Task Invitation_accepted_carries_its_user_and_cannot_be_revoked()
    {
        var created = await olivia.Invitations.CreateAsync(organization, "new.person@harbourlight.example", Token);
        await calendly.ControlAsync($"invitations/{created.Uri.Split('/')[^1]}/accept", new { }, Token);
        var accepted = await olivia.Invitations.GetAsync(created.Uri, Token);
        Assert.Equal(InvitationStatus.Accepted, accepted.Status);
        var member = Assert.Single((await olivia.Memberships.ListAsync(new MembershipQuery(organization, Email: created.Email), Token)).Items);
        Assert.Equal(member.User.Uri, accepted.User);
        Assert.Equal(CalendlyFailure.InvitationAlreadyAccepted, (await FailsAsync(() => olivia.Invitations.RevokeAsync(created.Uri, Token))).Failure);
    }

    [Fact]
    public async Task Invitation_that_Calendly_refuses_says_which_refusal_it_is()
    {
        await olivia.Invitations.CreateAsync(organization, "twice@harbourlight.example", Token);
        async Task<CalendlyFailure> InviteAsync(string email) => (await FailsAsync(() => olivia.Invitations.CreateAsync(organization, email, Token))).Failure;
        Assert.Equal(CalendlyFailure.AlreadyInvited, await InviteAsync("twice@harbourlight.example"));
        Assert.Equal(CalendlyFailure.AlreadyMember, await InviteAsync(SimulatorDefaults.Vera.Email));
        Assert.Equal(CalendlyFailure.InvalidEmail, await InviteAsync("no-address"));
    }

    [Fact]
    public async Task Invitation_without_seats_or_under_enforced_SCIM_is_refused_as_such()
    {
        foreach (var (settings, failure) in new (object, CalendlyFailure)[] { (new { members = 20, invitations = 0, seatLimit = 20 }, CalendlyFailure.NoSeats), (new { members = 20, scimEnforced = true }, CalendlyFailure.ScimEnforced) })
        {
            await using var other = await SimulatedCalendly.StartAsync(settings, Token);
            var admin = await other.AsAsync(SimulatorDefaults.Olivia, Token);
            var where = (await admin.Users.MeAsync(Token)).CurrentOrganization;
            Assert.Equal(failure, (await FailsAsync(() => admin.Invitations.CreateAsync(where, "new.person@harbourlight.example", Token))).Failure);
        }
    }

    [Fact]
    public async Task Impact_of_a_member_is_read_with_the_admins_token()
    {
        var (meetings, types) = (0, 0);
        foreach (var member in (await olivia.Memberships.ListAsync(new MembershipQuery(organization, Count: 20), Token)).Items)
        {
            var upcoming = await olivia.ScheduledEvents.SummarizeUpcomingAsync(organization, member.User.Uri, DateTimeOffset.UtcNow, Token);
            Assert.Equal(upcoming.Count > 0, upcoming.Next is not null);
            Assert.InRange(upcoming.HostedAlone, 0, upcoming.Count);
            meetings += upcoming.Count;
            types += (await olivia.EventTypes.CountOwnedAsync(member.User.Uri, Token)).Count;
            Assert.False((await olivia.Webhooks.CountCreatedByAsync(organization, member.User.Uri, Token)).Capped);
        }
        Assert.True(meetings > 0 && types > 0);
    }

    [Fact]
    public async Task Personal_access_token_works_like_a_grant()
    {
        var personal = await calendly.AsAsync(SimulatorDefaults.Sam, Token, kind: "pat");
        Assert.Equal(SimulatorDefaults.Sam.Email, (await personal.Users.MeAsync(Token)).Email);
    }

    private async Task<string> MembershipAsync(DemoPerson person) =>
        Assert.Single((await olivia.Memberships.ListAsync(new MembershipQuery(organization, Email: person.Email), Token)).Items).Uri;

    private static async Task RefusedAsync(string words, Func<Task> call)
    {
        var refused = await FailsAsync(call);
        Assert.Equal((CalendlyFailure.PermissionDenied, words), (refused.Failure, refused.CalendlyMessage));
        Assert.NotNull(refused.RequestId);
    }

    private static Task<CalendlyException> FailsAsync(Func<Task> call) => Assert.ThrowsAsync<CalendlyException>(call);
}
