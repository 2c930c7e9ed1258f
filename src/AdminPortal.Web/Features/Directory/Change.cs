using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Invitations;
using AdminPortal.Web.Features.Members;
using AdminPortal.Web.Features.Removals;
using AdminPortal.Web.Security;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AdminPortal.Web.Features.Directory;

public enum ChangeKind
{
    Joined,
    /// <summary>A member again, after the same membership was gone.</summary>
    Returned,
    Left,
    RoleChanged,
    Renamed,
    EmailChanged,
    Invited,
    InvitationAccepted,
    InvitationDeclined,
    InvitationRevoked,
    /// <summary>Revoked or expired outside: Calendly no longer lists it and does not say why.</summary>
    InvitationVanished,
}

public enum ChangeOrigin
{
    /// <summary>Done through this portal.</summary>
    Ours,
    /// <summary>Done in Calendly itself, or by another program.</summary>
    OutOfBand,
}

/// <summary>One difference between what the directory said before and what it says now, and who made it as far as that is known.</summary>
public sealed class Change
{
    public Guid Id { get; init; } = Guid.CreateVersion7();
    public required string OrganizationUri { get; init; }
    public required ChangeKind Kind { get; init; }
    /// <summary>Exactly one of member and invitation.</summary>
    public Guid? MemberId { get; init; }
    public Guid? InvitationId { get; init; }
    /// <summary>Name as it was, for what is about a member; the address for an invitation.</summary>
    public required string Subject { get; init; }
    /// <summary>The value before and after, for a role, a name or an address.</summary>
    public string? Before { get; init; }
    public string? After { get; init; }
    /// <summary>When the portal learned of it; the order of the list.</summary>
    public required DateTimeOffset SeenAt { get; init; }
    /// <summary>When it happened by Calendly's clock, where Calendly says so.</summary>
    public DateTimeOffset? HappenedAt { get; set; }
    /// <summary>The sweep that found it; null when the portal did it itself.</summary>
    public Guid? SweepId { get; init; }
    public required ChangeOrigin Origin { get; set; }
    /// <summary>The portal's own action behind it.</summary>
    public Guid? RemovalRequestId { get; set; }
    public Guid? PersonId { get; set; }
    /// <summary>Who did it in Calendly, as its activity log says: a name as it was then.</summary>
    public string? ActorName { get; set; }
    public string? ActorUri { get; set; }
    /// <summary>The entry of the activity log that names the actor; one entry explains one change.</summary>
    public string? ActivityUri { get; set; }

    /// <summary>What the portal itself learned of an invitation, at a click or by the worker that sends.</summary>
    /// <param name="person">Whose action here is behind it; null for what happened outside.</param>
    public static Change Of(Guid invitationId, string email, string organization, ChangeKind kind, DateTimeOffset now, DateTimeOffset? happenedAt, Guid? person) => new()
    {
        OrganizationUri = organization,
        Kind = kind,
        InvitationId = invitationId,
        Subject = email,
        SeenAt = now,
        HappenedAt = happenedAt,
        Origin = person is null ? ChangeOrigin.OutOfBand : ChangeOrigin.Ours,
        PersonId = person,
    };
}

public sealed class ChangeMapping : IEntityTypeConfiguration<Change>
{
    public void Configure(EntityTypeBuilder<Change> change)
    {
        change.ToTable("changes", table => table.HasCheckConstraint("ck_changes_subject", "(member_id IS NULL) <> (invitation_id IS NULL)"));
        change.HasEnumText(c => c.Kind);
        change.HasEnumText(c => c.Origin);
        change.HasOne<Member>().WithMany().HasForeignKey(c => c.MemberId).OnDelete(DeleteBehavior.Restrict);
        change.HasOne<Invitation>().WithMany().HasForeignKey(c => c.InvitationId).OnDelete(DeleteBehavior.Restrict);
        change.HasOne<Sweep>().WithMany().HasForeignKey(c => c.SweepId).OnDelete(DeleteBehavior.Restrict);
        change.HasOne<RemovalRequest>().WithMany().HasForeignKey(c => c.RemovalRequestId).OnDelete(DeleteBehavior.Restrict);
        change.HasOne<Person>().WithMany().HasForeignKey(c => c.PersonId).OnDelete(DeleteBehavior.Restrict);
        change.HasIndex(c => new { c.SeenAt, c.Id });
        // Each origin and kind is a list of its own, in the order of time; what is asked for is merged from as many as it takes.
        change.HasIndex(c => new { c.Origin, c.Kind, c.SeenAt, c.Id });
        change.HasIndex(c => new { c.MemberId, c.SeenAt, c.Id }).HasFilter("member_id IS NOT NULL");
        change.HasIndex(c => new { c.InvitationId, c.SeenAt, c.Id }).HasFilter("invitation_id IS NOT NULL");
        change.HasIndex(c => c.ActivityUri).IsUnique();
    }
}
