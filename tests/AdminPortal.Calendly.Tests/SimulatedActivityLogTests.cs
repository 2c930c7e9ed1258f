using System.Globalization;
using System.Net;
using System.Text.Json;
using AdminPortal.Simulator;
using Microsoft.Extensions.Time.Testing;

namespace AdminPortal.Calendly.Tests;

/// <summary>The activity log over real HTTP: that it tells what happens, how it is filtered, sorted and paged, and who may not read it.</summary>
public sealed class SimulatedActivityLogTests : IAsyncLifetime
{
    private readonly FakeTimeProvider clock = new(new DateTimeOffset(2026, 11, 23, 9, 0, 0, TimeSpan.Zero));
    private SimulatedCalendly calendly = null!;
    private CalendlyClient olivia = null!;
    private string organization = "";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        calendly = await SimulatedCalendly.StartAsync(new { members = 40, invitations = 0, plan = "enterprise", accessTokenSeconds = 31_536_000 }, Token, clock);
        olivia = await calendly.AsAsync(SimulatorDefaults.Olivia, Token);
        organization = (await olivia.Users.MeAsync(Token)).CurrentOrganization;
    }

    public ValueTask DisposeAsync() => calendly.DisposeAsync();

    [Fact]
    public async Task Log_of_an_organization_in_which_nothing_happened_is_empty()
    {
        var page = await ReadAsync();
        Assert.Empty(page.Items);
        Assert.Equal((0, false, null, null), (page.TotalCount, page.ExceedsMaxTotalCount, page.LastEventTime, page.NextPageToken));
    }

    [Fact]
    public async Task Log_tells_what_is_done_by_API_with_the_caller_as_the_actor()
    {
        var invitation = await olivia.Invitations.CreateAsync(organization, "kim.berg@harbourlight.example", Token);
        await olivia.Invitations.RevokeAsync(invitation.Uri, Token);
        var vera = await MemberAsync(SimulatorDefaults.Vera.Email);
        await olivia.Memberships.RemoveAsync(vera.Uri, Token);
        await Assert.ThrowsAsync<CalendlyException>(() => olivia.Memberships.RemoveAsync(vera.Uri, Token));

        Assert.Equal(
            [
                ("User_Management.Invite_Sent", SimulatorDefaults.Olivia.Email, "kim.berg@harbourlight.example", "API"),
                ("User_Management.Invite_Revoked", SimulatorDefaults.Olivia.Email, "kim.berg@harbourlight.example", "API"),
                ("User.Remove", SimulatorDefaults.Olivia.Email, SimulatorDefaults.Vera.Email, "API"),
            ],
            (await OldestFirstAsync()).Select(Told));
    }

    [Fact]
    public async Task Log_tells_what_is_done_on_Calendlys_pages_with_the_owner_as_the_actor_unless_somebody_else_is_named()
    {
        var (olivias, sam, priya) = (SimulatorDefaults.Olivia.Email, SimulatorDefaults.Sam.Email, SimulatorDefaults.Priya.Email);
        var kim = await AddAsync("kim.berg@harbourlight.example");
        await calendly.ControlAsync(HttpMethod.Patch, $"members/{kim}", new { role = "admin", actor = sam }, Token);
        await calendly.ControlAsync(HttpMethod.Patch, $"members/{kim}", new { role = "admin", name = "Kim Berg" }, Token);
        await calendly.ControlAsync(HttpMethod.Patch, $"members/{kim}", new { name = "Kim Berger", email = "kim.berger@harbourlight.example", actor = "kim.berg@harbourlight.example" }, Token);
        await calendly.ControlAsync(HttpMethod.Delete, $"members/{kim}?actor={sam}", null, Token);
        await calendly.ControlAsync(HttpMethod.Delete, $"members/{Id(await MemberAsync(SimulatorDefaults.Vera.Email))}", null, Token);
        await calendly.ControlAsync(HttpMethod.Patch, $"members/{Id(await MemberAsync(olivias))}", new { role = "owner" }, Token);

        var entries = await OldestFirstAsync();

        const string Before = "kim.berg@harbourlight.example", After = "kim.berger@harbourlight.example";
        Assert.Equal(
            [
                ("User.Add", priya, Before, "Calendly"),
                ("User.Role_Changed", sam, Before, "Calendly"),
                ("User.Name_Changed", Before, After, "Calendly"),
                ("User.Email_Changed", Before, After, "Calendly"),
                ("User.Remove", sam, After, "Calendly"),
                ("User.Remove", priya, SimulatorDefaults.Vera.Email, "Calendly"),
                ("User.Role_Changed", priya, priya, "Calendly"),
                ("User.Role_Changed", priya, olivias, "Calendly"),
            ],
            entries.Select(Told));
        Assert.Equal([("admin", "user"), ("admin", "owner"), ("owner", "admin")], entries.Where(entry => entry.Action == "Role_Changed").Select(entry => (Detail(entry, "role"), Detail(entry, "previous_role"))));
        Assert.Equal(("Kim Berg", Before), (Detail(entries[2], "previous_name"), Detail(entries[3], "previous_email")));
        Assert.Equal("owner", entries[^1].Actor?.Organization?.Role);
    }

    [Fact]
    public async Task Log_tells_what_invited_people_answer_whether_or_not_they_have_an_account()
    {
        var yes = await olivia.Invitations.CreateAsync(organization, "kim.berg@harbourlight.example", Token);
        var no = await olivia.Invitations.CreateAsync(organization, "lee.moss@harbourlight.example", Token);
        await calendly.ControlAsync($"invitations/{Id(yes.Uri)}/accept", new { }, Token);
        await calendly.ControlAsync($"invitations/{Id(no.Uri)}/decline", new { }, Token);

        var entries = (await OldestFirstAsync())[2..];

        Assert.Equal(
            [
                ("User_Management.Invite_Accepted", yes.Email, yes.Email, "Calendly"),
                ("User.Add", yes.Email, yes.Email, "Calendly"),
                ("User_Management.Invite_Declined", no.Email, no.Email, "Calendly"),
            ],
            entries.Select(Told));
        var kim = await MemberAsync(yes.Email);
        Assert.Equal((kim.User.Uri, "Kim Berg", organization, "user"), (entries[1].Actor?.Uri, entries[1].Actor?.DisplayName, entries[1].Actor?.Organization?.Uri, entries[1].Actor?.Organization?.Role));
        Assert.Equal(new ActivityActor("User", DisplayName: no.Email, AlternativeIdentifier: no.Email), entries[2].Actor);
    }

    [Fact]
    public async Task Entry_has_every_documented_field_and_the_actors_group()
    {
        var lead = (await olivia.Groups.ListRelationshipsAsync(new GroupRelationshipQuery(organization), Token)).Items.First(one => one.Role == GroupRole.Member);
        var group = await olivia.Groups.GetAsync(lead.Group, Token);
        await AddAsync("kim.berg@harbourlight.example", lead.Owner.User!.Email);
        await calendly.TokenAsync(SimulatorDefaults.Sam, Token, kind: "pat");

        var entries = await OldestFirstAsync();

        Assert.Equal(new ActivityGroup(group.Uri, group.Name, GroupRole.Member), entries[0].Actor?.Group);
        Assert.Equal((lead.Owner.User.Uri, "User", lead.Owner.User.Name), (entries[0].Actor?.Uri, entries[0].Actor?.Type, entries[0].Actor?.DisplayName));
        Assert.Equal((organization, "User", "Add", "User.Add", clock.GetUtcNow()), (entries[0].Organization, entries[0].Namespace, entries[0].Action, entries[0].FullyQualifiedName, entries[0].OccurredAt));
        Assert.StartsWith(CalendlyUri.Prefix + "activity_log_entries/", entries[0].Uri, StringComparison.Ordinal);
        Assert.Equal(("API.Token_Created", SimulatorDefaults.Sam.Email), (entries[1].FullyQualifiedName, entries[1].Actor?.AlternativeIdentifier));
    }

    [Fact]
    public async Task Out_of_band_change_by_somebody_who_is_no_member_is_refused_and_nothing_happens()
    {
        var vera = Id(await MemberAsync(SimulatorDefaults.Vera.Email));
        foreach (var (method, path, body) in new[] { (HttpMethod.Post, "members", (object?)new { email = "kim.berg@harbourlight.example", actor = "no.body@harbourlight.example" }), (HttpMethod.Patch, $"members/{vera}", new { role = "admin", actor = "no.body@harbourlight.example" }), (HttpMethod.Delete, $"members/{vera}?actor=no.body@harbourlight.example", null) })
            Assert.Equal(HttpStatusCode.NotFound, (await Assert.ThrowsAsync<HttpRequestException>(() => calendly.ControlAsync(method, path, body, Token))).StatusCode);
        Assert.Equal(MembershipRole.User, (await MemberAsync(SimulatorDefaults.Vera.Email)).Role);
        Assert.Empty((await ReadAsync()).Items);
    }

    [Fact]
    public async Task Pages_of_a_thousand_hold_every_entry_once_while_more_is_happening()
    {
        await using var busy = await SimulatedCalendly.StartAsync(new { members = 40, invitations = 10_500, plan = "enterprise" }, Token);
        var client = await busy.AsAsync(SimulatorDefaults.Priya, Token);
        var query = new ActivityLogQuery((await client.Users.MeAsync(Token)).CurrentOrganization);
        var (pages, all) = (0, new List<ActivityLogEntry>());
        do
        {
            var page = await client.ActivityLog.ListAsync(query, Token);
            // Where the total is no longer counted, it says so.
            Assert.Equal((10_000, true), (page.TotalCount, page.ExceedsMaxTotalCount));
            all.AddRange(page.Items);
            query = query with { PageToken = page.NextPageToken };
            pages++;
            await busy.ControlAsync("members", new { email = $"newcomer.{pages}@harbourlight.example" }, Token);
        }
        while (query.PageToken is not null);

        // 10,500 were sent, and 2 in 7 of them answered.
        Assert.Equal((14, 13_500, 13_500), (pages, all.Count, all.DistinctBy(entry => entry.Uri).Count()));
        Assert.Equal(all.OrderByDescending(entry => entry.OccurredAt).Select(entry => entry.OccurredAt), all.Select(entry => entry.OccurredAt));
        Assert.DoesNotContain(all, entry => entry.Action == "Add");
        Assert.Equal(10_500, all.Count(entry => entry.Action == "Invite_Sent"));
        Assert.True(all.Where(entry => entry.Action == "Invite_Sent").Select(entry => entry.Actor?.Uri).Distinct().Count() > 1);
    }

    [Fact]
    public async Task Entries_are_sorted_as_asked_over_all_pages_and_back()
    {
        string[] fields = ["occurred_at", "action", "namespace", "actor.display_name", "actor.uri"];
        await HappenAsync();
        var all = await OldestFirstAsync();
        var token = await calendly.TokenAsync(SimulatorDefaults.Olivia, Token);
        foreach (var sort in fields.SelectMany(field => new[] { $"{field}:asc", $"{field}:desc" }).Append("namespace:desc,actor.display_name:asc,occurred_at:desc"))
        {
            var pages = new List<JsonElement>();
            for (var next = ""; next is not null; next = pages[^1].GetProperty("pagination").GetProperty("next_page_token").GetString())
                pages.Add(await PageAsync(sort, next));

            Assert.Equal(Sorted(all, sort).Select(entry => entry.Uri), pages.SelectMany(Uris));
            Assert.Equal(3, pages.Count);
            Assert.Equal(Uris(pages[1]), Uris(await PageAsync(sort, pages[2].GetProperty("pagination").GetProperty("previous_page_token").GetString()!)));
            Assert.Equal(JsonValueKind.Null, pages[0].GetProperty("pagination").GetProperty("previous_page_token").ValueKind);
        }

        async Task<JsonElement> PageAsync(string sort, string page) =>
            (await calendly.GetAsync($"activity_log_entries?organization={organization}&sort={sort}&count=2{(page.Length == 0 ? "" : $"&page_token={page}")}", token, Token)).Body;
        static IEnumerable<string?> Uris(JsonElement page) => page.GetProperty("collection").EnumerateArray().Select(entry => entry.GetProperty("uri").GetString());
    }

    [Fact]
    public async Task Entries_are_filtered_by_actor_namespace_and_action()
    {
        await HappenAsync();
        var (sam, priya) = (await MemberAsync(SimulatorDefaults.Sam.Email), await MemberAsync(SimulatorDefaults.Priya.Email));

        Assert.Equal(["Role_Changed", "Invite_Sent"], (await OldestFirstAsync(new(organization, Actors: [sam.User.Uri]))).Select(entry => entry.Action));
        Assert.Equal(["Add", "Role_Changed", "Invite_Sent"], (await OldestFirstAsync(new(organization, Actors: [sam.User.Uri, priya.User.Uri]))).Select(entry => entry.Action));
        Assert.Equal(["Invite_Sent", "Invite_Declined"], (await OldestFirstAsync(new(organization, Namespaces: ["User_Management"]))).Select(entry => entry.Action));
        Assert.Equal(["Add", "Remove", "Add"], (await OldestFirstAsync(new(organization, Actions: ["Add", "Remove"]))).Select(entry => entry.Action));
        Assert.Equal(["Invite_Sent"], (await OldestFirstAsync(new(organization, Actors: [sam.User.Uri], Namespaces: ["User_Management", "API"]))).Select(entry => entry.Action));
        Assert.Empty(await OldestFirstAsync(new(organization, Namespaces: ["user"])));
    }

    [Fact]
    public async Task Entries_are_filtered_by_time_and_kept_for_90_days()
    {
        var start = clock.GetUtcNow();
        foreach (var number in Enumerable.Range(1, 3))
        {
            clock.Advance(TimeSpan.FromMinutes(1.5));
            await AddAsync($"newcomer.{number}@harbourlight.example");
        }
        var (first, second, third) = (start.AddSeconds(90), start.AddSeconds(180), start.AddSeconds(270));
        var tick = TimeSpan.FromMicroseconds(1);

        async Task<DateTimeOffset[]> Between(DateTimeOffset? after, DateTimeOffset? before) =>
            [.. (await OldestFirstAsync(new(organization, MinOccurredAt: after, MaxOccurredAt: before))).Select(entry => entry.OccurredAt)];
        Assert.Equal([second, third], await Between(first, null));
        Assert.Equal([first, second, third], await Between(first - tick, null));
        Assert.Equal([first, second], await Between(null, third));
        Assert.Equal([first, second, third], await Between(null, third + tick));
        Assert.Equal([second], await Between(first, third));
        Assert.Empty(await Between(third, null));
        clock.Advance(TimeSpan.FromMilliseconds(250.25));
        await AddAsync("newcomer.4@harbourlight.example");
        var last = await ReadAsync();
        // The last time has no fraction: asking from it on tells the last entry again and loses none.
        Assert.Equal((third, third.AddMilliseconds(250.25)), (last.LastEventTime, last.Items[0].OccurredAt));
        clock.Advance(second.AddDays(90) - clock.GetUtcNow());
        Assert.Equal([third, third.AddMilliseconds(250.25)], await Between(null, null));
    }

    [Fact]
    public async Task Search_finds_by_its_operators()
    {
        (string Term, string Found)[] cases =
        [
            ("Add", "AF"),
            ("add", "AF"),
            ("Ad", ""),
            ("*", "ABCDEF"),
            ("admin", "B"),
            ("User_Management.Invite_Sent", "D"),
            ("kim.berg@harbourlight.example", "AB"),
            ("\"kim.berg@harbourlight.example\"", "AB"),
            ("\"Kim Berg\"", "AB"),
            ("\"Berg Kim\"", ""),
            ("Berg Kim", "AB"),
            ("Kim -Priya", "B"),
            ("Added -User", ""),
            ("Role_Changed | Remove", "BC"),
            ("User + Sam", "BD"),
            ("User +Sam", "BD"),
            ("(Kim + Sam) OR (Vera + Olivia)", "BC"),
            ("Kim -(Sam | Olivia)", "A"),
            ("*@elsewhere.example", "DE"),
            ("Decl*", "E"),
            ("Decl", ""),
            ("new+person@elsewhere.example", ""),
        ];
        await HappenAsync();
        var all = (await OldestFirstAsync()).Select(entry => entry.Uri).ToList();
        Assert.Equal(6, all.Count);
        var found = new List<(string, string)>();
        foreach (var (term, _) in cases)
            found.Add((term, string.Concat((await OldestFirstAsync(new(organization, term))).Select(entry => "ABCDEF"[all.IndexOf(entry.Uri)]))));
        Assert.Equal(cases, found);
    }

    [Fact]
    public async Task Parameter_that_is_wrong_is_named()
    {
        (string Query, string Parameter)[] cases =
        [
            ("", "organization"),
            ("organization=BBBBBBBBBBBBBBBB", "organization"),
            ($"organization={organization}&count=0", "count"),
            ($"organization={organization}&count=1001", "count"),
            ($"organization={organization}&count=many", "count"),
            ($"organization={organization}&page_token=none", "page_token"),
            ($"organization={organization}&sort=occurred_at", "sort"),
            ($"organization={organization}&sort=occurred_at:up", "sort"),
            ($"organization={organization}&sort=action:asc,uri:asc", "sort"),
            ($"organization={organization}&actor=AAAAAAAAAAAAAAAA", "actor"),
            ($"organization={organization}&actor=https://api.calendly.com/users/AAAAAAAAAAAAAAAA,{organization}", "actor"),
            ($"organization={organization}&min_occurred_at=yesterday", "min_occurred_at"),
            ($"organization={organization}&max_occurred_at=2026-13-01T00:00:00Z", "max_occurred_at"),
            ($"organization={organization}&search_term={new string('a', 301)}", "search_term"),
            ($"organization={organization}&search_term=%22open", "search_term"),
            ($"organization={organization}&search_term=%22%22", "search_term"),
            ($"organization={organization}&search_term=(a", "search_term"),
            ($"organization={organization}&search_term=a)", "search_term"),
            ($"organization={organization}&search_term=a|", "search_term"),
            ($"organization={organization}&search_term=a+OR+OR+b", "search_term"),
            ($"organization={organization}&search_term=-", "search_term"),
            ($"organization={organization}&search_term=%20", "search_term"),
        ];
        var token = await calendly.TokenAsync(SimulatorDefaults.Olivia, Token);
        Assert.Equal(200, (await calendly.GetAsync($"activity_log_entries?organization={organization}&count=1000&search_term={new string('a', 300)}", token, Token)).Status);
        var refused = new List<(string, string?)>();
        foreach (var (query, _) in cases)
        {
            var (status, body) = await calendly.GetAsync($"activity_log_entries?{query}", token, Token);
            Assert.Equal((400, "Invalid Argument"), (status, body.GetProperty("title").GetString()));
            refused.Add((query, body.GetProperty("details")[0].GetProperty("parameter").GetString()));
        }
        Assert.Equal(cases, refused!);
    }

    [Fact]
    public async Task Page_token_of_a_world_that_is_gone_is_an_invalid_argument()
    {
        await HappenAsync();
        var page = await olivia.ActivityLog.ListAsync(new(organization, Sort: ["occurred_at:asc"], Count: 5), Token);
        await calendly.ControlAsync("reset", new { members = 40, invitations = 0, plan = "enterprise" }, Token);
        var again = await calendly.AsAsync(SimulatorDefaults.Olivia, Token);
        var refused = await Assert.ThrowsAsync<CalendlyException>(() => again.ActivityLog.ListAsync(new(organization, PageToken: page.NextPageToken), Token));
        Assert.Equal((CalendlyFailure.InvalidArgument, "page_token"), (refused.Failure, Assert.Single(refused.Details).Parameter));
    }

    [Fact]
    public async Task Log_is_refused_without_scope_without_role_for_others_and_without_the_plan_and_each_says_which()
    {
        Assert.Empty((await (await calendly.AsAsync(SimulatorDefaults.Priya, Token, "activity_log:read")).ActivityLog.ListAsync(new(organization), Token)).Items);
        var unscoped = await RefusedAsync(CalendlyFailure.InsufficientScope, await calendly.AsAsync(SimulatorDefaults.Priya, Token, "organizations:write groups:read"), organization);
        Assert.Equal([Scopes.ActivityLogRead], unscoped.RequiredScopes);
        const string Generic = "You do not have permission to access this resource.", Upgrade = "Please upgrade your Calendly account to Enterprise.";
        Assert.Equal(Generic, (await RefusedAsync(CalendlyFailure.PermissionDenied, await calendly.AsAsync(SimulatorDefaults.Arjun, Token), organization)).CalendlyMessage);
        Assert.Equal(Generic, (await RefusedAsync(CalendlyFailure.PermissionDenied, olivia, CalendlyUri.Organization("BBBBBBBBBBBBBBBB"))).CalendlyMessage);
        var sam = await calendly.AsAsync(SimulatorDefaults.Sam, Token);
        await calendly.ControlAsync(HttpMethod.Delete, $"members/{Id(await MemberAsync(SimulatorDefaults.Sam.Email))}", null, Token);
        Assert.Equal(Upgrade, (await RefusedAsync(CalendlyFailure.EnterpriseRequired, sam, (await sam.Users.MeAsync(Token)).CurrentOrganization)).CalendlyMessage);
        foreach (var plan in new[] { "free", "teams" })
        {
            await calendly.ControlAsync("reset", new { members = 20, plan }, Token);
            Assert.Equal(Upgrade, (await RefusedAsync(CalendlyFailure.EnterpriseRequired, await calendly.AsAsync(SimulatorDefaults.Priya, Token), organization)).CalendlyMessage);
        }
    }

    [Fact]
    public async Task Log_spends_the_budget_and_has_its_faults_like_any_call()
    {
        await calendly.ControlAsync("reset", new { members = 20, plan = "enterprise", rateLimitPerMinute = 2 }, Token);
        olivia = await calendly.AsAsync(SimulatorDefaults.Olivia, Token);
        await calendly.FaultAsync(new { method = "GET", path = "^/activity_log_entries$", status = 503 }, Token);
        Assert.Equal(CalendlyFailure.ServerError, (await Assert.ThrowsAsync<CalendlyException>(ReadAsync)).Failure);
        await ReadAsync();
        await ReadAsync();
        Assert.Equal(CalendlyFailure.RateLimited, (await Assert.ThrowsAsync<CalendlyException>(ReadAsync)).Failure);
        Assert.Equal([503, 200, 200, 429], await calendly.StatusesAsync("/activity_log_entries", Token));
    }

    /// <summary>Six things by different people, a second apart: A to F.</summary>
    private async Task HappenAsync()
    {
        var vera = await MemberAsync(SimulatorDefaults.Vera.Email);
        var sam = await calendly.AsAsync(SimulatorDefaults.Sam, Token);
        var kim = await AddAsync("kim.berg@harbourlight.example");
        clock.Advance(TimeSpan.FromSeconds(1));
        await calendly.ControlAsync(HttpMethod.Patch, $"members/{kim}", new { role = "admin", actor = SimulatorDefaults.Sam.Email }, Token);
        clock.Advance(TimeSpan.FromSeconds(1));
        await olivia.Memberships.RemoveAsync(vera.Uri, Token);
        clock.Advance(TimeSpan.FromSeconds(1));
        var invitation = await sam.Invitations.CreateAsync(organization, "new.person@elsewhere.example", Token);
        clock.Advance(TimeSpan.FromSeconds(1));
        await calendly.ControlAsync($"invitations/{Id(invitation.Uri)}/decline", new { }, Token);
        clock.Advance(TimeSpan.FromSeconds(1));
        await AddAsync("lee.moss@harbourlight.example", SimulatorDefaults.Olivia.Email);
    }

    /// <summary>What is equal stays in the order in which it happened.</summary>
    private static IEnumerable<ActivityLogEntry> Sorted(IEnumerable<ActivityLogEntry> oldestFirst, string sort)
    {
        var sorted = oldestFirst.OrderBy(_ => 0);
        foreach (var part in sort.Split(','))
        {
            Func<ActivityLogEntry, string?> key = part.Split(':')[0] switch
            {
                "action" => entry => entry.Action,
                "namespace" => entry => entry.Namespace,
                "actor.uri" => entry => entry.Actor?.Uri,
                "actor.display_name" => entry => entry.Actor?.DisplayName,
                _ => entry => entry.OccurredAt.ToString("O", CultureInfo.InvariantCulture),
            };
            sorted = part.EndsWith(":asc", StringComparison.Ordinal) ? sorted.ThenBy(key, StringComparer.Ordinal) : sorted.ThenByDescending(key, StringComparer.Ordinal);
        }
        return sorted;
    }

    private async Task<string> AddAsync(string email, string? actor = null) =>
        (await calendly.ControlAsync("members", actor is null ? new { email } : new { email, actor }, Token)).GetProperty("uuid").GetString()!;

    private async Task<OrganizationMembership> MemberAsync(string email) =>
        Assert.Single((await olivia.Memberships.ListAsync(new MembershipQuery(organization, Email: email), Token)).Items);

    private Task<ActivityLogPage> ReadAsync() => olivia.ActivityLog.ListAsync(new(organization), Token);

    private async Task<List<ActivityLogEntry>> OldestFirstAsync(ActivityLogQuery? query = null)
    {
        var page = await olivia.ActivityLog.ListAsync((query ?? new(organization)) with { Sort = ["occurred_at:asc"] }, Token);
        Assert.Equal((page.Items.Count, null, false), (page.TotalCount, page.NextPageToken, page.ExceedsMaxTotalCount));
        return [.. page.Items];
    }

    private static async Task<CalendlyException> RefusedAsync(CalendlyFailure failure, CalendlyClient client, string where)
    {
        var refused = await Assert.ThrowsAsync<CalendlyException>(() => client.ActivityLog.ListAsync(new(where), Token));
        Assert.Equal((failure, HttpStatusCode.Forbidden), (refused.Failure, refused.Status));
        return refused;
    }

    private static (string? What, string? Actor, string? Whom, string? Where) Told(ActivityLogEntry entry) =>
        (entry.FullyQualifiedName, entry.Actor?.AlternativeIdentifier, Detail(entry, "email"), Detail(entry, "source"));

    private static string? Detail(ActivityLogEntry entry, string name) => entry.Details?.GetProperty(name).GetString();

    private static string Id(OrganizationMembership member) => Id(member.Uri);

    private static string Id(string uri) => uri.Split('/')[^1];
}
