using AdminPortal.Simulator.Calls;
using AdminPortal.Simulator.Model;

namespace AdminPortal.Simulator.Calendly;

/// <summary>Whose things a list shows, by its parameters <c>user</c> and <c>organization</c>.</summary>
internal static class Audience
{
    public const string AlsoOrganization = "Please also specify organization when requesting events for a user within your organization.";

    public static IReadOnlyList<Member> Of(Call call, bool othersNeedOrganization)
    {
        var organization = call.Reference("organization", "organizations");
        var user = call.Reference("user", "users");
        if (organization is null && user is null) throw ApiError.Invalid("user", "user or organization must be specified");
        if (organization is not null && organization != call.Caller.OrganizationId) throw ApiError.Forbidden();
        if (user == call.Caller.UserId) return [call.Caller];
        lock (call.World.Gate)
        {
            if (user is null)
            {
                if (!call.Caller.IsAdmin) throw ApiError.Forbidden();
                return call.World.IsMember(call.Caller) ? [.. call.World.Roster.Members] : [call.Caller];
            }
            var member = call.World.Roster.FindUser(user);
            if (member is null || member.OrganizationId != call.Caller.OrganizationId) throw ApiError.NotInOrganization();
            if (organization is null && othersNeedOrganization) throw ApiError.Forbidden(AlsoOrganization);
            return call.Caller.IsAdmin ? [member] : throw ApiError.Forbidden();
        }
    }
}
