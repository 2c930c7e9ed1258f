using System.Text.Json;
using AdminPortal.Calendly;
using AdminPortal.Web.Features.Directory;

namespace AdminPortal.Web.Tests.Features.Directory;

/// <summary>Calendly publishes no catalogue: what the log may say, and what of it is understood.</summary>
public sealed class ActivityDeedsTests
{
    private const string Ada = "https://api.calendly.com/users/ADA", Ben = "https://api.calendly.com/users/BEN", Actor = "https://api.calendly.com/users/SAM";
    private const string Membership = "https://api.calendly.com/organization_memberships/ADA";

    [Theory]
    [InlineData("User", "Add", ChangeKind.Joined)]
    [InlineData("User", "Remove", ChangeKind.Left)]
    [InlineData("User_Management", "User_Removed", ChangeKind.Left)]
    [InlineData("Organization", "MemberDeleted", ChangeKind.Left)]
    [InlineData("User", "Removed_From_Organization", ChangeKind.Left)]
    [InlineData("User", "Role_Changed", ChangeKind.RoleChanged)]
    [InlineData("Roles", "UserRoleUpdated", ChangeKind.RoleChanged)]
    [InlineData("User", "Name_Changed", ChangeKind.Renamed)]
    [InlineData("User", "Email_Changed", ChangeKind.EmailChanged)]
    [InlineData("User_Profile", "Update_Email", ChangeKind.EmailChanged)]
    // What is done to something of a user is not done to the user.
    [InlineData("User", "Added_To_Group", null)]
    [InlineData("Groups", "User_Add", null)]
    [InlineData("Teams", "Member_Removed", null)]
    [InlineData("API", "Token_Created", null)]
    [InlineData("User", "Login", null)]
    [InlineData("User", "Deactivated", null)]
    [InlineData("Event_Type", "Add", null)]
    [InlineData("User", "Update", null)]
    [InlineData("", "", null)]
    [InlineData("💩", "_-.", null)]
    public void Name_is_read_word_by_word(string category, string action, ChangeKind? kind) => Assert.Equal(kind, Read(category, action, new { uri = Ada })?.Kind);

    [Theory]
    [InlineData("User_Management", "Invite_Sent", ChangeKind.Invited)]
    [InlineData("User", "Invited", ChangeKind.Invited)]
    [InlineData("Invitation", "Created", ChangeKind.Invited)]
    [InlineData("User_Management", "Invite_Accepted", ChangeKind.InvitationAccepted)]
    [InlineData("User_Management", "Invite_Declined", ChangeKind.InvitationDeclined)]
    [InlineData("User_Management", "Invite_Revoked", ChangeKind.InvitationRevoked)]
    [InlineData("User_Management", "Invitation_Deleted", ChangeKind.InvitationRevoked)]
    [InlineData("User_Management", "Invite_Resent", null)]
    public void Name_of_an_invitation_is_read_word_by_word(string category, string action, ChangeKind? kind) =>
        Assert.Equal(kind, Read(category, action, new { email = "Ada@example.com" })?.Kind);

    [Fact]
    public void Update_says_in_its_details_what_was_updated()
    {
        var deed = Read("User", "Update", new { user = Ada, role = new { from = "user", to = "admin" } })!;
        Assert.Equal((ChangeKind.RoleChanged, "user", "admin"), (deed.Kind, deed.Before, deed.After));

        Assert.Null(Read("User", "Update", new { user = Ada, previous_role = "user", role = "admin", previous_name = "A", name = "B" }));
    }

    [Fact]
    public void Details_say_from_what_to_what()
    {
        var deed = Read("User", "Role_Changed", new { uri = Ada, name = "Ada", email = "ada@example.com", role = "admin", previous_role = "user", source = "Calendly" })!;
        Assert.Equal((Ada, null, null, "user", "admin"), (deed.UserUri, deed.MembershipUri, deed.Email, deed.Before, deed.After));

        // Two values for one side: neither is it.
        Assert.Null(Read("User", "Role_Changed", new { uri = Ada, role = new[] { "user", "admin" } })!.After);
    }

    [Fact]
    public void Subject_is_the_one_person_that_the_entry_names_beside_the_actor()
    {
        Assert.Equal(Ada, Read("User", "Remove", new { uri = Ada, removed_by = Actor })!.UserUri);
        Assert.Equal(Actor, Read("User", "Remove", new { uri = Actor })!.UserUri);
        Assert.Equal((Ada, Membership), Read("User", "Remove", new { user = Ada, membership = Membership }) is { } both ? (both.UserUri, both.MembershipUri) : default);
        Assert.Equal("ada@example.com", Read("User", "Remove", new { email = "Ada@example.com", by = "sam@example.com" })!.Email);
        Assert.Equal("kim@example.com", Read("User_Management", "Invite_Sent", new { email = "kim@example.com", by = Actor })!.Email);

        Assert.Null(Read("User", "Remove", new { users = new[] { Ada, Ben } }));
        Assert.Null(Read("User", "Remove", new { emails = new[] { "ada@example.com", "ben@example.com" } }));
        Assert.Null(Read("User", "Remove", new { removed_by = Actor, email = "ada@example.com" }));
        Assert.Null(Read("User", "Remove", new { uri = "https://evil.example/users/ADA" }));
        Assert.Null(Read("User", "Remove", null));
        Assert.Null(Read("User_Management", "Invite_Sent", new { emails = new[] { "ada@example.com", "ben@example.com" } }));
    }

    [Fact]
    public void Details_of_any_shape_are_read_without_an_exception()
    {
        foreach (var json in new[] { "[]", "1", "null", "\"x\"", "{\"a\":[[[[[[[[[[\"" + Ada + "\"]]]]]]]]]]}", "{\"\":{\"\":null}}", "{\"uri\":\"\\u0000\"}" })
        {
            using var details = JsonDocument.Parse(json);
            _ = ActivityDeeds.Of(new("https://api.calendly.com/activity_log_entries/1", DateTimeOffset.UnixEpoch, "User", "Remove", Details: details.RootElement));
        }
        var nested = string.Concat(Enumerable.Repeat("{\"a\":", 60)) + "1" + new string('}', 60);
        using var deep = JsonDocument.Parse(nested);
        Assert.Null(ActivityDeeds.Of(new("u", DateTimeOffset.UnixEpoch, "User", "Remove", Details: deep.RootElement)));
    }

    private static LoggedDeed? Read(string category, string action, object? details) => ActivityDeeds.Of(new(
        "https://api.calendly.com/activity_log_entries/1", DateTimeOffset.UnixEpoch, category, action,
        Actor: new("User", Actor, "Sam Okafor", "sam@example.com"), Details: details is null ? null : JsonSerializer.SerializeToElement(details)));
}
