using AdminPortal.Simulator.Calls;
using AdminPortal.Simulator.Model;

namespace AdminPortal.Simulator.Calendly;

internal static class EventTypeEndpoints
{
    private static readonly string[] Sorts = ["name", "position", "created_at", "updated_at"];

    public static void MapEventTypes(this IEndpointRouteBuilder routes) => routes.MapGet("/event_types", List).Needs("event_types:read");

    /// <summary>https://developer.calendly.com/api-docs/25a4ece03c1bc-list-user-s-event-types</summary>
    private static IResult List(Call call)
    {
        var count = Wire.Count(call);
        var cursor = Wire.PageToken(call);
        var (field, descending) = Sort(call);
        bool? active = call.Query("active") switch { null => null, "true" => true, "false" => false, _ => throw ApiError.Invalid("active", "invalid") };
        var world = call.World;
        var types = Audience.Of(call, othersNeedOrganization: false)
            .SelectMany(member => Meetings.Types(world, member))
            .Where(type => active is null || type.Active == active);
        var ordered = field switch
        {
            "name" => types.OrderBy(type => type.Name, StringComparer.Ordinal),
            "position" => types.OrderBy(type => type.Number),
            _ => types.OrderBy(type => type.CreatedAt),
        };
        var rows = ordered.ThenBy(type => type.Owner.Sequence).ThenBy(type => type.Number).Select((type, index) => (Type: type, Sequence: index + 1L)).ToList();
        var page = Paging.Read(rows, row => row.Sequence, _ => true, descending, cursor, count);
        return Wire.List(call, page, row => Show(world, row.Type));
    }

    private static (string Field, bool Descending) Sort(Call call)
    {
        var sort = call.Query("sort") ?? "name:asc";
        foreach (var field in Sorts)
        {
            if (sort == $"{field}:asc" || sort == field) return (field, false);
            if (sort == $"{field}:desc") return (field, true);
        }
        throw ApiError.Invalid("sort", "invalid");
    }

    private static object Show(World world, MeetingType type)
    {
#pragma warning disable CA1308 // A slug is lower case.
        var slug = type.Name.Replace(' ', '-').ToLowerInvariant();
#pragma warning restore CA1308
        return new
        {
            Uri = world.Uris.EventType(type.Id),
            type.Name,
            type.Active,
            Slug = slug,
            SchedulingUrl = $"https://calendly.com/{type.Owner.Slug}/{slug}",
            Duration = type.Minutes,
            DurationOptions = (int[]?)null,
            Kind = "solo",
            KindDescription = "One-on-One",
            PoolingType = (string?)null,
            Type = "StandardEventType",
            Color = "#0069ff",
            CreatedAt = Wire.Time(type.CreatedAt),
            UpdatedAt = Wire.Time(type.CreatedAt),
            InternalNote = (string?)null,
            DescriptionPlain = (string?)null,
            DescriptionHtml = (string?)null,
            Profile = new { Type = "User", type.Owner.Name, Owner = world.Uris.User(type.Owner.UserId) },
            Secret = false,
            BookingMethod = "instant",
            CustomQuestions = Array.Empty<object>(),
            DeletedAt = (string?)null,
            AdminManaged = false,
            Locations = (object[]?)null,
            Position = type.Number,
            Locale = "en",
        };
    }
}
