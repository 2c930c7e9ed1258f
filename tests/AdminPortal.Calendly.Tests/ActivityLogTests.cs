using System.Net;

namespace AdminPortal.Calendly.Tests;

public sealed class ActivityLogTests : IDisposable
{
    private readonly FakeCalendly fake = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => fake.Dispose();

    [Fact]
    public async Task Entries_are_read_with_their_actors_and_their_details_as_they_came()
    {
        fake.Answer($"GET activity_log_entries?organization={Documented.OrgEscaped}&count=1000", HttpStatusCode.OK, Documented.Activity);

        var page = await fake.Client().ActivityLog.ListAsync(new ActivityLogQuery(Documented.Org), Ct);

        Assert.Equal(("older", 10_000, true, DateTimeOffset.Parse("2022-10-07T14:21:42Z", null)), (page.NextPageToken, page.TotalCount, page.ExceedsMaxTotalCount, page.LastEventTime));
        Assert.Equal(["API.Token_Created", "Compliance.Data_Deletion_Completed", null], page.Items.Select(entry => entry.FullyQualifiedName));
        Assert.Equal(["API", "Compliance", "User"], page.Items.Select(entry => entry.Namespace));
        Assert.Equal(["Token_Created", "Data_Deletion_Completed", "Add"], page.Items.Select(entry => entry.Action));
        Assert.Equal(DateTimeOffset.Parse("2022-10-07T14:21:42.104549Z", null), page.Items[0].OccurredAt);
        Assert.Equal(
            [
                new ActivityActor("User", Documented.Ada, "Ada Byron", "ada@example.com", new(Documented.Org, "owner"), new(Documented.Engineers, "Development", "member")),
                new ActivityActor("System", DisplayName: "Calendly System"),
                null,
            ],
            page.Items.Select(entry => entry.Actor));
        Assert.Equal("anything", page.Items[0].Details?.GetProperty("depth").GetProperty("of")[0].GetString());
        Assert.Null(page.Items[2].Details);
        Assert.Single(fake.Received);
    }

    [Fact]
    public async Task Query_every_filter_is_sent_and_lists_are_separated_by_commas()
    {
        fake.Answer(
            $"GET activity_log_entries?organization={Documented.OrgEscaped}&search_term=%22a%2Bb%40example.com%22&actor={Documented.AdaEscaped},https%3A%2F%2Fapi.calendly.com%2Fusers%2FB"
                + "&namespace=User,User_Management&action=Add&sort=actor.display_name%3Aasc,occurred_at%3Adesc"
                + "&min_occurred_at=2026-11-23T10%3A00%3A00.000000Z&max_occurred_at=2026-11-23T12%3A00%3A00.000000Z&count=7&page_token=t%2F2",
            HttpStatusCode.OK,
            """{"collection":[],"pagination":{"count":0,"next_page":null,"previous_page":null,"next_page_token":null,"previous_page_token":null},"last_event_time":null,"total_count":0,"exceeds_max_total_count":false}""");

        var page = await fake.Client().ActivityLog.ListAsync(
            new ActivityLogQuery(
                Documented.Org, "\"a+b@example.com\"", [Documented.Ada, "https://api.calendly.com/users/B"], ["User", "User_Management"], ["Add"],
                ["actor.display_name:asc", "occurred_at:desc"], new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.FromHours(2)), FakeCalendly.Now, 7, "t/2"),
            Ct);

        Assert.Empty(page.Items);
        Assert.Equal((null, null, 0, false), (page.NextPageToken, page.LastEventTime, page.TotalCount, page.ExceedsMaxTotalCount));
    }

    [Theory]
    [InlineData("""{"collection":[],"pagination":{"next_page":null,"next_page_token":null},"last_event_time":null}""")]
    [InlineData("""{"collection":[],"pagination":{"next_page":null,"next_page_token":"same"},"total_count":0,"exceeds_max_total_count":false}""")]
    [InlineData("""{"collection":[null],"pagination":{"next_page":null,"next_page_token":null},"total_count":0,"exceeds_max_total_count":false}""")]
    [InlineData("""{"collection":[{"uri":"https://api.calendly.com/activity_log_entries/L","namespace":"User","action":"Add"}],"pagination":{"next_page":null,"next_page_token":null},"total_count":1,"exceeds_max_total_count":false}""")]
    public async Task Page_that_leaves_open_what_happened_is_unreadable(string body)
    {
        fake.Answer($"GET activity_log_entries?organization={Documented.OrgEscaped}&count=1000&page_token=same", HttpStatusCode.OK, body);
        var refusal = await Assert.ThrowsAsync<CalendlyException>(() => fake.Client().ActivityLog.ListAsync(new ActivityLogQuery(Documented.Org, PageToken: "same"), Ct));
        Assert.Equal(CalendlyFailure.Unreadable, refusal.Failure);
    }

    [Fact]
    public async Task Query_that_Calendly_could_not_take_is_not_sent()
    {
        var log = fake.Client().ActivityLog;
        await Assert.ThrowsAsync<ArgumentException>("namespace", () => log.ListAsync(new ActivityLogQuery(Documented.Org, Namespaces: ["User,Login"]), Ct));
        await Assert.ThrowsAsync<ArgumentException>("query", () => log.ListAsync(new ActivityLogQuery(Documented.Org, new string('a', 301)), Ct));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>("count", () => log.ListAsync(new ActivityLogQuery(Documented.Org, Count: 0), Ct));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>("count", () => log.ListAsync(new ActivityLogQuery(Documented.Org, Count: 1001), Ct));
        Assert.Empty(fake.Received);
    }
}
