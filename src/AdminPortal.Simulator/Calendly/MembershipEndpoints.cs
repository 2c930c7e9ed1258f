using AdminPortal.Simulator.Calls;
using AdminPortal.Simulator.Model;

namespace AdminPortal.Simulator.Calendly;

internal static class MembershipEndpoints
{
    public const string ScimText = "You cannot perform this action for an organization with SCIM enabled.";

    public static void MapMemberships(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/organization_memberships", List).Needs("organizations:read");
        routes.MapGet("/organization_memberships/{uuid}", Get).Needs("organizations:read");
        routes.MapDelete("/organization_memberships/{uuid}", Remove).Needs("organizations:write");
    }

    private static IResult List(Call call)
    {
        var world = call.World;
        var count = Wire.Count(call);
        var cursor = Wire.PageToken(call);
        var organization = call.Reference("organization", "organizations");
        var user = call.Reference("user", "users");
        var email = call.Query("email");
        var role = call.Query("role");
        if (role is not (null or "owner" or "admin" or "user")) throw ApiError.Invalid("role", "invalid");
        if (organization is not null && organization != call.Caller.OrganizationId) throw ApiError.Forbidden();
        bool Matches(Member member) => (role is null || member.Role == role) && (email is null || member.Email.Equals(email, StringComparison.OrdinalIgnoreCase));

        lock (world.Gate)
        {
            // Without organization and user the caller's own membership is returned.
            if (user is not null || organization is null || !world.IsMember(call.Caller))
                return One(Visible(call, user ?? call.Caller.UserId));
            if (!call.Caller.IsAdmin) throw ApiError.Forbidden();
            if (email is not null) return One(world.Roster.FindEmail(email) is { } found && world.IsMember(found) ? found : null);
            return Wire.List(call, Paging.Read(world.Roster.Members, member => member.Sequence, Matches, descending: false, cursor, count), member => Shapes.Membership(world, member));
        }

        IResult One(Member? member) =>
            Wire.List(call, new Page<Member>(member is not null && Matches(member) ? [member] : [], null, null), found => Shapes.Membership(world, found));
    }

    private static Member Visible(Call call, string userId)
    {
        if (userId == call.Caller.UserId) return call.Caller;
        var member = call.World.Roster.FindUser(userId);
        if (member is null || member.OrganizationId != call.Caller.OrganizationId) throw ApiError.NotInOrganization();
        return call.Caller.IsAdmin ? member : throw ApiError.Forbidden();
    }

    private static IResult Get(Call call, string uuid)
    {
        Ids.Check(uuid);
        lock (call.World.Gate)
        {
            var member = call.World.Roster.FindMembership(uuid) ?? throw ApiError.NotFound();
            return Wire.Resource(Shapes.Membership(call.World, Visible(call, member.UserId)));
        }
    }

    /// <summary>https://developer.calendly.com/api-docs/269e89d9f559f-remove-user-from-organization. The precedence of the refusals is not documented.</summary>
    private static IResult Remove(Call call, string uuid)
    {
        Ids.Check(uuid);
        var world = call.World;
        lock (world.Gate)
        {
            var member = world.Roster.FindMembership(uuid) ?? throw ApiError.NotFound();
            // Read again within the lock: the caller may have been removed or demoted meanwhile.
            var caller = world.Roster.FindUser(call.Caller.UserId)!;
            if (member.OrganizationId != caller.OrganizationId) throw ApiError.Forbidden("You cannot modify members from another organization");
            if (!caller.IsAdmin) throw ApiError.Forbidden("You do not have permission to perform this action");
            if (world.IsMember(caller) && world.Settings.ScimEnforced) throw ApiError.Forbidden(ScimText);
            if (member.Role == "owner") throw ApiError.Forbidden("You can not change owner role");
            if (member.UserId == caller.UserId) throw ApiError.Forbidden("You can not remove yourself from organization");
            world.Activity.AddMember(ActivityNames.MemberRemoved, caller, ActivityLog.Api, member);
            world.Remove(member);
            call.Applied();
        }
        return Results.NoContent();
    }
}
