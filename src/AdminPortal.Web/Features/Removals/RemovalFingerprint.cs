using System.Globalization;

namespace AdminPortal.Web.Features.Removals;

/// <summary>
/// What exactly is approved, as canonical bytes (version 1). The stored bytes are the record; anybody can hash them again with any tool.
/// Impact is not in it: it changes by the hour and is shown with its own time.
/// </summary>
public static class RemovalFingerprint
{
    public static byte[] Canonical(RemovalRequest request) => CanonicalJson.Bytes(new Dictionary<string, object?>
    {
        ["version"] = 1,
        ["request"] = request.Id.ToString(),
        ["number"] = request.Number,
        ["organization"] = request.OrganizationUri,
        ["requester"] = new Dictionary<string, object?> { ["oid"] = request.RequesterObjectId, ["tid"] = request.RequesterTenantId },
        ["actingUser"] = request.ActingCalendlyUser,
        ["items"] = request.Items.OrderBy(item => item.MembershipUri, StringComparer.Ordinal).Select(item => new Dictionary<string, object?>
        {
            ["membership"] = item.MembershipUri,
            ["user"] = item.UserUri,
            ["email"] = item.Email,
            ["role"] = item.Role,
            ["note"] = item.Note,
        }).ToArray(),
        ["reason"] = request.Reason,
        ["ticket"] = request.Ticket,
        ["notBefore"] = request.NotBefore?.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        ["approvalsNeeded"] = request.ApprovalsNeeded,
        ["policy"] = Convert.ToHexStringLower(request.PolicyHash),
    });

    /// <summary>The first 16 hex digits in groups of four, as shown wherever the request is shown: <c>9c41 e07b 52d8 13fa</c>.</summary>
    public static string Short(ReadOnlySpan<byte> fingerprint) => string.Join(' ', Convert.ToHexStringLower(fingerprint[..8]).Chunk(4).Select(four => new string(four)));
}
