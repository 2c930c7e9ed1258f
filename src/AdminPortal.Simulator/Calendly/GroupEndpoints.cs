using AdminPortal.Simulator.Calls;
using AdminPortal.Simulator.Model;

namespace AdminPortal.Simulator.Calendly;

/// <summary>Groups are read-only by API. https://developer.calendly.com/api-docs/calendly-api/groups/list-groups</summary>
internal static class GroupEndpoints
{
    public static void MapGroups(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/groups", List).Needs("groups:read");
        routes.MapGet("/groups/{uuid}", Get).Needs("groups:read");
        routes.MapGet("/group_relationships", ListRelationships).Needs("groups:read");
        routes.MapGet("/group_relationships/{uuid}", GetRelationship).Needs("groups:read");
    }

    private static IResult List(Call call)
    {
        Guard(call, call.Reference("organization", "organizations") ?? throw ApiError.Invalid("organization", "must be filled"));
        var sizes = Relationships(call.World).Where(IsMember).CountBy(one => one.Group.Id).ToDictionary();
        var page = Paging.Read(call.World.Groups.All, group => group.Number, _ => true, descending: false, Wire.PageToken(call), Wire.Count(call));
        return Wire.List(call, page, group => Show(call.World, group, sizes.GetValueOrDefault(group.Id)));
    }

    private static IResult Get(Call call, string uuid)
    {
        Ids.Check(uuid);
        Guard(call, call.World.OrganizationId);
        var group = call.World.Groups.All.FirstOrDefault(one => one.Id == uuid) ?? throw ApiError.NotFound();
        return Wire.Resource(Show(call.World, group, Relationships(call.World).Count(one => one.Group.Id == uuid && IsMember(one))));
    }

    /// <summary>https://developer.calendly.com/api-docs/calendly-api/groups/list-group-relationships</summary>
    private static IResult ListRelationships(Call call)
    {
        var world = call.World;
        Guard(call, call.Reference("organization", "organizations") ?? world.OrganizationId);
        var invited = call.Query("owner")?.Contains("/invitations/", StringComparison.Ordinal) == true;
        var owner = call.Reference("owner", invited ? $"organizations/{world.OrganizationId}/invitations" : "organization_memberships");
        var group = call.Reference("group", "groups");
        var rows = (owner is null ? Relationships(world) : invited ? OfInvitation(world, owner) : OfMembership(world, owner))
            .Where(one => group is null || one.Group.Id == group).ToList();
        var page = Paging.Read(rows, one => one.Sequence, _ => true, descending: false, Wire.PageToken(call), Wire.Count(call));
        return Wire.List(call, page, one => Show(world, one));
    }

    private static IResult GetRelationship(Call call, string uuid)
    {
        Ids.Check(uuid);
        Guard(call, call.World.OrganizationId);
        return Wire.Resource(Show(call.World, Relationships(call.World).FirstOrDefault(one => one.Id == uuid) ?? throw ApiError.NotFound()));
    }

    private static void Guard(Call call, string organization)
    {
        if (organization != call.World.OrganizationId || !call.CallerIsAdmin || call.World.Settings.Plan == "free") throw ApiError.Forbidden();
    }

    private static bool IsMember(GroupRelationship one) => one is { Role: "member", Member: not null };

    private static IEnumerable<GroupRelationship> Relationships(World world)
    {
        lock (world.Gate)
        {
            Member[] members = [.. world.Roster.Members];
            Invitation[] invitations = [.. world.Invitations.All];
            return members.SelectMany(world.Groups.Of).Concat(invitations.SelectMany(world.Groups.Of));
        }
    }

    private static List<GroupRelationship> OfMembership(World world, string id)
    {
        lock (world.Gate) return world.Roster.FindMembership(id) is { } member && world.IsMember(member) ? world.Groups.Of(member) : [];
    }

    private static List<GroupRelationship> OfInvitation(World world, string id)
    {
        lock (world.Gate) return world.Invitations.Find(id) is { } invitation ? world.Groups.Of(invitation) : [];
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

    private static object Show(World world, GroupRelationship one) => new
    {
        Uri = world.Uris.GroupRelationship(one.Id),
        one.Role,
        Owner = one.Member is not null ? Shapes.GroupOwner(world, one.Member) : Shapes.GroupOwner(world, one.Invitation!),
        Organization = world.Uris.Organization(world.OrganizationId),
        Group = world.Uris.Group(one.Group.Id),
        CreatedAt = Wire.Time(one.Member?.CreatedAt ?? one.Invitation!.CreatedAt),
        UpdatedAt = Wire.Time(one.Member?.UpdatedAt ?? one.Invitation!.UpdatedAt),
    };
}
