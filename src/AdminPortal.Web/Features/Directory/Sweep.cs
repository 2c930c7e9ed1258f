using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Connections;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AdminPortal.Web.Features.Directory;

public enum SweepState
{
    Running,
    Complete,
    /// <summary>It ended without having read everything; absence in it means nothing.</summary>
    Partial,
}

public enum SweepPhase
{
    Memberships,
    Invitations,
    Confirming,
    Applying,
    Finished,
}

/// <summary>One complete read of the organization, page by page. Its progress is a row, so that another instance can go on after a crash.</summary>
public sealed class Sweep
{
    public Guid Id { get; init; } = Guid.CreateVersion7();
    public required string OrganizationUri { get; init; }
    public required Guid ConnectionId { get; init; }
    /// <summary>Who asked; null when the interval did.</summary>
    public Guid? RequestedBy { get; init; }
    public SweepState State { get; set; }
    public SweepPhase Phase { get; set; }
    public string? NextPageToken { get; set; }
    public int PagesRead { get; set; }
    public int MembershipsRead { get; set; }
    public int InvitationsRead { get; set; }
    /// <summary>How many memberships the last complete sweep read: the best guess of how far this one has to go.</summary>
    public int? ExpectedMemberships { get; init; }
    public int Joined { get; set; }
    public int Left { get; set; }
    public int Changed { get; set; }
    public string? Problem { get; set; }
    public required DateTimeOffset StartedAt { get; init; }
    public DateTimeOffset? FinishedAt { get; set; }
    public DateTimeOffset LeaseUntil { get; set; }
    public long Fence { get; set; }
    public uint Version { get; init; }
}

/// <summary>A membership as one sweep read it, kept until the sweep is applied.</summary>
public sealed class StagedMembership
{
    public required Guid SweepId { get; init; }
    public required string Uri { get; init; }
    public required string UserUri { get; init; }
    public required string Role { get; init; }
    public required string Name { get; init; }
    public required string Email { get; init; }
    public required string? SchedulingUrl { get; init; }
    public required string? TimeZone { get; init; }
    public required DateTimeOffset JoinedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }
}

/// <summary>An invitation as one sweep read it, kept until the sweep is applied.</summary>
public sealed class StagedInvitation
{
    public required Guid SweepId { get; init; }
    public required string Uri { get; init; }
    public required string Email { get; init; }
    public required string Status { get; init; }
    public required string? UserUri { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }
    public required DateTimeOffset? LastSentAt { get; init; }
}

public sealed class SweepMapping : IEntityTypeConfiguration<Sweep>, IEntityTypeConfiguration<StagedMembership>, IEntityTypeConfiguration<StagedInvitation>
{
    public void Configure(EntityTypeBuilder<Sweep> sweep)
    {
        sweep.ToTable("sweeps");
        sweep.HasEnumText(s => s.State);
        sweep.HasEnumText(s => s.Phase);
        sweep.HasOne<Connection>().WithMany().HasForeignKey(s => s.ConnectionId).OnDelete(DeleteBehavior.Restrict);
        // One sweep at a time per organization, whoever starts it.
        sweep.HasIndex(s => s.OrganizationUri).IsUnique().HasFilter("state = 'running'").HasDatabaseName("ix_sweeps_one_running");
        sweep.HasIndex(s => new { s.OrganizationUri, s.State, s.FinishedAt });
        sweep.Property(s => s.Version).IsRowVersion();
    }

    public void Configure(EntityTypeBuilder<StagedMembership> staged)
    {
        staged.ToTable("staged_memberships");
        staged.HasKey(s => new { s.SweepId, s.Uri });
        staged.HasOne<Sweep>().WithMany().HasForeignKey(s => s.SweepId);
    }

    public void Configure(EntityTypeBuilder<StagedInvitation> staged)
    {
        staged.ToTable("staged_invitations");
        staged.HasKey(s => new { s.SweepId, s.Uri });
        staged.HasOne<Sweep>().WithMany().HasForeignKey(s => s.SweepId);
    }
}
