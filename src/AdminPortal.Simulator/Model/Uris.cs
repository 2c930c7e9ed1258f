namespace AdminPortal.Simulator.Model;

/// <summary>Identities as Calendly writes them: absolute, whatever the address that the request came to.</summary>
internal sealed class Uris(string prefix)
{
    public string Prefix => prefix;
    public string User(string id) => $"{prefix}/users/{id}";
    public string Organization(string id) => $"{prefix}/organizations/{id}";
    public string Membership(string id) => $"{prefix}/organization_memberships/{id}";
    public string Invitation(string organization, string id) => $"{prefix}/organizations/{organization}/invitations/{id}";
    public string Event(string id) => $"{prefix}/scheduled_events/{id}";
    public string EventType(string id) => $"{prefix}/event_types/{id}";
    public string Webhook(string id) => $"{prefix}/webhook_subscriptions/{id}";
    public string Group(string id) => $"{prefix}/groups/{id}";
    public string GroupRelationship(string id) => $"{prefix}/group_relationships/{id}";
    public string ActivityLogEntry(string id) => $"{prefix}/activity_log_entries/{id}";
}
