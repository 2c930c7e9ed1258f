using AdminPortal.Web.Features.Members;
using AdminPortal.Web.Features.Removals;
using AdminPortal.Web.Security;
using AdminPortal.Web.Tests.Shell.Kit;
using Bunit;

namespace AdminPortal.Web.Tests.Features.Members;

public sealed class MemberCardsTests : KitTest
{
    private static readonly Impact Known = new(16, new(2026, 11, 24, 9, 0, 0, TimeSpan.Zero), new(2027, 2, 18, 9, 0, 0, TimeSpan.Zero), 11, 5, 0, 2, null, null);

    [Fact]
    public void Membership_never_says_none_for_groups_that_nobody_could_read()
    {
        Assert.Contains("Carrier Desk, EMEA Freight", Card(new(Known, ["Carrier Desk", "EMEA Freight"], Clock.GetUtcNow())), StringComparison.Ordinal);
        Assert.Contains(">None<", Card(new(Known with { Groups = 0 }, [], Clock.GetUtcNow())), StringComparison.Ordinal);
        Assert.Contains("Carrier Desk and 6 more", Card(new(Known with { Groups = 7 }, ["Carrier Desk"], Clock.GetUtcNow())), StringComparison.Ordinal);
        foreach (var (reading, busy, words) in new (ImpactReading?, bool, string)[]
        {
            (new(Known with { Groups = null, GroupsProblem = "the connection lacks groups:read" }, null, Clock.GetUtcNow()), false, "Unknown: the connection lacks groups:read"),
            (new(new(null, null, null, null, null, null, null, null, "Calendly did not answer", true), null, Clock.GetUtcNow()), false, "Unknown: Calendly did not answer"),
            (null, true, "Being read…"),
            (null, false, "Not read yet"),
        })
        {
            var card = Card(reading, busy);
            Assert.Contains(words, card, StringComparison.Ordinal);
            Assert.DoesNotContain(">None<", card, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Membership_says_where_a_role_can_be_changed_while_there_is_one()
    {
        Assert.Contains("https://calendly.com/app/admin/users", Card(null), StringComparison.Ordinal);
        var left = Card(null, leftAt: Clock.GetUtcNow().AddMinutes(-3));
        Assert.DoesNotContain("https://calendly.com/app/admin/users", left, StringComparison.Ordinal);
        Assert.DoesNotContain("Last seen in sync", left, StringComparison.Ordinal);
        Assert.Contains("14:02, 3 min ago", left, StringComparison.Ordinal);
    }

    [Fact]
    public void Impact_says_when_it_was_read_and_can_be_read_again()
    {
        var asked = 0;
        var card = Render<MemberImpactCard>(p => p.Add(c => c.Reading, new(Known, [], Clock.GetUtcNow().AddMinutes(-1))).Add(c => c.Organization, "Harbourlight Group").Add(c => c.OnRead, () => asked++));

        Assert.Contains("14:04, 1 min ago", card.Markup, StringComparison.Ordinal);
        Assert.Equal(["16", "11", "24 Nov", "18 Feb 2027", "5", "0", "2"], card.FindAll(".imp b").Select(b => b.TextContent));
        card.Find("button[aria-label='Read again from Calendly']").Click();
        Assert.Equal(1, asked);
        card.Render(p => p.Add(c => c.Busy, true));
        card.Find("button[aria-label='Read again from Calendly']").Click();
        Assert.Equal(1, asked);
    }

    [Fact]
    public void Impact_that_is_unknown_says_why_and_shows_no_number()
    {
        var unknown = new Impact(null, null, null, null, null, null, null, null, "the connection lacks scheduled_events:read");
        var card = Render<MemberImpactCard>(p => p.Add(c => c.Reading, new(unknown, null, Clock.GetUtcNow())).Add(c => c.Organization, "Harbourlight Group"));
        Assert.Contains("Impact unknown:</b> the connection lacks scheduled_events:read.", card.Markup, StringComparison.Ordinal);
        Assert.Empty(card.FindAll(".imp b"));

        card.Render(p => p.Add(c => c.Reading, new(unknown with { EventTypes = 3, Groups = 0 }, [], Clock.GetUtcNow())));
        Assert.Contains("Part of the impact is unknown:", card.Markup, StringComparison.Ordinal);
        Assert.Equal(["Unknown", "Unknown", "Unknown", "Unknown", "3", "Unknown", "0"], card.FindAll(".imp b").Select(b => b.TextContent));
    }

    [Fact]
    public void Impact_waits_for_a_click_when_few_calls_are_left()
    {
        var asked = 0;
        var card = Render<MemberImpactCard>(p => p.Add(c => c.Reading, (ImpactReading?)null).Add(c => c.Organization, "Harbourlight Group").Add(c => c.OnRead, () => asked++));

        card.Find("button.lnk").Click();

        Assert.Equal(1, asked);
    }

    [Fact]
    public void Who_can_act_names_those_who_were_seen()
    {
        string Words(RemovalDraft draft, params string[] requesters) => Render<WhoCanActCard>(p => p.Add(c => c.Draft, draft).Add(c => c.Requesters, requesters)).Find("p").TextContent.Trim();
        RemovalDraft Draft(int approvals, Refusal? problem, params string[] approvers) => new([], [], problem, "Harbourlight Group", approvals, new(), approvers);

        Assert.Equal("Removal needs you and one other person. 2 people could approve your request now: Arjun Rao, Sam Okafor.", Words(Draft(1, null, "Arjun Rao", "Sam Okafor")));
        Assert.Equal("Removal needs you and two other people. Arjun Rao could approve your request now.", Words(Draft(2, null, "Arjun Rao")));
        Assert.Equal("Removal needs you and one other person. Nobody else with the role Approver has signed in yet.", Words(Draft(1, null)));
        Assert.Equal("A removal is requested by one person and approved by one other person. Olivia Ortiz could request it now.", Words(Draft(1, new("role", "Your role is Viewer."), "Arjun Rao"), "Olivia Ortiz"));
    }

    private string Card(ImpactReading? reading, bool busy = false, DateTimeOffset? leftAt = null) => Render<MembershipCard>(p => p
        .Add(c => c.View, new(new Member
        {
            Uri = "https://api.calendly.com/organization_memberships/M1",
            OrganizationUri = "https://api.calendly.com/organizations/ORG",
            UserUri = "https://api.calendly.com/users/U1",
            Role = "user",
            Name = "Oliver Brandt",
            Email = "oliver.brandt@harbourlight.example",
            JoinedAt = Clock.GetUtcNow(),
            UpdatedAt = Clock.GetUtcNow(),
            LeftAt = leftAt,
        }, null, null, false))
        .Add(c => c.Reading, reading).Add(c => c.Busy, busy).Add(c => c.SeenAt, Clock.GetUtcNow())).Markup;
}
