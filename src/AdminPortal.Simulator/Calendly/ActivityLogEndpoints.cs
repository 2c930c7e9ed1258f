using System.Globalization;
using AdminPortal.Simulator.Calls;
using AdminPortal.Simulator.Model;

namespace AdminPortal.Simulator.Calendly;

/// <summary>https://developer.calendly.com/api-docs/calendly-api/activity-log/list-activity-log-entries</summary>
internal static class ActivityLogEndpoints
{
    /// <summary>Above this the total is no longer counted; where Calendly stops is not published, its pages export this many.</summary>
    private const int MostCounted = 10_000;

    private const int LongestSearch = 300;
    private static readonly TimeSpan Kept = TimeSpan.FromDays(90);

    private static readonly Dictionary<string, Comparison<Activity>> Fields = new(StringComparer.Ordinal)
    {
        ["action"] = (left, right) => string.CompareOrdinal(left.Action, right.Action),
        ["actor.display_name"] = (left, right) => string.CompareOrdinal(Name(left.Actor), Name(right.Actor)),
        ["actor.uri"] = (left, right) => string.CompareOrdinal(left.Actor.Member?.UserId, right.Actor.Member?.UserId),
        ["namespace"] = (left, right) => string.CompareOrdinal(left.Namespace, right.Namespace),
        ["occurred_at"] = (left, right) => left.OccurredAt.CompareTo(right.OccurredAt) is var order and not 0 ? order : left.Sequence.CompareTo(right.Sequence),
    };

    public static void MapActivityLog(this IEndpointRouteBuilder routes) => routes.MapGet("/activity_log_entries", List).Needs("activity_log:read");

    private static IResult List(Call call)
    {
        var world = call.World;
        if (world.Settings.Plan != "enterprise" || !world.IsMember(call.Caller)) throw ApiError.Forbidden("Please upgrade your Calendly account to Enterprise.");
        var organization = call.Reference("organization", "organizations") ?? throw ApiError.Invalid("organization", "must be filled");
        if (organization != world.OrganizationId || !call.CallerIsAdmin) throw ApiError.Forbidden();
        var count = Wire.Count(call, most: 1000);
        var cursor = Wire.PageToken(call);
        var order = Order(call);
        var filter = Filter(call);
        List<Activity> rows;
        Activity? turn;
        lock (world.Gate)
        {
            rows = [.. world.Activity.All.Where(entry => filter(entry))];
            if (cursor?.Sequence > world.Activity.All.Count) throw ApiError.Invalid("page_token", "invalid");
            turn = cursor is { } at ? world.Activity.All[(int)at.Sequence - 1] : null;
        }
        rows.Sort(order);
        var page = Read(rows, order, turn, cursor is { Backwards: true }, count);
        return Results.Json(
            new
            {
                Collection = page.Items.Select(entry => Show(world, entry)),
                Pagination = Wire.Pagination(call, page),
                // Without a fraction, as recorded: earlier than the entry that it stands for.
                LastEventTime = page.Items.Count == 0 ? null : page.Items.Max(entry => entry.OccurredAt).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
                TotalCount = Math.Min(rows.Count, MostCounted),
                ExceedsMaxTotalCount = rows.Count > MostCounted,
            },
            Wire.Json,
            Wire.ContentType);
    }

    /// <summary>A page turns at an entry, not at a number, so that what happens meanwhile shifts nothing.</summary>
    private static Page<Activity> Read(List<Activity> rows, Comparison<Activity> order, Activity? turn, bool backwards, int count)
    {
        var before = turn is null ? 0 : rows.Count(row => order(row, turn) is var side && (backwards ? side < 0 : side <= 0));
        var from = backwards ? Math.Max(0, before - count) : before;
        var items = rows.GetRange(from, Math.Min(count, (backwards ? before : rows.Count) - from));
        if (items.Count == 0) return new(items, null, null);
        return new(
            items,
            from + items.Count < rows.Count ? new Cursor(items[^1].Sequence, false) : null,
            from > 0 ? new Cursor(items[0].Sequence, true) : null);
    }

    private static Comparison<Activity> Order(Call call)
    {
        var fields = (call.Values("sort") ?? ["occurred_at:desc"]).Select(sort => sort.Split(':') switch
        {
            [var field, "asc"] when Fields.TryGetValue(field, out var compare) => compare,
            [var field, "desc"] when Fields.TryGetValue(field, out var compare) => (left, right) => compare(right, left),
            _ => throw ApiError.Invalid("sort", "invalid"),
        }).Append((left, right) => left.Sequence.CompareTo(right.Sequence)).ToList();
        return (left, right) => fields.Select(compare => compare(left, right)).FirstOrDefault(difference => difference != 0);
    }

    private static Predicate<Activity> Filter(Call call)
    {
        var actors = call.References("actor", "users");
        var (namespaces, actions) = (call.Values("namespace"), call.Values("action"));
        var (after, before) = (Wire.Instant(call, "min_occurred_at"), Wire.Instant(call, "max_occurred_at"));
        var oldest = call.World.Now - Kept;
        var search = call.Query("search_term") is { } term ? Search(term) : null;
        // "occurred after this time", "occurred prior to this time": the times themselves are outside.
        return entry => entry.OccurredAt > oldest
            && (after is null || entry.OccurredAt > after) && (before is null || entry.OccurredAt < before)
            && (actors is null || (entry.Actor.Member is { } by && actors.Contains(by.UserId)))
            && (namespaces is null || namespaces.Contains(entry.Namespace)) && (actions is null || actions.Contains(entry.Action))
            && (search is null || search(string.Join('\n', [entry.Name, Name(entry.Actor), entry.Actor.Email, .. entry.Details.Values])));
    }

    private static Predicate<string> Search(string term) =>
        (term.Length <= LongestSearch ? SearchTerm.Parse(term) : null) ?? throw ApiError.Invalid("search_term", "invalid");

    private static string Name(ActivityActor actor) => actor.Member?.Name ?? actor.Email;

    /// <summary>What an actor lacks is missing, not null.</summary>
    private static Dictionary<string, object> Show(World world, ActivityActor actor)
    {
        var shape = new Dictionary<string, object> { ["type"] = "User", ["display_name"] = Name(actor), ["alternative_identifier"] = actor.Email };
        if (actor.Member is not { } member) return shape;
        shape["uri"] = world.Uris.User(member.UserId);
        shape["organization"] = new { Uri = world.Uris.Organization(member.OrganizationId), member.Role };
        if (actor.Group is { } one) shape["group"] = new { Uri = world.Uris.Group(one.Group.Id), one.Group.Name, one.Role };
        return shape;
    }

    private static object Show(World world, Activity entry) => new
    {
        OccurredAt = Wire.Time(entry.OccurredAt),
        Actor = Show(world, entry.Actor),
        entry.Details,
        Organization = world.Uris.Organization(world.OrganizationId),
        FullyQualifiedName = entry.Name,
        entry.Namespace,
        entry.Action,
        Uri = world.Uris.ActivityLogEntry(entry.Id),
    };
}
