using System.Net;
using AdminPortal.Calendly;

namespace AdminPortal.Web.Features.Connections;

/// <summary>
/// What a refresh that brought no pair means. A token endpoint answers 200 when it has issued a pair (RFC 6749, section 5.1) and refuses
/// otherwise; whoever is not certain that it refused must take the refresh token for spent.
/// </summary>
/// <param name="IsUnspent">It is certain enough that nothing was used up: the same token may be sent again after the pause.</param>
/// <param name="Words">For people.</param>
/// <param name="Reason">For the log; nothing of what Calendly wrote.</param>
public sealed record RefreshFailure(bool IsUnspent, string Words, string Reason, TimeSpan Pause)
{
    public static RefreshFailure Of(Exception exception)
    {
        var oauth = exception as CalendlyOAuthException;
        var (unspent, words) = oauth is null ? NoAnswer : Of(oauth);
        return new(unspent, words, oauth is null ? exception.GetType().Name : $"{oauth.Failure} {(int?)oauth.Status}".TrimEnd(), oauth?.RetryAfter ?? TimeSpan.Zero);
    }

    private static (bool, string) NoAnswer => (false, "Calendly did not answer while renewing this connection, so its tokens may be used up.");

    private static (bool, string) Of(CalendlyOAuthException refusal) => refusal switch
    {
        { Failure: OAuthFailure.InvalidGrant } => (false, "Calendly refused to renew this connection: it was revoked there, or its sign-in changed."),
        { Failure: OAuthFailure.NotSent } => (true, "Calendly could not be reached."),
        { Failure: OAuthFailure.RateLimited } => (true, "Calendly asks us to slow down."),
        { Failure: OAuthFailure.InvalidClient } =>
            (true, "Calendly does not accept this portal’s OAuth app. Whoever runs the portal has to check Calendly:ClientId and Calendly:ClientSecret."),
        { Status: HttpStatusCode.Moved or HttpStatusCode.Found or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect } =>
            (true, "Calendly’s sign-in address has moved. Whoever runs the portal has to check Calendly:AuthUrl."),
        { Status: >= HttpStatusCode.BadRequest and < HttpStatusCode.InternalServerError } => (true, "Calendly did not accept the request."),
        // A gateway's 502 and 504 say nothing about what happened behind it. These two are taken as "nothing was done", so that an hour of
        // trouble at Calendly does not cost everybody their connection; should one of them be wrong, Calendly refuses the spent token.
        { Status: HttpStatusCode.InternalServerError or HttpStatusCode.ServiceUnavailable } => (true, "Calendly has a problem of its own."),
        { Failure: OAuthFailure.Unreadable } => (false, "Calendly’s answer could not be read while it was renewing this connection, so its tokens may be used up."),
        _ => NoAnswer,
    };
}
