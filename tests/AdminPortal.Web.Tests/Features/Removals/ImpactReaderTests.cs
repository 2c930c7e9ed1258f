using AdminPortal.Testing;
using AdminPortal.Web.Features.Connections;
using AdminPortal.Web.Features.Members;
using AdminPortal.Web.Features.Removals;
using AdminPortal.Web.Tests.Features.Directory;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace AdminPortal.Web.Tests.Features.Removals;

public sealed class ImpactReaderTests(PostgresFixture postgres)
{
    private const string Everything = "organizations:read scheduled_events:read event_types:read webhooks:read groups:read";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Impact_is_what_Calendly_says_groups_and_their_names_included()
    {
        await using var world = await DirectoryWorld.StartAsync(postgres, 30, 0, "teams", Everything, Ct);
        await world.SweepAsync(Ct);
        var member = await MemberAsync(world);

        var reading = await Reader(world).ReadAsync(member.Uri, member.UserUri, Lane.People, withNames: true, Ct);

        var impact = reading.Impact;
        Assert.Equal((null, null), (impact.Problem, impact.GroupsProblem));
        Assert.All(new[] { impact.UpcomingMeetings, impact.HostedAlone, impact.EventTypes, impact.Webhooks, impact.Groups }, count => Assert.NotNull(count));
        Assert.Equal(impact.Groups, reading.Groups!.Count);
        var groups = await world.CallsAsync("/group_relationships", Ct);
        Assert.Contains(Uri.EscapeDataString(member.Uri), Assert.Single(groups).Query, StringComparison.Ordinal);
        Assert.Equal(impact.Groups, (await world.CallsAsync("/groups/", Ct)).Count);
    }

    [Theory]
    [InlineData("groups:read", "/group_relationships")]
    [InlineData("scheduled_events:read", "/scheduled_events")]
    [InlineData("event_types:read", "/event_types")]
    [InlineData("webhooks:read", "/webhook_subscriptions")]
    public async Task Part_whose_scope_is_missing_is_unknown_says_so_and_is_not_asked_for(string missing, string path)
    {
        await using var world = await DirectoryWorld.StartAsync(postgres, 20, 0, "teams", Everything.Replace(missing, "", StringComparison.Ordinal).Replace("  ", " ", StringComparison.Ordinal).Trim(), Ct);
        await world.SweepAsync(Ct);
        var member = await MemberAsync(world);

        var impact = (await Reader(world).ReadAsync(member.Uri, member.UserUri, Lane.People, withNames: false, Ct)).Impact;

        Assert.Empty(await world.CallsAsync(path, Ct));
        Assert.Equal($"the connection lacks {missing}", missing == "groups:read" ? impact.GroupsProblem : impact.Problem);
        Assert.Equal(missing == "groups:read", impact.Problem is null);
        Assert.Equal(
            (missing == "scheduled_events:read", missing == "event_types:read", missing == "webhooks:read", missing == "groups:read"),
            (impact.UpcomingMeetings is null && impact.HostedAlone is null, impact.EventTypes is null, impact.Webhooks is null, impact.Groups is null));
    }

    [Fact]
    public async Task Plan_without_groups_makes_them_unknown_and_nothing_else()
    {
        await using var world = await DirectoryWorld.StartAsync(postgres, 20, 0, "free", Everything, Ct);
        await world.SweepAsync(Ct);
        var member = await MemberAsync(world);

        var impact = (await Reader(world).ReadAsync(member.Uri, member.UserUri, Lane.People, withNames: true, Ct)).Impact;

        Assert.Equal((null, null), (impact.Groups, impact.Problem));
        Assert.StartsWith("Calendly says:", impact.GroupsProblem, StringComparison.Ordinal);
        Assert.NotNull(impact.UpcomingMeetings);
    }

    [Fact]
    public async Task Reading_is_shown_again_for_a_while_unless_somebody_asks_anew()
    {
        await using var world = await DirectoryWorld.StartAsync(postgres, 20, 0, "teams", Everything, Ct);
        await world.SweepAsync(Ct);
        var member = await MemberAsync(world);
        var readings = world.Services.GetRequiredService<ImpactReadings>();
        var first = await readings.ReadAsync(member, anew: false, Ct);

        Assert.Same(first, await readings.ReadAsync(member, anew: false, Ct));
        Assert.Single(await world.CallsAsync("/scheduled_events", Ct));
        Assert.NotSame(first, await readings.ReadAsync(member, anew: true, Ct));
        Assert.Equal(2, (await world.CallsAsync("/scheduled_events", Ct)).Count);
    }

    [Fact]
    public async Task Selection_is_read_in_its_order_and_what_is_known_costs_nothing()
    {
        await using var world = await DirectoryWorld.StartAsync(postgres, 20, 0, "teams", Everything, Ct);
        await world.SweepAsync(Ct);
        await using var db = world.Db();
        var members = await db.Members.AsNoTracking().OrderBy(m => m.Name).Take(3).ToListAsync(Ct);
        var readings = world.Services.GetRequiredService<ImpactReadings>();
        var known = await readings.ReadAsync(members[1], anew: false, Ct);

        var read = await readings.ReadAsync(members, Ct).ToListAsync(Ct);

        Assert.Equal((3, true), (read.Count, ReferenceEquals(known, read[1])));
        Assert.Equal(3, (await world.CallsAsync("/scheduled_events", Ct)).Count);
    }

    private static ImpactReader Reader(DirectoryWorld world) => world.Services.GetRequiredService<ImpactReader>();

    /// <summary>Somebody who is in a group, if the plan has any.</summary>
    private static async Task<Member> MemberAsync(DirectoryWorld world)
    {
        var (_, uri) = await world.OneMemberAsync(Ct);
        await using var db = world.Db();
        return await db.Members.AsNoTracking().SingleAsync(m => m.Uri == uri, Ct);
    }
}
