using System.Globalization;
using System.Security.Claims;
using AdminPortal.Web.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AdminPortal.Web.Security;

/// <summary>
/// One sign-in of one person in one browser. The cookie names it, so that it can be ended from anywhere: a cookie alone lives until it
/// expires, also as a copy in somebody else's hands.
/// </summary>
public sealed class Session
{
    public Guid Id { get; init; } = Guid.CreateVersion7();
    public required Guid PersonId { get; init; }
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>The last sign of the person in any of this browser's tabs, see <see cref="Sessions.SeenAsync"/>.</summary>
    public required DateTimeOffset SeenAt { get; set; }
    public DateTimeOffset? EndedAt { get; set; }
}

/// <summary>What the cookie says of its session, and every page that was opened with it.</summary>
/// <param name="StartedAt">When the person signed in; a later confirmation does not move it.</param>
/// <param name="ConfirmedAt">When Entra last confirmed the person and their roles to this browser.</param>
public sealed record SessionTicket(Guid Id, DateTimeOffset StartedAt, DateTimeOffset ConfirmedAt)
{
    /// <summary>For how long a confirmation by Entra counts.</summary>
    public static readonly TimeSpan ConfirmedFor = TimeSpan.FromMinutes(60);

    /// <summary>From this age on a page that is opened is confirmed first, without anybody noticing.</summary>
    public static readonly TimeSpan ConfirmAfter = TimeSpan.FromMinutes(45);

    private const string ClaimType = "adminportal:session";

    public bool NeedsConfirmation(DateTimeOffset now) => now - ConfirmedAt > ConfirmedFor;

    public bool ShouldBeConfirmed(DateTimeOffset now) => now - ConfirmedAt > ConfirmAfter;

    /// <summary>Null when there is none that can be read.</summary>
    public static SessionTicket? Of(ClaimsPrincipal? user) => Parse(user?.FindFirst(ClaimType)?.Value);

    /// <summary>Whatever the identity provider may have put under that name does not count.</summary>
    public void WriteTo(ClaimsIdentity identity)
    {
        foreach (var foreign in identity.FindAll(ClaimType).ToList()) identity.RemoveClaim(foreign);
        identity.AddClaim(new Claim(ClaimType, ToString()));
    }

    public static SessionTicket? Parse(string? text) =>
        text?.Split(' ') is [var id, var started, var confirmed] && Guid.TryParseExact(id, "N", out var session)
        && Time(started) is { } startedAt && Time(confirmed) is { } confirmedAt
            ? new(session, startedAt, confirmedAt)
            : null;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Id:N} {StartedAt.UtcTicks} {ConfirmedAt.UtcTicks}");

    private static DateTimeOffset? Time(string ticks) =>
        long.TryParse(ticks, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value <= DateTimeOffset.MaxValue.UtcTicks ? new(value, TimeSpan.Zero) : null;
}

public sealed class SessionMapping : IEntityTypeConfiguration<Session>
{
    public void Configure(EntityTypeBuilder<Session> session)
    {
        session.ToTable("sessions");
        session.HasOne<Person>().WithMany().HasForeignKey(s => s.PersonId).OnDelete(DeleteBehavior.Restrict);
        session.HasIndex(s => s.StartedAt);
    }
}
