using AdminPortal.Calendly;
using AdminPortal.Web.Security;

namespace AdminPortal.Web.Features.Connections;

/// <summary>Why connecting came to nothing: codes for the address and the audit log, words for people. Nothing of what came in is repeated.</summary>
public static class ConnectProblem
{
    public const string SignedOut = "signed-out";
    public const string Malformed = "malformed";
    public const string MissingState = "missing-state";
    public const string UnknownState = "unknown-state";
    public const string UsedState = "used-state";
    public const string ExpiredState = "expired-state";
    public const string OtherPerson = "other-person";
    public const string OtherBrowser = "other-browser";
    public const string OtherSession = "other-session";
    public const string Denied = "denied";
    public const string CalendlyError = "calendly-error";
    public const string MissingCode = "missing-code";
    public const string NotExchanged = "not-exchanged";
    public const string TooFast = "too-fast";
    public const string AppRefused = "app-refused";
    public const string NotRead = "not-read";
    public const string MissingScope = "missing-scope";
    public const string PlainUser = "plain-user";
    public const string OtherRole = "other-role";
    public const string NoMembership = "no-membership";
    public const string OtherOrganization = "other-organization";
    public const string OtherAddress = "other-address";
    public const string NotAllowed = "not-allowed";
    public const string NoToken = "no-token";
    public const string MalformedToken = "malformed-token";
    public const string ExpiringToken = "expiring-token";
    public const string RefusedToken = "refused-token";
    public const string Blocked = "blocked";
    public const string Unconfirmed = "unconfirmed";
    public const string NotStored = "not-stored";

    /// <summary>What happened, what was not changed, what next; null for a code that is none of ours.</summary>
    public static string? Words(string? code) => code switch
    {
        SignedOut => "You were signed out meanwhile. Nothing was connected. Start again from here.",
        Malformed => "Calendly’s answer did not have the expected form. Nothing was connected. Start again from here.",
        MissingState or UnknownState => "This answer belongs to no connection that was started here. Nothing was connected. Start again from here.",
        UsedState => "This answer from Calendly was used before. Nothing was connected by this attempt. If you are not connected, start again from here.",
        ExpiredState => "More than 10 minutes passed at Calendly. Nothing was connected. Start again from here.",
        OtherPerson => "This connection was started by another person. Nothing was connected. Start your own from here.",
        OtherBrowser => "This connection was started in another browser. Nothing was connected. Start again in this one.",
        OtherSession => "You signed out or in again while you were at Calendly. Nothing was connected. Start again from here.",
        Denied => "You chose not to connect at Calendly. Nothing was connected.",
        CalendlyError => "Calendly reported an error instead of connecting. Nothing was connected. Try again; if it happens again, whoever runs the portal has to check its OAuth app at Calendly.",
        MissingCode => "Calendly’s answer held no code. Nothing was connected. Start again from here.",
        NotExchanged => "Calendly did not confirm the connection. Nothing was connected. Start again from here.",
        TooFast => "Calendly asks us to slow down: it allows 8 tries a minute. Nothing was connected. Start again in a minute.",
        AppRefused => "Calendly does not accept this portal’s OAuth app. Nothing was connected. Whoever runs the portal has to check Calendly:ClientId and Calendly:ClientSecret.",
        NotRead => "Calendly did not say whose account this is. Nothing was connected. Try again in a minute.",
        MissingScope => "The connection lacks users:read or organizations:read. Nothing was connected. Try again and allow both.",
        PlainUser => "Your Calendly role is User. The portal needs an account that is admin or owner. Nothing was connected. An admin can change your role in Calendly.",
        OtherRole => "Your Calendly role is none that the portal knows. It needs an account that is admin or owner. Nothing was connected. An admin can change your role in Calendly.",
        NoMembership => "Calendly lists your account as a member of no organization, so it has no role there. Nothing was connected. An admin can invite you in Calendly.",
        OtherOrganization => "That Calendly account belongs to another organization than this portal manages. Nothing was connected. Sign in to Calendly with your account of this organization.",
        OtherAddress => "That Calendly account has another address than the one you signed in with. Nothing was connected. Sign in to Calendly with your own account.",
        NotAllowed => "Your role no longer lets you connect: it needs Operator or Administrator. Nothing was connected.",
        NoToken => "Paste the token that Calendly showed you.",
        MalformedToken => "This is not a personal access token: one is a single line of letters, digits, dots and dashes. Nothing was connected. Copy it again in Calendly, all of it and nothing else.",
        ExpiringToken => "This token ends by itself after a while, so it belongs to an app and is not a personal access token. Nothing was connected. Make one in Calendly.",
        RefusedToken => "Calendly does not accept this token: it was revoked, or it is another kind of token. Nothing was connected. Make a new one in Calendly.",
        Blocked => "You are blocked in this portal. Nothing was connected. An Administrator can lift that.",
        Unconfirmed => "Your sign-in was confirmed more than an hour ago and had to be confirmed again. Nothing was connected. Start again from here.",
        NotStored => "The connection could not be stored. Nothing was connected. Start again from here.",
        _ => null,
    };

    /// <summary>The code for what a use case refused.</summary>
    public static string Of(Refusal refusal) => refusal.Code switch
    {
        "role" or "unknown_person" => NotAllowed,
        "blocked" => Blocked,
        "confirm" => Unconfirmed,
        "session_ended" or "session_idle" => SignedOut,
        OtherOrganization => OtherOrganization,
        _ => NotStored,
    };

    /// <summary>The code for an exchange that brought no grant.</summary>
    public static string Of(OAuthFailure? failure) => failure switch
    {
        OAuthFailure.RateLimited => TooFast,
        OAuthFailure.InvalidClient => AppRefused,
        _ => NotExchanged,
    };
}
