using System.Text.Json.Serialization;

namespace AdminPortal.Calendly;

/// <summary>The envelope of a single thing: <c>{"resource":{…}}</c>.</summary>
internal sealed record Resource<T>([property: JsonPropertyName("resource")] T Value);

/// <summary>The envelope of a list: <c>{"collection":[…],"pagination":{…}}</c>.</summary>
internal record Collection<T>([property: JsonPropertyName("collection")] IReadOnlyList<T> Items, Pagination Pagination);

/// <summary>
/// Both keys are always sent, null on the last page. They are required here, so that an answer without them is not taken
/// for a last page. <c>next_page</c> is only compared with null; it is never followed.
/// </summary>
internal sealed record Pagination(string? NextPage, string? NextPageToken);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(Resource<User>))]
[JsonSerializable(typeof(Resource<Organization>))]
[JsonSerializable(typeof(Resource<OrganizationMembership>))]
[JsonSerializable(typeof(Resource<OrganizationInvitation>))]
[JsonSerializable(typeof(Collection<OrganizationMembership>))]
[JsonSerializable(typeof(Collection<OrganizationInvitation>))]
[JsonSerializable(typeof(Collection<ScheduledEvent>))]
[JsonSerializable(typeof(Collection<EventType>))]
[JsonSerializable(typeof(Collection<WebhookSubscription>))]
[JsonSerializable(typeof(Resource<Group>))]
[JsonSerializable(typeof(Collection<Group>))]
[JsonSerializable(typeof(Collection<GroupRelationship>))]
[JsonSerializable(typeof(ActivityLogCollection))]
[JsonSerializable(typeof(InvitationBody))]
[JsonSerializable(typeof(TokenResponse))]
[JsonSerializable(typeof(TokenIntrospection))]
internal sealed partial class CalendlyJson : JsonSerializerContext;
