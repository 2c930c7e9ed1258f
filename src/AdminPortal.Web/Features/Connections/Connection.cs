using AdminPortal.Calendly;
using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Audit;
using AdminPortal.Web.Security;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AdminPortal.Web.Features.Connections;

public enum ConnectionState
{
    Healthy,
    NeedsReconnect,
    Disconnected,
}

public enum ConnectionKind
{
    OAuth,
    PersonalAccessToken,
}

/// <summary>One admin's Calendly grant in one organization. The tokens are protected; nothing here opens without the key ring's certificate.</summary>
public sealed class Connection
{
    public Guid Id { get; init; } = Guid.CreateVersion7();
    public required Guid PersonId { get; init; }
    public Person? Person { get; init; }
    public required string OrganizationUri { get; init; }
    public required ConnectionKind Kind { get; set; }
    public required ConnectionState State { get; set; }
    /// <summary>Why it is not healthy, in words for people; none when somebody disconnected it.</summary>
    public string? Problem { get; set; }
    public DateTimeOffset? ProblemAt { get; set; }
    /// <summary>Why the portal itself ended it; null while it lives, or when somebody chose to.</summary>
    public OrphanReason? EndedBecause { get; set; }
    public required string CalendlyUserUri { get; set; }
    public required string CalendlyName { get; set; }
    public required string CalendlyEmail { get; set; }
    public required string CalendlyRole { get; set; }
    public required string[] Scopes { get; set; }
    /// <summary>Needed scopes that could not be probed: of a personal access token Calendly says only in use what it may.</summary>
    public string[] UnknownScopes { get; set; } = [];
    public string? ProtectedAccessToken { get; set; }
    public string? ProtectedRefreshToken { get; set; }
    public DateTimeOffset? AccessExpiresAt { get; set; }
    /// <summary>Counts the token pairs stored here; a caller that sees another generation than it read must read again.</summary>
    public int Generation { get; set; }
    /// <summary>Who may refresh until when; a row, so that it holds across instances and survives none of them.</summary>
    public DateTimeOffset? RefreshLeaseUntil { get; set; }
    public long RefreshFence { get; set; }
    /// <summary>After a refresh that came to nothing, nobody tries again before; on the database's clock, like the lease.</summary>
    public DateTimeOffset? RefreshNotBefore { get; set; }
    /// <summary>How often in a row a refresh came to nothing.</summary>
    public int RefreshFailures { get; set; }
    public required DateTimeOffset ConnectedAt { get; set; }
    public DateTimeOffset? LastRefreshedAt { get; set; }
    /// <summary>To the minute.</summary>
    public DateTimeOffset? LastUsedAt { get; set; }
    public uint Version { get; init; }

    /// <summary>Why nothing can be done with it, and who can mend that; null when it works.</summary>
    public string? WhyUnusable() => State switch
    {
        ConnectionState.Healthy => null,
        ConnectionState.NeedsReconnect => $"{CalendlyName}’s connection to Calendly stopped working. {Problem} Only {CalendlyName} can reconnect.",
        _ => $"{CalendlyName} is not connected to Calendly. {(Problem is null ? "" : $"{Problem} ")}Only {CalendlyName} can connect.",
    };

    /// <summary>Why it works no longer although its grant may be good: its access token has ended, and no new one could be had. Null otherwise.</summary>
    public string? WhyNotRenewed(DateTimeOffset now) => State == ConnectionState.Healthy && AccessExpiresAt <= now ? Problem : null;

    /// <summary>False only when it is certain that Calendly would refuse.</summary>
    public bool MayHave(string scope) => UnknownScopes.Contains(scope, StringComparer.Ordinal) || AdminPortal.Calendly.Scopes.Includes(string.Join(' ', Scopes), scope);

    /// <summary>A new grant in this row. A refresh that is on its way finds another generation and fence, and throws its pair away.</summary>
    public void Reconnect(User user, string role, NewGrant grant, TokenProtection protection, DateTimeOffset now)
    {
        (Kind, State, Problem, ProblemAt, EndedBecause) = (grant.Kind, ConnectionState.Healthy, null, null, null);
        (CalendlyUserUri, CalendlyName, CalendlyEmail, CalendlyRole) = (user.Uri, user.Name, user.Email, role);
        (Scopes, UnknownScopes) = ([.. grant.Scopes], [.. grant.Unknown]);
        ProtectedAccessToken = protection.Protect(PersonId, OrganizationUri, Kind, TokenField.Access, grant.AccessToken);
        ProtectedRefreshToken = grant.RefreshToken is null ? null : protection.Protect(PersonId, OrganizationUri, Kind, TokenField.Refresh, grant.RefreshToken);
        AccessExpiresAt = now + grant.Lifetime;
        (Generation, RefreshFence, RefreshLeaseUntil, RefreshNotBefore, RefreshFailures) = (Generation + 1, RefreshFence + 1, null, null, 0);
        (ConnectedAt, LastRefreshedAt) = (now, null);
    }

    /// <summary>The tokens are removed, whatever Calendly says to their revocation.</summary>
    /// <param name="why">In words, unless somebody chose to.</param>
    public void Disconnect(DateTimeOffset now, string? why = null, OrphanReason? because = null)
    {
        (State, Problem, ProblemAt, EndedBecause) = (ConnectionState.Disconnected, why, why is null ? null : now, because);
        (ProtectedAccessToken, ProtectedRefreshToken, AccessExpiresAt) = (null, null, null);
        (Generation, RefreshFence, RefreshLeaseUntil, RefreshNotBefore, RefreshFailures) = (Generation + 1, RefreshFence + 1, null, null, 0);
    }

    /// <summary>The same tokens under the newest key.</summary>
    /// <returns>False when they cannot be opened; then nothing is changed.</returns>
    public bool Reprotect(TokenProtection protection)
    {
        string? Open(TokenField field, string? ciphertext) => protection.Unprotect(PersonId, OrganizationUri, Kind, field, ciphertext);
        string? Close(TokenField field, string? token) => token is null ? null : protection.Protect(PersonId, OrganizationUri, Kind, field, token);
        var (access, refresh) = (Open(TokenField.Access, ProtectedAccessToken), Open(TokenField.Refresh, ProtectedRefreshToken));
        if ((access is null && ProtectedAccessToken is not null) || (refresh is null && ProtectedRefreshToken is not null)) return false;
        (ProtectedAccessToken, ProtectedRefreshToken) = (Close(TokenField.Access, access), Close(TokenField.Refresh, refresh));
        return true;
    }

    public AuditObject AsAuditObject() => new("connection", Id.ToString(), $"{CalendlyName}’s connection");
}

/// <summary>A consent on its way: what must be true of the callback. Single use, short-lived; the PKCE verifier never leaves the server.</summary>
public sealed class OAuthAttempt
{
    /// <summary>SHA-256 of the state value; the value itself is only in the browser's address.</summary>
    public required byte[] StateHash { get; init; }
    public required Guid PersonId { get; init; }
    /// <summary>SHA-256 of the browser's attempt cookie: a state stolen from another browser does not work here.</summary>
    public required byte[] BrowserHash { get; init; }
    /// <summary>Where it was begun: whoever signs out takes back what they began. None where no page is.</summary>
    public Guid? SessionId { get; init; }
    public required string ProtectedVerifier { get; set; }
    public required string ReturnUrl { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }
    public DateTimeOffset? UsedAt { get; set; }
    public uint Version { get; init; }

    /// <inheritdoc cref="Connection.Reprotect"/>
    public bool Reprotect(TokenProtection protection)
    {
        if (protection.UnprotectVerifier(PersonId, StateHash, ProtectedVerifier) is not { } verifier) return false;
        ProtectedVerifier = protection.ProtectVerifier(PersonId, StateHash, verifier);
        return true;
    }
}

public sealed class ConnectionMapping : IEntityTypeConfiguration<Connection>, IEntityTypeConfiguration<OAuthAttempt>
{
    public void Configure(EntityTypeBuilder<Connection> connection)
    {
        connection.ToTable("connections");
        connection.HasOne(c => c.Person).WithMany().HasForeignKey(c => c.PersonId).OnDelete(DeleteBehavior.Restrict);
        connection.HasIndex(c => new { c.PersonId, c.OrganizationUri }).IsUnique();
        connection.HasEnumText(c => c.Kind);
        connection.HasEnumText(c => c.State);
        connection.HasEnumText(c => c.EndedBecause);
        connection.Property(c => c.Version).IsRowVersion();
    }

    public void Configure(EntityTypeBuilder<OAuthAttempt> attempt)
    {
        attempt.ToTable("oauth_attempts");
        attempt.HasKey(a => a.StateHash);
        attempt.HasOne<Person>().WithMany().HasForeignKey(a => a.PersonId).OnDelete(DeleteBehavior.Restrict);
        attempt.HasIndex(a => a.ExpiresAt);
        attempt.Property(a => a.Version).IsRowVersion();
    }
}
