namespace AdminPortal.Calendly;

/// <summary>
/// Calendly's REST API for one person's authority: whoever the access token belongs to acts in every call.
/// <see href="https://developer.calendly.com/docs/getting-started/introduction"/>
/// <para>Every method throws <see cref="CalendlyException"/> for a refusal, an unreadable answer or no answer;
/// <see cref="ArgumentException"/>, before anything is sent, for a reference that is no full URI of the right type;
/// and <see cref="OperationCanceledException"/> only if the caller cancelled (a write may then have happened).</para>
/// </summary>
public sealed class CalendlyClient
{
    /// <param name="http">BaseAddress is the API's root, https://api.calendly.com/ unless told otherwise. Its handler should not follow redirects: Calendly documents none.</param>
    /// <param name="accessToken">Asked for the token (OAuth or personal access token) before every request; what it throws passes through.</param>
    /// <param name="time">The clock against which a Retry-After date is read.</param>
    public CalendlyClient(HttpClient http, Func<CancellationToken, ValueTask<string>> accessToken, TimeProvider? time = null)
    {
        var api = new CalendlyApi(http, accessToken, time ?? TimeProvider.System);
        Users = new Users(api);
        Organizations = new Organizations(api);
        Memberships = new Memberships(api);
        Invitations = new Invitations(api);
        ScheduledEvents = new ScheduledEvents(api);
        EventTypes = new EventTypes(api);
        Webhooks = new Webhooks(api);
        Groups = new Groups(api);
        ActivityLog = new ActivityLog(api);
    }

    /// <summary>People. Scope users:read.</summary>
    public Users Users { get; }

    /// <summary>The organization itself. Scope organizations:read.</summary>
    public Organizations Organizations { get; }

    /// <summary>Who belongs to the organization. Scopes organizations:read and organizations:write.</summary>
    public Memberships Memberships { get; }

    /// <summary>Who was invited. Scopes organizations:read and organizations:write.</summary>
    public Invitations Invitations { get; }

    /// <summary>Meetings. Scope scheduled_events:read.</summary>
    public ScheduledEvents ScheduledEvents { get; }

    /// <summary>Kinds of meeting that can be booked. Scope event_types:read.</summary>
    public EventTypes EventTypes { get; }

    /// <summary>Webhook subscriptions. Scope webhooks:read.</summary>
    public Webhooks Webhooks { get; }

    /// <summary>Groups and who belongs to them. Scope groups:read.</summary>
    public Groups Groups { get; }

    /// <summary>Who did what in the organization. Scope activity_log:read; Enterprise only.</summary>
    public ActivityLog ActivityLog { get; }
}
