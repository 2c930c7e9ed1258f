namespace AdminPortal.Web.Features.Removals;

/// <summary>What the preconditions look at, read once for all people of a request.</summary>
public sealed record EligibilityFacts(
    HumanIdentity Requester,
    string? DirectoryConnectionUser,
    IReadOnlyDictionary<string, OpenRemoval> OpenByMembership,
    IReadOnlySet<string> RequestersOfApproved,
    int AdminsStaying);

public sealed record OpenRemoval(Guid RequestId, string Label);

/// <summary>Why one person cannot be removed now: a stable code, words, and the request to look at where there is one.</summary>
public sealed record Ineligible(string Code, string Words, OpenRemoval? Request = null);

/// <summary>The preconditions at filing: pure, asked by the grid, shown per person, enforced by the service.</summary>
public static class RemovalEligibility
{
    public static Ineligible? WhyNot(string membershipUri, string userUri, string name, string email, string role, bool left, EligibilityFacts facts)
    {
        if (left) return new("left", $"{name} is no longer a member.");
        if (role == "owner") return new("owner", "The owner cannot be removed. Transfer ownership in Calendly first.");
        if (facts.Requester.Is(userUri, email)) return new("yourself", "You cannot remove yourself.");
        if (facts.OpenByMembership.TryGetValue(membershipUri, out var open)) return new("open", $"A removal of {name} is open already: {open.Label}.", open);
        if (userUri == facts.DirectoryConnectionUser)
            return new("directory_connection", $"The member list is synced with {name}'s connection, so {name} cannot be removed.");
        if (facts.RequestersOfApproved.Contains(userUri)) return new("requester", $"An approved removal still runs on {name}'s connection.");
        if (role == "admin" && facts.AdminsStaying <= 0) return new("last_admin", $"{name} is the last admin besides the owner.");
        return null;
    }
}
