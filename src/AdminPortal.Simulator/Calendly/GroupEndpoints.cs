using AdminPortal.Simulator.Calls;
using AdminPortal.Simulator.Model;

namespace AdminPortal.Simulator.Calendly;

/// <summary>Groups are read-only by API; everybody belongs to one at most, and some members lead theirs.</summary>
internal static class GroupEndpoints
{
    private static readonly string[] GroupNames = ["Customer Success", "Engineering", "Finance", "Marketing", "People", "Sales"];

    public static void MapGroups(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/groups", List).Needs("groups:read");
        routes.MapGet("/groups/{uuid}", Get).Needs("groups:read");
        routes.MapGet("/group_relationships", ListRelationships).Needs("groups:read");
    }

    private sealed record Group(int Number, string Id, string Name);

    private sealed record Relationship(long Sequence, string Id, Member Member, Group Group, string Role);

    private static List<Group> Groups(World world) => [.. GroupNames.Select((name, number) =>
    {
        var dice = Dice.For(world.Settings.Seed, number, "group");
        return new Group(number, dice.Uuid(), name);
    })];

    private static IResult List(Call call)
    {
        Guard(call, call.Reference("organization", "organizations") ?? throw ApiError.Invalid("organization", "must be filled"));
        var world = call.World;
        var sizes = Members(world).SelectMany(member => Of(world, member)).Where(one => one.Role == "member").CountBy(one => one.Group.Number).ToDictionary();
        var page = Paging.Read(Groups(world), group => group.Number, _ => true, descending: false, Wire.PageToken(call), Wire.Count(call));
        return Wire.List(call, page, group => Show(world, group, sizes.GetValueOrDefault(group.Number)));
    }

    private static IResult Get(Call call, string uuid)
    {
        Ids.Check(uuid);
        Guard(call, call.World.OrganizationId);
        var world = call.World;
        var group = Groups(world).Find(one => one.Id == uuid) ?? throw ApiError.NotFound();
        return Wire.Resource(Show(world, group, Members(world).Sum(member => Of(world, member).Count(one => one.Group.Id == uuid && one.Role == "member"))));
    }

    private static IResult ListRelationships(Call call)
    {
        var world = call.World;
        Guard(call, call.Reference("organization", "organizations") ?? world.OrganizationId);
        var owner = call.Reference("owner", "organization_memberships");
        var group = call.Reference("group", "groups");
        var rows = Members(world, owner).SelectMany(member => Of(world, member)).Where(one => group is null || one.Group.Id == group).ToList();
        var page = Paging.Read(rows, one => one.Sequence, _ => true, descending: false, Wire.PageToken(call), Wire.Count(call));
        return Wire.List(call, page, one => Show(world, one));
    }

    private static void Guard(Call call, string organization)
    {
        if (organization != call.World.OrganizationId || !call.CallerIsAdmin || call.World.Settings.Plan == "free") throw ApiError.Forbidden();
    }

    private static Member[] Members(World world, string? id = null)
    {
        lock (world.Gate)
        {
            if (id is null) return [.. world.Roster.Members];
            return world.Roster.FindMembership(id) is { } member && world.IsMember(member) ? [member] : [];
        }
    }

    private static IEnumerable<Relationship> Of(World world, Member member)
    {
        var dice = Dice.For(world.Settings.Seed, member.Sequence, "group relationship");
        if (dice.Percent(15)) yield break;
        var group = Groups(world)[dice.Below(GroupNames.Length)];
        yield return new Relationship(member.Sequence * 2, dice.Uuid(), member, group, "member");
        if (dice.Percent(3)) yield return new Relationship(member.Sequence * 2 + 1, dice.Uuid(), member, group, "admin");
    }

    private static object Show(World world, Group group, int members) => new
    {
        Uri = world.Uris.Group(group.Id),
        group.Name,
        Organization = world.Uris.Organization(world.OrganizationId),
        CreatedAt = "2024-05-14T09:00:00.000000Z",
        UpdatedAt = "2024-05-14T09:00:00.000000Z",
        MemberCount = members,
    };

    private static object Show(World world, Relationship one) => new
    {
        Uri = world.Uris.GroupRelationship(one.Id),
        one.Role,
        Owner = Shapes.GroupOwner(world, one.Member),
        Organization = world.Uris.Organization(world.OrganizationId),
        Group = world.Uris.Group(one.Group.Id),
        CreatedAt = Wire.Time(one.Member.CreatedAt),
        UpdatedAt = Wire.Time(one.Member.UpdatedAt),
    };
}
