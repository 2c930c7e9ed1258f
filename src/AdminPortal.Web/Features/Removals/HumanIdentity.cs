using AdminPortal.Web.Security;

namespace AdminPortal.Web.Features.Removals;

/// <summary>
/// Everything by which one human is recognised. Copied into request and decision rows, so that CHECKs compare what was true then.
/// Addresses are used only to refuse.
/// </summary>
public sealed record HumanIdentity(Guid PersonId, string ObjectId, string TenantId, string Name, string Address, string[] CalendlyUsers)
{
    public static HumanIdentity Of(Person person, IEnumerable<string> calendlyUsers) =>
        new(person.Id, person.ObjectId, person.TenantId, person.Name, person.Address, [.. calendlyUsers.Order(StringComparer.Ordinal)]);

    /// <summary>One human with two accounts is still one human.</summary>
    public bool IsSameHumanAs(HumanIdentity other) =>
        (ObjectId == other.ObjectId && TenantId == other.TenantId)
        || CalendlyUsers.Intersect(other.CalendlyUsers, StringComparer.Ordinal).Any()
        || SameAddress(Address, other.Address);

    public bool Is(string userUri, string email) => CalendlyUsers.Contains(userUri, StringComparer.Ordinal) || SameAddress(Address, email);

    private static bool SameAddress(string a, string b) => a.Length > 0 && string.Equals(a, b, StringComparison.OrdinalIgnoreCase);
}
