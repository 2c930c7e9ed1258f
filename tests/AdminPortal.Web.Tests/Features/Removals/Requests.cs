using System.Security.Cryptography;
using AdminPortal.Web.Features.Removals;

namespace AdminPortal.Web.Tests.Features.Removals;

/// <summary>Requests for the tests of the pure rule.</summary>
internal static class Requests
{
    public static readonly DateTimeOffset Filed = new(2026, 11, 23, 9, 0, 0, TimeSpan.Zero);
    public static readonly RemovalPolicy Policy = new();

    public static HumanIdentity Human(string name, params string[] calendlyUsers) =>
        new(Guid.NewGuid(), $"oid-{name}", "tenant", name, $"{name}@example.com", calendlyUsers);

    public static RemovalRequest New(HumanIdentity requester, int people = 1, int approvals = 1, DateTimeOffset? notBefore = null)
    {
        var request = new RemovalRequest
        {
            Number = 1001,
            OrganizationUri = "https://api.calendly.com/organizations/O",
            OrganizationName = "Organization",
            RequesterId = requester.PersonId,
            RequesterObjectId = requester.ObjectId,
            RequesterTenantId = requester.TenantId,
            RequesterName = requester.Name,
            RequesterAddress = requester.Address,
            RequesterCalendlyUsers = requester.CalendlyUsers,
            ConnectionId = Guid.NewGuid(),
            ActingCalendlyUser = "https://api.calendly.com/users/R",
            Reason = "Left the company on Friday.",
            NotBefore = notBefore,
            ApprovalsNeeded = approvals,
            PolicyHash = SHA256.HashData([1]),
            Hold = Policy.Hold,
            Window = Policy.Window,
            FiledAt = Filed,
            ExpiresAt = Filed + Policy.Expiry,
        };
        for (var n = 0; n < people; n++)
        {
            request.Items.Add(new RemovalItem
            {
                RequestId = request.Id,
                MemberId = Guid.NewGuid(),
                MembershipUri = $"https://api.calendly.com/organization_memberships/M{n}",
                UserUri = $"https://api.calendly.com/users/T{n}",
                Name = $"Target {n}",
                Email = $"target{n}@example.com",
                Role = "user",
            });
        }
        request.Seal();
        return request;
    }

    public static RemovalDecision Decision(RemovalRequest request, HumanIdentity approver, Verdict verdict, DateTimeOffset at, params Guid[] leftOut) => new()
    {
        RequestId = request.Id,
        Fingerprint = request.Fingerprint,
        Verdict = verdict,
        Comment = "Checked with the manager.",
        LeftOut = leftOut,
        WithoutImpact = false,
        RoleSeenAfterFiling = false,
        DecidedAt = at,
        ApproverId = approver.PersonId,
        ApproverObjectId = approver.ObjectId,
        ApproverTenantId = approver.TenantId,
        ApproverName = approver.Name,
        ApproverAddress = approver.Address,
        ApproverCalendlyUsers = approver.CalendlyUsers,
        RequesterId = request.RequesterId,
        RequesterObjectId = request.RequesterObjectId,
        RequesterTenantId = request.RequesterTenantId,
        RequesterAddress = request.RequesterAddress,
        RequesterCalendlyUsers = request.RequesterCalendlyUsers,
    };
}
