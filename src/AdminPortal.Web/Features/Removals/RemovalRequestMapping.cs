using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Connections;
using AdminPortal.Web.Features.Members;
using AdminPortal.Web.Security;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AdminPortal.Web.Features.Removals;

/// <summary>
/// The rule once more, in keys and CHECKs. What needs more than one row is in <c>Data/Sql/removals.sql</c>: transitions, immutability,
/// approvals before execution, items equal to the canonical bytes. A CHECK lets NULL pass, so whatever could become NULL ends in IS TRUE.
/// </summary>
public sealed class RemovalRequestMapping :
    IEntityTypeConfiguration<RemovalRequest>, IEntityTypeConfiguration<RemovalItem>, IEntityTypeConfiguration<RemovalDecision>,
    IEntityTypeConfiguration<RemovalSwitch>, IEntityTypeConfiguration<PolicyVersion>
{
    public const string OneOpenItem = "ix_removal_items_one_open";
    public const string NumberSequence = "removal_numbers";

    public void Configure(EntityTypeBuilder<RemovalRequest> request)
    {
        request.ToTable("removal_requests", table =>
        {
            table.HasCheckConstraint("ck_removal_requests_fingerprint", "fingerprint = sha256(canonical)");
            table.HasCheckConstraint("ck_removal_requests_reason", "length(btrim(reason)) >= 15");
            table.HasCheckConstraint("ck_removal_requests_approvals_needed", "approvals_needed IN (1, 2)");
            table.HasCheckConstraint("ck_removal_requests_clocks", "expires_at > filed_at AND hold > interval '0' AND \"window\" > interval '0'");
            table.HasCheckConstraint("ck_removal_requests_quorum", """
                (CASE WHEN quorum_at IS NULL THEN due_at IS NULL AND window_ends_at IS NULL AND state IN ('awaiting', 'rejected', 'cancelled', 'expired', 'stale')
                      ELSE quorum_at < expires_at AND due_at = GREATEST(quorum_at + hold, not_before) AND window_ends_at = due_at + "window"
                           AND state IN ('approved', 'executing', 'closed', 'cancelled', 'expired') END) IS TRUE
                """);
            table.HasCheckConstraint("ck_removal_requests_ended", "(ended_at IS NULL) = (state IN ('awaiting', 'approved', 'executing'))");
        });
        request.Property(r => r.Number).ValueGeneratedNever();
        request.HasIndex(r => r.Number).IsUnique();
        request.HasEnumText(r => r.State);
        request.HasIndex(r => new { r.State, r.FiledAt });
        request.HasIndex(r => r.FiledAt);
        request.HasAlternateKey(r => new { r.Id, r.RequesterId, r.RequesterObjectId, r.RequesterTenantId, r.RequesterAddress, r.RequesterCalendlyUsers, r.Fingerprint })
            .HasName("ak_removal_requests_what_is_decided");
        request.HasOne<Person>().WithMany().HasForeignKey(r => new { r.RequesterId, r.RequesterObjectId, r.RequesterTenantId })
            .HasPrincipalKey(p => new { p.Id, p.ObjectId, p.TenantId }).OnDelete(DeleteBehavior.Restrict);
        request.HasOne<Connection>().WithMany().HasForeignKey(r => r.ConnectionId).OnDelete(DeleteBehavior.Restrict);
        request.HasOne<PolicyVersion>().WithMany().HasForeignKey(r => r.PolicyHash).OnDelete(DeleteBehavior.Restrict);
        request.HasMany(r => r.Items).WithOne(i => i.Request).HasForeignKey(i => i.RequestId).OnDelete(DeleteBehavior.Restrict);
        request.Ignore(r => r.Requester).Ignore(r => r.Approvals).Ignore(r => r.ApprovalsMissing).Ignore(r => r.Label).Ignore(r => r.IsStopped);
        request.Property(r => r.Version).IsRowVersion();
    }

    public void Configure(EntityTypeBuilder<RemovalItem> item)
    {
        item.ToTable("removal_items", table =>
        {
            table.HasCheckConstraint("ck_removal_items_never_owner", "role <> 'owner'");
            table.HasCheckConstraint("ck_removal_items_proved", """
                (CASE state WHEN 'removed' THEN read_back_at >= delete_sent_at
                            WHEN 'already_gone' THEN read_back_at >= COALESCE(delete_sent_at, read_back_at)
                            WHEN 'failed' THEN delete_sent_at IS NULL OR read_back_at >= delete_sent_at
                            WHEN 'stale' THEN delete_sent_at IS NULL OR read_back_at >= delete_sent_at
                            ELSE true END) IS TRUE
                """);
            table.HasCheckConstraint("ck_removal_items_sent", "delete_sent_at IS NULL OR state IN ('executing', 'attention', 'removed', 'already_gone', 'failed', 'stale')");
            table.HasCheckConstraint("ck_removal_items_finished", "(finished_at IS NULL) = (state IN ('pending', 'executing', 'attention'))");
        });
        item.HasEnumText(i => i.State);
        item.HasIndex(i => i.MembershipUri).IsUnique().HasFilter("state IN ('pending', 'executing', 'attention')").HasDatabaseName(OneOpenItem);
        item.HasIndex(i => new { i.RequestId, i.MembershipUri }).IsUnique();
        item.HasIndex(i => i.State).HasFilter("state IN ('pending', 'executing', 'attention')").HasDatabaseName("ix_removal_items_open");
        item.HasIndex(i => i.FinishedAt);
        item.HasOne<Member>().WithMany().HasForeignKey(i => i.MemberId).OnDelete(DeleteBehavior.Restrict);
        item.Ignore(i => i.FrozenImpact).Ignore(i => i.WaitsUnsent);
        item.Property(i => i.Version).IsRowVersion();
    }

    public void Configure(EntityTypeBuilder<RemovalDecision> decision)
    {
        decision.ToTable("removal_decisions", table =>
        {
            table.HasCheckConstraint("ck_removal_decisions_two_people", "NOT (approver_object_id = requester_object_id AND approver_tenant_id = requester_tenant_id)");
            table.HasCheckConstraint("ck_removal_decisions_two_calendly_users", "NOT (approver_calendly_users && requester_calendly_users)");
            table.HasCheckConstraint("ck_removal_decisions_two_addresses", "lower(approver_address) <> lower(requester_address)");
            table.HasCheckConstraint("ck_removal_decisions_reject_says_why", "verdict <> 'reject' OR length(btrim(comment)) >= 15");
        });
        decision.HasEnumText(d => d.Verdict);
        decision.HasIndex(d => new { d.RequestId, d.ApproverObjectId, d.ApproverTenantId }).IsUnique().HasDatabaseName("ix_removal_decisions_once");
        decision.HasOne<RemovalRequest>().WithMany(r => r.Decisions)
            .HasForeignKey(d => new { d.RequestId, d.RequesterId, d.RequesterObjectId, d.RequesterTenantId, d.RequesterAddress, d.RequesterCalendlyUsers, d.Fingerprint })
            .HasPrincipalKey(r => new { r.Id, r.RequesterId, r.RequesterObjectId, r.RequesterTenantId, r.RequesterAddress, r.RequesterCalendlyUsers, r.Fingerprint })
            .OnDelete(DeleteBehavior.Restrict).HasConstraintName("fk_removal_decisions_of_this_request");
        decision.HasOne<Person>().WithMany().HasForeignKey(d => new { d.ApproverId, d.ApproverObjectId, d.ApproverTenantId })
            .HasPrincipalKey(p => new { p.Id, p.ObjectId, p.TenantId }).OnDelete(DeleteBehavior.Restrict).HasConstraintName("fk_removal_decisions_approver");
        decision.Ignore(d => d.Approver);
    }

    public void Configure(EntityTypeBuilder<RemovalSwitch> pause)
    {
        pause.ToTable("removal_switch", table =>
        {
            table.HasCheckConstraint("ck_removal_switch_singleton", "singleton");
            table.HasCheckConstraint("ck_removal_switch_says_why", "paused_at IS NULL OR (paused_by IS NOT NULL AND length(btrim(reason)) >= 15) IS TRUE");
        });
        pause.HasKey(p => p.Singleton);
        pause.HasOne<Person>().WithMany().HasForeignKey(p => p.PausedBy).OnDelete(DeleteBehavior.Restrict);
        pause.Property(p => p.Version).IsRowVersion();
    }

    public void Configure(EntityTypeBuilder<PolicyVersion> policy)
    {
        policy.ToTable("policy_versions", table => table.HasCheckConstraint("ck_policy_versions_hash", "hash = sha256(convert_to(canonical, 'UTF8'))"));
        policy.HasKey(p => p.Hash);
    }
}
