using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Connections;
using AdminPortal.Web.Features.Members;
using AdminPortal.Web.Security;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AdminPortal.Web.Features.Directory;

public enum SweepState
{
    Running,
    /// <summary>It has read everything and stopped: so many people are missing that a person decides how it goes on.</summary>
    Asking,
    Complete,
    /// <summary>It ended without having read everything; absence in it means nothing.</summary>
    Partial,
}

public enum SweepPhase
{
    Memberships,
    Invitations,
    Comparing,
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
    /// <summary>How long the last complete sweep took to read both lists.</summary>
    public TimeSpan? ExpectedDuration { get; init; }
    /// <summary>When the end of both lists was reached: the time of the picture, however long it takes until it is applied.</summary>
    public DateTimeOffset? ReadAt { get; set; }
    /// <summary>How many members were there before it, and how many of them the list does not name; our own removals are not counted.</summary>
    public int? Present { get; set; }
    public int? Missing { get; set; }
    public DateTimeOffset? AskedAt { get; set; }
    /// <summary>Who said that the missing people are to be checked one by one.</summary>
    public Guid? DecidedBy { get; set; }
    public DateTimeOffset? DecidedAt { get; set; }
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

/// <summary>A membership that one sweep read otherwise than it stands in the directory, kept until the sweep is applied.</summary>
public sealed class StagedMembership
{
    public required Guid SweepId { get; init; }
    public required string Uri { get; init; }
    /// <summary>The member's id; for who is new, the one that the member will have.</summary>
    public required Guid MemberId { get; init; }
    public required string UserUri { get; init; }
    public required string Role { get; init; }
    public required string Name { get; init; }
    public required string Email { get; init; }
    public required string? SchedulingUrl { get; init; }
    public required string? TimeZone { get; init; }
    public required DateTimeOffset JoinedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }
    /// <summary>What the directory said then; all null for who is new.</summary>
    public string? WasRole { get; init; }
    public string? WasName { get; init; }
    public string? WasEmail { get; init; }
    public DateTimeOffset? WasUpdatedAt { get; init; }
    /// <summary>Set for who is back again.</summary>
    public DateTimeOffset? WasLeftAt { get; init; }
}

/// <summary>Which known members one page named, changed or not: one narrow row a page, so that a list in which nothing is new costs little.</summary>
public sealed class StagedPage
{
    public required Guid SweepId { get; init; }
    public required int Number { get; init; }
    public required Guid[] MemberIds { get; init; }
}

/// <summary>A member whom a complete list did not name, until a direct read has said whether they left.</summary>
public sealed class SweepSuspect
{
    public required Guid SweepId { get; init; }
    public required Guid MemberId { get; init; }
    /// <summary>A removal of ours has ended it, or was sent: the loss guard does not count it.</summary>
    public required bool RemovedByUs { get; init; }
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

public sealed class SweepMapping
    : IEntityTypeConfiguration<Sweep>, IEntityTypeConfiguration<StagedMembership>, IEntityTypeConfiguration<StagedPage>, IEntityTypeConfiguration<SweepSuspect>, IEntityTypeConfiguration<StagedInvitation>
{
    public void Configure(EntityTypeBuilder<Sweep> sweep)
    {
        sweep.ToTable("sweeps");
        sweep.HasEnumText(s => s.State);
        sweep.HasEnumText(s => s.Phase);
        sweep.HasOne<Connection>().WithMany().HasForeignKey(s => s.ConnectionId).OnDelete(DeleteBehavior.Restrict);
        sweep.HasOne<Person>().WithMany().HasForeignKey(s => s.DecidedBy).OnDelete(DeleteBehavior.Restrict);
        // One sweep at a time per organization, whoever starts it.
        sweep.HasIndex(s => s.OrganizationUri).IsUnique().HasFilter("state IN ('running', 'asking')").HasDatabaseName("ix_sweeps_one_running");
        sweep.HasIndex(s => new { s.OrganizationUri, s.State, s.FinishedAt });
        sweep.Property(s => s.Version).IsRowVersion();
    }

    public void Configure(EntityTypeBuilder<StagedMembership> staged)
    {
        staged.ToTable("staged_memberships");
        staged.HasKey(s => new { s.SweepId, s.Uri });
        staged.HasOne<Sweep>().WithMany().HasForeignKey(s => s.SweepId);
    }

    public void Configure(EntityTypeBuilder<StagedPage> page)
    {
        page.ToTable("staged_pages");
        page.HasKey(p => new { p.SweepId, p.Number });
        page.HasOne<Sweep>().WithMany().HasForeignKey(p => p.SweepId);
    }

    public void Configure(EntityTypeBuilder<SweepSuspect> suspect)
    {
        suspect.ToTable("sweep_suspects");
        suspect.HasKey(s => new { s.SweepId, s.MemberId });
        suspect.HasOne<Sweep>().WithMany().HasForeignKey(s => s.SweepId);
        suspect.HasOne<Member>().WithMany().HasForeignKey(s => s.MemberId);
    }

    public void Configure(EntityTypeBuilder<StagedInvitation> staged)
    {
        staged.ToTable("staged_invitations");
        staged.HasKey(s => new { s.SweepId, s.Uri });
        staged.HasOne<Sweep>().WithMany().HasForeignKey(s => s.SweepId);
    }
}
