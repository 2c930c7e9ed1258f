using AdminPortal.Simulator.Calls;
using AdminPortal.Simulator.Model;

namespace AdminPortal.Simulator.Calendly;

internal static class UserEndpoints
{
    public static void MapUsers(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/users/{uuid}", Get).Needs("users:read");
        routes.MapGet("/organizations/{uuid}", GetOrganization).Needs("organizations:read");
    }

    public static TBuilder Needs<TBuilder>(this TBuilder builder, string scope) where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new NeedsScope(scope));

    private static IResult Get(Call call, string uuid)
    {
        if (uuid == "me" || uuid == call.Caller.UserId) return Wire.Resource(Shapes.User(call.World, call.Caller));
        var user = call.World.FindUser(uuid) ?? throw ApiError.NotFound();
        return user.OrganizationId == call.Caller.OrganizationId ? Wire.Resource(Shapes.User(call.World, user)) : throw ApiError.Forbidden();
    }

    private static IResult GetOrganization(Call call, string uuid)
    {
        Ids.Check(uuid);
        var world = call.World;
        if (uuid != call.Caller.OrganizationId) throw uuid == world.OrganizationId ? ApiError.Forbidden() : ApiError.NotFound();
        var ours = uuid == world.OrganizationId;
        Member first;
        lock (world.Gate) first = world.Roster.Members[0];
        return Wire.Resource(new
        {
            Uri = world.Uris.Organization(uuid),
            // The live API also answers this undocumented number.
            Id = 1_000_000 + Math.Abs(world.Settings.Seed % 1_000_000),
            Name = ours ? SimulatorDefaults.OrganizationName : call.Caller.Name,
            Kind = ours ? "multiple" : "single",
            Plan = ours && world.Settings.Plan != "free" ? world.Settings.Plan : "basic",
            Stage = ours && world.Settings.Plan != "free" ? "paid" : "free",
            CreatedAt = Wire.Time(ours ? first.CreatedAt : call.Caller.CreatedAt),
            UpdatedAt = Wire.Time(ours ? first.UpdatedAt : call.Caller.UpdatedAt),
        });
    }
}
