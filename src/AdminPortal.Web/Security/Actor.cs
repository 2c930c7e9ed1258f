namespace AdminPortal.Web.Security;

/// <summary>Where an action comes from: a page in somebody's browser, or the portal's own worker.</summary>
public enum ActorSource
{
    Page,
    Worker,
}

/// <summary>
/// Who is doing this now. It says who, never what they may do: rights are read from the person's row at the moment of the action.
/// </summary>
/// <param name="Session">The session of the page where they act; null where no page is, as in the portal's own work.</param>
public sealed record Actor(Guid? PersonId, string ObjectId, string TenantId, string Name, ActorSource Source, SessionTicket? Session = null)
{
    /// <summary>The portal itself: workers that carry out what people decided.</summary>
    public static readonly Actor Portal = new(null, "", "", "Portal", ActorSource.Worker);
}
