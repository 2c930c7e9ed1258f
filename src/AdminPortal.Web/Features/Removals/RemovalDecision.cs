namespace AdminPortal.Web.Features.Removals;

/// <summary>Approve, or reject, by an approver, of exactly one fingerprint. Never changed once written.</summary>
public sealed class RemovalDecision
{
    public Guid Id { get; init; } = Guid.CreateVersion7();
    public required Guid RequestId { get; init; }
    public required byte[] Fingerprint { get; init; }
    public required Verdict Verdict { get; init; }
    public required string Comment { get; init; }
    /// <summary>Items that this approver left out, for good.</summary>
    public required Guid[] LeftOut { get; init; }
    /// <summary>The approver decided although the impact could not be read.</summary>
    public required bool WithoutImpact { get; init; }
    /// <summary>The portal first saw this person as an approver only after the request was filed.</summary>
    public required bool RoleSeenAfterFiling { get; init; }
    public required DateTimeOffset DecidedAt { get; init; }

    public required Guid ApproverId { get; init; }
    public required string ApproverObjectId { get; init; }
    public required string ApproverTenantId { get; init; }
    public required string ApproverName { get; init; }
    public required string ApproverAddress { get; init; }
    public required string[] ApproverCalendlyUsers { get; init; }

    // The requester once more, tied to the request by a foreign key, so that a CHECK in this row can compare the two.
    public required Guid RequesterId { get; init; }
    public required string RequesterObjectId { get; init; }
    public required string RequesterTenantId { get; init; }
    public required string RequesterAddress { get; init; }
    public required string[] RequesterCalendlyUsers { get; init; }

    public HumanIdentity Approver => new(ApproverId, ApproverObjectId, ApproverTenantId, ApproverName, ApproverAddress, ApproverCalendlyUsers);
}
