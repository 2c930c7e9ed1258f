using AdminPortal.Web.Features.Connections;
using AdminPortal.Web.Tests.Shell.Kit;
using Bunit;

namespace AdminPortal.Web.Tests.Features.Connections;

public sealed class ScopeListTests : KitTest
{
    [Fact]
    public void Scopes_have_three_states_in_words_and_say_what_is_missing()
    {
        var list = Render<ScopeList>(p => p.Add(l => l.Granted, ["users:read", "organizations:read", "event_types:read", "webhooks:read"]).Add(l => l.Unknown, ["organizations:write", "groups:read", "activity_log:read"]));

        Assert.Equal("Scopes 4 of 8 granted, 3 not known until used", list.Find("summary").TextContent);
        string Row(string scope) => list.FindAll("li").Single(li => li.QuerySelector(".mono")!.TextContent == scope).TextContent;
        Assert.EndsWith("Names and emails: granted", Row("users:read").Trim(), StringComparison.Ordinal);
        Assert.EndsWith("Invite, revoke, remove: not known until used", Row("organizations:write").Trim(), StringComparison.Ordinal);
        Assert.EndsWith("Meetings that a removal breaks: not granted, impact is unknown while syncing runs on this connection", Row("scheduled_events:read").Trim(), StringComparison.Ordinal);
    }
}
