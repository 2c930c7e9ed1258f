namespace AdminPortal.Calendly.Tests;

/// <summary>Bodies as Calendly documents them, each with fields that the client has never heard of.</summary>
internal static class Documented
{
    public const string Org = "https://api.calendly.com/organizations/BBBBBBBBBBBBBBBB";
    public const string OrgEscaped = "https%3A%2F%2Fapi.calendly.com%2Forganizations%2FBBBBBBBBBBBBBBBB";
    public const string Ada = "https://api.calendly.com/users/AAAAAAAAAAAAAAAA";
    public const string AdaEscaped = "https%3A%2F%2Fapi.calendly.com%2Fusers%2FAAAAAAAAAAAAAAAA";
    public const string Membership = "https://api.calendly.com/organization_memberships/8d5f0c8f-0ff4-4d2b-9a51-6a1f2a7d9c01";
    public const string MembershipPath = "organization_memberships/8d5f0c8f-0ff4-4d2b-9a51-6a1f2a7d9c01";
    public const string Invitation = Org + "/invitations/CCCCCCCCCCCCCCCC";
    public const string InvitationPath = "organizations/BBBBBBBBBBBBBBBB/invitations/CCCCCCCCCCCCCCCC";

    public const string User = """
        {"resource":{"uri":"https://api.calendly.com/users/AAAAAAAAAAAAAAAA","name":"Ada Byron","slug":"ada","email":"ada@example.com",
        "scheduling_url":"https://calendly.com/ada","timezone":"Europe/London","time_notation":"24h","avatar_url":null,"locale":"en",
        "created_at":"2019-01-02T03:04:05.678123Z","updated_at":"2019-08-07T06:05:04.321123Z",
        "current_organization":"https://api.calendly.com/organizations/BBBBBBBBBBBBBBBB","resource_type":"User","mood":{"today":["good"]}}}
        """;

    public const string Organization = """
        {"resource":{"id":4711,"uri":"https://api.calendly.com/organizations/BBBBBBBBBBBBBBBB","name":"Engines Ltd","kind":"multiple",
        "plan":"galactic","stage":"paid","created_at":"2019-01-02T03:04:05.678123Z","updated_at":"2019-08-07T06:05:04.321123Z"}}
        """;

    public const string Pending = """
        {"uri":"https://api.calendly.com/organizations/BBBBBBBBBBBBBBBB/invitations/CCCCCCCCCCCCCCCC","organization":"https://api.calendly.com/organizations/BBBBBBBBBBBBBBBB",
        "email":"grace@example.com","status":"pending","created_at":"2026-01-02T03:04:05.678123Z","updated_at":"2026-01-02T03:04:05.678123Z",
        "last_sent_at":null}
        """;

    public const string TokenAnswer = """
        {"token_type":"Bearer","expires_in":7200,"created_at":1548689183,"access_token":"eyJ-fresh-access","refresh_token":"fresh-refresh",
        "scope":"users:read organizations:write","owner":"https://api.calendly.com/users/AAAAAAAAAAAAAAAA",
        "organization":"https://api.calendly.com/organizations/BBBBBBBBBBBBBBBB","id_token":null}
        """;

    public static string MembershipOf(string role) => $$"""
        {"uri":"{{Membership}}","role":"{{role}}","user":{"uri":"{{Ada}}","name":"Ada Byron","slug":"ada","email":"ada@example.com",
        "scheduling_url":"https://calendly.com/ada","timezone":"Europe/London","avatar_url":"https://example.com/a.png","locale":"ps",
        "created_at":"2019-01-02T03:04:05.678123Z","updated_at":"2019-08-07T06:05:04.321123Z"},
        "organization":"{{Org}}","created_at":"2019-01-02T03:04:05.678123Z","updated_at":"2019-08-07T06:05:04.321123Z","seat":"full"}
        """;

    public static string Resource(string item) => $$"""{"resource":{{item}}}""";

    public static string List(string? next, params string[] items) => $$$"""
        {"collection":[{{{string.Join(',', items)}}}],"pagination":{"count":{{{items.Length}}},
        "next_page":{{{(next is null ? "null" : "\"https://evil.example.com/steal?page_token=" + next + "\"")}}},"previous_page":null,
        "next_page_token":{{{(next is null ? "null" : $"\"{next}\"")}}},"previous_page_token":null}}
        """;

    public static string Event(int number, int hosts, string start) => $$"""
        {"uri":"https://api.calendly.com/scheduled_events/EV{{number}}","name":null,"status":"active","start_time":"{{start}}","end_time":"{{start}}",
        "event_type":"https://api.calendly.com/event_types/ET1","location":{"type":"physical"},"invitees_counter":{"total":1,"active":1,"limit":1},
        "event_memberships":[{{string.Join(',', Enumerable.Range(1, hosts).Select(host => $$"""{"user":"https://api.calendly.com/users/H{{host}}","user_email":"h@example.com"}"""))}}],
        "calendar_event":null}
        """;

    public static string Type(int number, string owner, string? deletedAt = null) => $$"""
        {"uri":"https://api.calendly.com/event_types/ET{{number}}","name":"Chat","active":true,"slug":"chat","duration":30,"kind":"solo","pooling_type":null,
        "type":"StandardEventType","profile":{"type":"User","name":"Ada","owner":"{{owner}}"},"custom_questions":[],
        "deleted_at":{{(deletedAt is null ? "null" : $"\"{deletedAt}\"")}},"created_at":"2019-01-02T03:04:05.678123Z","updated_at":"2019-01-02T03:04:05.678123Z"}
        """;

    public static string Hook(int number, string scope, string? creator, string? user = null) => $$"""
        {"uri":"https://api.calendly.com/webhook_subscriptions/WH{{number}}","callback_url":"https://example.com/hook?key=1","state":"active","events":["invitee.created"],
        "scope":"{{scope}}","organization":"{{Org}}","user":{{(user is null ? "null" : $"\"{user}\"")}},"group":null,
        "creator":{{(creator is null ? "null" : $"\"{creator}\"")}},"retry_started_at":null,
        "created_at":"2019-01-02T03:04:05.678123Z","updated_at":"2019-01-02T03:04:05.678123Z"}
        """;

    public const string Engineers = "https://api.calendly.com/groups/GGGGGGGGGGGGGGGG";
    public const string EngineersEscaped = "https%3A%2F%2Fapi.calendly.com%2Fgroups%2FGGGGGGGGGGGGGGGG";
    public const string MembershipEscaped = "https%3A%2F%2Fapi.calendly.com%2Forganization_memberships%2F8d5f0c8f-0ff4-4d2b-9a51-6a1f2a7d9c01";
    public const string InvitationEscaped = OrgEscaped + "%2Finvitations%2FCCCCCCCCCCCCCCCC";

    public const string Group = $$"""
        {"uri":"{{Engineers}}","name":"Engineering","organization":"{{Org}}","created_at":"2024-05-14T09:00:00.000000Z",
        "updated_at":"2024-05-14T09:00:00.000000Z","member_count":12,"color":"#fff"}
        """;

    /// <summary>Two entries as recorded, one of Calendly itself, and the documented example with what may be missing left out.</summary>
    public const string Activity = $$$"""
        {"collection":[
        {"occurred_at":"2022-10-07T14:21:42.104549Z","actor":{"uri":"{{{Ada}}}","type":"User","organization":{"uri":"{{{Org}}}","role":"owner"},
        "group":{"uri":"{{{Engineers}}}","name":"Development","role":"member"},"display_name":"Ada Byron","alternative_identifier":"ada@example.com","mood":"good"},
        "details":{"name":"test token","depth":{"of":["anything"]}},"organization":"{{{Org}}}","fully_qualified_name":"API.Token_Created",
        "namespace":"API","action":"Token_Created","uri":"https://api.calendly.com/activity_log_entries/LOG2","weather":null},
        {"occurred_at":"2022-09-26T13:41:43.915Z","actor":{"type":"System","display_name":"Calendly System"},
        "details":{"type":"Invitee list","emails":["grace@example.com"]},"organization":"{{{Org}}}",
        "fully_qualified_name":"Compliance.Data_Deletion_Completed","namespace":"Compliance","action":"Data_Deletion_Completed",
        "uri":"https://api.calendly.com/activity_log_entries/LOG1"},
        {"occurred_at":"2020-01-02T03:04:05.678Z","uri":"https://api.calendly.com/activity_log_entries/LOG0","namespace":"User","action":"Add"}],
        "pagination":{"count":3,"next_page":"https://evil.example.com/steal","next_page_token":"older","previous_page":null,"previous_page_token":null},
        "total_count":10000,"exceeds_max_total_count":true,"last_event_time":"2022-10-07T14:21:42Z"}
        """;

    public static string Relationship(int number, string role, string owner) => $$"""
        {"uri":"https://api.calendly.com/group_relationships/GR{{number}}","role":"{{role}}","owner":{{owner}},"organization":"{{Org}}","group":"{{Engineers}}",
        "created_at":"2024-05-14T09:00:00.000000Z","updated_at":"2024-05-14T09:00:00.000000Z"}
        """;

    /// <summary>A membership or an invitation as the owner of a relationship: as ever, and with its type.</summary>
    public static string Owner(string type, string item) => $$"""{"type":"{{type}}",{{item.TrimStart()[1..]}}""";

    public static string Error(string title, string message, string more = "") => $$"""{"title":"{{title}}","message":"{{message}}"{{more}}}""";
}
