using AdminPortal.Web.Data;
using AdminPortal.Web.Security;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AdminPortal.Web.Features.Audit;

public enum AuditOutcome
{
    /// <summary>Written before a call to Calendly, so that a crash in between leaves a trace.</summary>
    Intended,
    Done,
    Refused,
    Failed,
}

/// <summary>One line of the append-only trail, written in the transaction of the effect that it records.</summary>
public sealed class AuditEntry
{
    public long Sequence { get; init; }
    public required DateTimeOffset At { get; init; }
    public Guid? PersonId { get; init; }
    public required string ActorObjectId { get; init; }
    public required string ActorTenantId { get; init; }
    public required string ActorName { get; init; }
    public required ActorSource Source { get; init; }
    public required string Instance { get; init; }
    /// <summary>What was done, as <c>object.verb</c>, for example <c>removal.approved</c>.</summary>
    public required string Action { get; init; }
    public required string ObjectType { get; init; }
    public required string ObjectId { get; init; }
    public required string ObjectLabel { get; init; }
    public required AuditOutcome Outcome { get; init; }
    /// <summary>JSON with allow-listed fields only; never a token, code or secret.</summary>
    public string? Details { get; init; }
    /// <summary>The click that caused it; unique, so that a repeated click does nothing twice.</summary>
    public Guid? CommandId { get; init; }
    /// <summary>The entry that announced this one's call to Calendly.</summary>
    public long? IntentSequence { get; init; }
    public string? CorrelationId { get; init; }
}

public sealed class AuditEntryMapping : IEntityTypeConfiguration<AuditEntry>
{
    public const string CommandIndex = "ix_audit_entries_command_id";

    public void Configure(EntityTypeBuilder<AuditEntry> entry)
    {
        entry.ToTable("audit_entries");
        entry.HasKey(e => e.Sequence);
        entry.Property(e => e.Sequence).UseIdentityAlwaysColumn();
        entry.HasEnumText(e => e.Source);
        entry.HasEnumText(e => e.Outcome);
        entry.Property(e => e.Details).HasColumnType("jsonb");
        entry.HasIndex(e => e.CommandId).IsUnique().HasDatabaseName(CommandIndex);
        entry.HasIndex(e => new { e.ObjectType, e.ObjectId, e.Sequence });
        entry.HasIndex(e => new { e.ActorObjectId, e.Sequence });
        entry.HasIndex(e => new { e.Action, e.Sequence });
    }
}
