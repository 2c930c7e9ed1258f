using System.Security.Cryptography;
using System.Text;
using AdminPortal.Calendly;
using AdminPortal.Web.Data;
using AdminPortal.Web.Security;
using AdminPortal.Web.Shell;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Web.Features.Connections;

/// <summary>Where to send the browser, and the value of its attempt cookie.</summary>
public sealed record ConsentStart(Uri AuthorizeUri, string BrowserSecret);

/// <summary>What came back with the browser, as it came.</summary>
public sealed record ConsentAnswer(string? State, string? Code, string? Error, string? BrowserSecret);

/// <summary>A consent that was begun by this person in this browser and session, taken out of use; or why there is none, and whose it was if that is known.</summary>
public sealed record ConsentTaken(OAuthAttempt? Attempt, string? Verifier, string? Problem);

/// <summary>The way to Calendly's consent page and back: state, browser and session are checked, and each attempt works once.</summary>
public sealed class Consent(IDbContextFactory<PortalDbContext> contexts, UseCase useCase, CalendlySignIn calendly, TokenProtection protection, TimeProvider clock)
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);
    private const int SecretLength = 64;
    private const int LongestState = 256;
    private const int LongestCode = 2048;

    /// <param name="returnUrl">Where to go afterwards; a path of this portal.</param>
    /// <param name="browserSecret">The attempt cookie that this browser has already: two tabs are still one browser.</param>
    public async Task<ConsentStart> BeginAsync(string? returnUrl, string? browserSecret, Actor actor, CancellationToken cancellationToken)
    {
        var (state, pkce) = (RandomNumberGenerator.GetHexString(SecretLength, true), Pkce.Create());
        var browser = browserSecret is { Length: SecretLength } && browserSecret.All(char.IsAsciiHexDigitLower)
            ? browserSecret
            : RandomNumberGenerator.GetHexString(SecretLength, true);
        string? hint = null;
        await useCase.RunAsync(Command.New("connection.begun", Permission.Connect), actor, async (work, ct) =>
        {
            // Attempts are of no use after they expired; a day is kept so that a late callback can be told why.
            var yesterday = work.Now.AddDays(-1);
            await work.Db.OAuthAttempts.Where(a => a.ExpiresAt < yesterday).ExecuteDeleteAsync(ct);
            var hash = Hash(state);
            work.Db.OAuthAttempts.Add(new OAuthAttempt
            {
                StateHash = hash,
                PersonId = work.Person.Id,
                BrowserHash = Hash(browser),
                SessionId = work.Actor.Session?.Id,
                ProtectedVerifier = protection.ProtectVerifier(work.Person.Id, hash, pkce.Verifier),
                ReturnUrl = Urls.LocalOrOverview(returnUrl),
                CreatedAt = work.Now,
                ExpiresAt = work.Now + Lifetime,
            });
            hint = work.Person.Address;
            return new Done(new AuditObject("person", work.Person.Id.ToString(), work.Person.Name), work.Person.Id);
        }, cancellationToken);
        return new ConsentStart(calendly.AuthorizeUri(state, pkce, hint), browser);
    }

    /// <summary>The attempt is used up by being presented, whoever presents it: of two callbacks that race, one wins.</summary>
    public async Task<ConsentTaken> TakeAsync(ConsentAnswer answer, Person? person, Guid? session, CancellationToken cancellationToken)
    {
        OAuthAttempt? attempt = null;
        ConsentTaken Problem(string code) => new(attempt, null, code);
        if (string.IsNullOrEmpty(answer.State)) return Problem(person is null ? ConnectProblem.SignedOut : ConnectProblem.MissingState);
        if (answer.State.Length > LongestState) return Problem(ConnectProblem.Malformed);

        var hash = Hash(answer.State);
        var now = clock.GetUtcNow();
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var taken = await db.OAuthAttempts.Where(a => a.StateHash == hash && a.UsedAt == null).ExecuteUpdateAsync(set => set.SetProperty(a => a.UsedAt, now), cancellationToken);
        attempt = await db.OAuthAttempts.AsNoTracking().SingleOrDefaultAsync(a => a.StateHash == hash, cancellationToken);
        if (person is null) return Problem(ConnectProblem.SignedOut);
        if (attempt is null) return Problem(ConnectProblem.UnknownState);
        if (taken == 0) return Problem(ConnectProblem.UsedState);
        if (attempt.ExpiresAt <= now) return Problem(ConnectProblem.ExpiredState);
        if (attempt.PersonId != person.Id) return Problem(ConnectProblem.OtherPerson);
        if (answer.Code?.Length > LongestCode || answer.Error?.Length > LongestState || answer.BrowserSecret?.Length > LongestState) return Problem(ConnectProblem.Malformed);
        if (answer.BrowserSecret is null || !CryptographicOperations.FixedTimeEquals(Hash(answer.BrowserSecret), attempt.BrowserHash)) return Problem(ConnectProblem.OtherBrowser);
        if (attempt.SessionId != session) return Problem(ConnectProblem.OtherSession);
        if (answer.Error is not null) return Problem(answer.Error == "access_denied" ? ConnectProblem.Denied : ConnectProblem.CalendlyError);
        if (string.IsNullOrEmpty(answer.Code)) return Problem(ConnectProblem.MissingCode);
        return protection.UnprotectVerifier(person.Id, hash, attempt.ProtectedVerifier) is { } verifier
            ? new ConsentTaken(attempt, verifier, null)
            : Problem(ConnectProblem.UnknownState);
    }

    private static byte[] Hash(string value) => SHA256.HashData(Encoding.UTF8.GetBytes(value));
}
