using AdminPortal.Web.Data;
using AdminPortal.Web.Security;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AdminPortal.Web.Features.Invitations;

/// <summary>One invitation that ever existed here: what Calendly says of it, and what only this ledger knows.</summary>
public sealed class Invitation
{
    public Guid Id { get; init; } = Guid.CreateVersion7();
    public required string Uri { get; init; }
    public required string OrganizationUri { get; init; }
    public required string Email { get; set; }
    /// <summary>pending, accepted, declined from Calendly (unknown values kept); revoked and vanished from this ledger.</summary>
    public required string Status { get; set; }
    /// <summary>The user who accepted; Calendly leaves it out until then.</summary>
    public string? UserUri { get; set; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; set; }
    public DateTimeOffset? LastSentAt { get; set; }
    public Guid? InvitedBy { get; set; }
    public Guid? RevokedBy { get; set; }
    public DateTimeOffset? EndedAt { get; set; }
    public uint Version { get; init; }
}

public static class InvitationStatus
{
    public const string Pending = "pending";
    public const string Accepted = "accepted";
    public const string Declined = "declined";
    public const string Revoked = "revoked";
    public const string Vanished = "vanished";
}

public enum InvitationSendState
{
    Waiting,
    /// <summary>Claimed by a worker; a call to Calendly may be under way.</summary>
    Sending,
    Sent,
    Refused,
    /// <summary>Calendly did not answer, or the sender's connection does not work; nothing is claimed until the invitation list has been read.</summary>
    Attention,
}

/// <summary>One address of one batch: intent before the call, outcome after it.</summary>
public sealed class InvitationSend
{
    public Guid Id { get; init; } = Guid.CreateVersion7();
    public required Guid BatchId { get; init; }
    public required int Line { get; init; }
    public required string Email { get; init; }
    public required Guid SenderId { get; init; }
    /// <summary>The sender's own connection; a batch stays with it and waits if it dies.</summary>
    public required Guid ConnectionId { get; init; }
    public InvitationSendState State { get; set; }
    /// <summary>The outcome in words.</summary>
    public string? Result { get; set; }
    public Guid? InvitationId { get; set; }
    public DateTimeOffset? LeaseUntil { get; set; }
    public long Fence { get; set; }
    /// <summary>When a call was first about to be made: from then on only a read can say what happened.</summary>
    public DateTimeOffset? AttemptedAt { get; set; }
    public DateTimeOffset? FinishedAt { get; set; }
    public required DateTimeOffset CreatedAt { get; init; }
    public uint Version { get; init; }
}

public sealed class InvitationMapping : IEntityTypeConfiguration<Invitation>, IEntityTypeConfiguration<InvitationSend>
{
    public void Configure(EntityTypeBuilder<Invitation> invitation)
    {
        invitation.ToTable("invitations");
        invitation.HasIndex(i => i.Uri).IsUnique();
        invitation.HasIndex(i => new { i.Status, i.CreatedAt, i.Id });
        invitation.HasIndex(i => new { i.CreatedAt, i.Id });
        invitation.HasIndex(i => i.UserUri);
        invitation.HasOne<Person>().WithMany().HasForeignKey(i => i.InvitedBy).OnDelete(DeleteBehavior.Restrict);
        invitation.HasOne<Person>().WithMany().HasForeignKey(i => i.RevokedBy).OnDelete(DeleteBehavior.Restrict);
        invitation.Property(i => i.Version).IsRowVersion();
    }

    public void Configure(EntityTypeBuilder<InvitationSend> send)
    {
        send.ToTable("invitation_sends");
        send.HasEnumText(s => s.State);
        send.HasIndex(s => new { s.BatchId, s.Line }).IsUnique();
        send.HasIndex(s => s.CreatedAt).HasFilter("state IN ('waiting', 'sending')").HasDatabaseName("ix_invitation_sends_open");
        send.HasOne<Person>().WithMany().HasForeignKey(s => s.SenderId).OnDelete(DeleteBehavior.Restrict);
        send.HasOne<Connections.Connection>().WithMany().HasForeignKey(s => s.ConnectionId).OnDelete(DeleteBehavior.Restrict);
        send.HasOne<Invitation>().WithMany().HasForeignKey(s => s.InvitationId).OnDelete(DeleteBehavior.Restrict);
        send.Property(s => s.Version).IsRowVersion();
    }
}
