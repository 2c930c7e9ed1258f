using AdminPortal.Simulator.Calls;
using AdminPortal.Simulator.Model;

namespace AdminPortal.Simulator.Calendly;

internal static class EventEndpoints
{
    public static void MapEvents(this IEndpointRouteBuilder routes) => routes.MapGet("/scheduled_events", List).Needs("scheduled_events:read");

    /// <summary>https://developer.calendly.com/api-docs/2d5ed9bbd2952-list-events</summary>
    private static IResult List(Call call)
    {
        var count = Wire.Count(call);
        var cursor = Wire.PageToken(call);
        var descending = Wire.Descending(call, "start_time");
        var status = call.Query("status");
        if (status is not (null or "active" or "canceled")) throw ApiError.Invalid("status", "invalid");
        var from = Wire.Instant(call, "min_start_time");
        var until = Wire.Instant(call, "max_start_time");
        var invitee = call.Query("invitee_email");
        var world = call.World;
        var meetings = Audience.Of(call, othersNeedOrganization: true)
            .SelectMany(member => Meetings.Of(world, member))
            .Where(meeting => (status is null || meeting.Canceled == (status == "canceled"))
                && (from is null || meeting.Start >= from) && (until is null || meeting.Start <= until)
                && (invitee is null || Guest(world, meeting).Equals(invitee, StringComparison.OrdinalIgnoreCase)))
            .OrderBy(meeting => meeting.Start).ThenBy(meeting => meeting.Host.Sequence).ThenBy(meeting => meeting.Number)
            .Select((meeting, index) => (Meeting: meeting, Sequence: index + 1L))
            .ToList();
        var page = Paging.Read(meetings, row => row.Sequence, _ => true, descending, cursor, count);
        return Wire.List(call, page, row => Show(world, row.Meeting));
    }

    private static Dice DiceFor(World world, Meeting meeting) => Dice.For(world.Settings.Seed, meeting.Host.Sequence * 1000 + meeting.Number, "meeting");

    private static string Guest(World world, Meeting meeting)
    {
        var dice = Dice.For(world.Settings.Seed, meeting.Host.Sequence * 1000 + meeting.Number, "invitee");
        var region = dice.Pick(Names.Regions);
        return $"{Names.Mailbox($"{dice.Pick(region.First)} {dice.Pick(region.Last)}")}@client.example";
    }

    private static Dictionary<string, object?> Show(World world, Meeting meeting)
    {
        var dice = DiceFor(world, meeting);
        var id = dice.Uuid();
        var type = dice.Pick(Meetings.Types(world, meeting.Host));
        var end = meeting.Start.AddMinutes(meeting.Minutes);
        var hosts = new List<Member> { meeting.Host };
        if (dice.Percent(15) && Colleague(world, ref dice, meeting.Host) is { } second) hosts.Add(second);
        var made = world.CreatedAt < meeting.Start ? world.CreatedAt.AddDays(-1 - dice.Below(20)) : meeting.Start.AddDays(-1 - dice.Below(20));
        var shape = new Dictionary<string, object?>
        {
            ["uri"] = world.Uris.Event(id),
            ["name"] = type.Name,
            ["meeting_notes_plain"] = null,
            ["meeting_notes_html"] = null,
            ["status"] = meeting.Canceled ? "canceled" : "active",
            ["start_time"] = Wire.Time(meeting.Start),
            ["end_time"] = Wire.Time(end),
            ["event_type"] = world.Uris.EventType(type.Id),
            ["location"] = new { type = "google_conference", status = "pushed", join_url = $"https://meet.example/{id[..8]}" },
            ["invitees_counter"] = new { total = 1, active = meeting.Canceled ? 0 : 1, limit = 1 },
            ["created_at"] = Wire.Time(made),
            ["updated_at"] = Wire.Time(made),
            ["event_memberships"] = hosts.Select(host => new
            {
                user = world.Uris.User(host.UserId),
                user_email = host.Email,
                user_name = host.Name,
                buffered_start_time = Wire.Time(meeting.Start),
                buffered_end_time = Wire.Time(end),
            }),
            ["event_guests"] = Array.Empty<object>(),
            ["calendar_event"] = new { kind = "google", external_id = id.Replace("-", "", StringComparison.Ordinal)[..26] },
        };
        if (meeting.Canceled)
            shape["cancellation"] = new { canceled_by = Guest(world, meeting), reason = (string?)null, canceler_type = "invitee", created_at = Wire.Time(made) };
        return shape;
    }

    private static Member? Colleague(World world, ref Dice dice, Member host)
    {
        if (!world.IsMember(host)) return null;
        lock (world.Gate)
        {
            var other = dice.Pick(world.Roster.Members);
            return other.UserId == host.UserId ? null : other;
        }
    }
}
