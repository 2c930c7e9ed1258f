using AdminPortal.Calendly;
using AdminPortal.Web.Data;
using AdminPortal.Web.Security;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace AdminPortal.Web.Features.Connections;

/// <summary>Whose account a grant is, as Calendly says.</summary>
public sealed record CalendlyAccount(User User, string Role, Organization Organization);

/// <summary>Says no to an account: the message is a code of <see cref="ConnectProblem"/>.</summary>
public sealed class AccountRefusedException(string problem, string calendlyUser) : Exception(problem)
{
    public string CalendlyUser => calendlyUser;
}

/// <summary>Asks Calendly whose account a new grant is, and whether this person may connect it here.</summary>
public sealed class AccountCheck(IDbContextFactory<PortalDbContext> contexts, IOptions<CalendlyOptions> options)
{
    /// <param name="with">Calendly with the new grant, on the budget of this Calendly user.</param>
    /// <param name="owner">Whose grant it is, where Calendly has said so already; otherwise the first question goes on nobody's budget.</param>
    /// <exception cref="AccountRefusedException">It is not an account that this person may connect.</exception>
    public async Task<CalendlyAccount> ReadAsync(Func<string?, CalendlyClient> with, string? owner, Person person, CancellationToken cancellationToken)
    {
        var user = await with(owner).Users.MeAsync(cancellationToken);
        var client = with(user.Uri);
        if (await ManagedAsync(cancellationToken) is { } managed && managed != user.CurrentOrganization) throw new AccountRefusedException(ConnectProblem.OtherOrganization, user.Uri);
        var role = await RoleAsync(client, user, cancellationToken);
        if (role is not (MembershipRole.Owner or MembershipRole.Admin))
            throw new AccountRefusedException(role switch { null => ConnectProblem.NoMembership, MembershipRole.User => ConnectProblem.PlainUser, _ => ConnectProblem.OtherRole }, user.Uri);
        if (options.Value.RequireSameAddress && !HasAddress(person, user)) throw new AccountRefusedException(ConnectProblem.OtherAddress, user.Uri);
        return new CalendlyAccount(user, role, await client.Organizations.GetAsync(user.CurrentOrganization, cancellationToken));
    }

    /// <summary>The role in the organization that the user belongs to now; null when Calendly lists none.</summary>
    public static async Task<string?> RoleAsync(CalendlyClient client, User user, CancellationToken cancellationToken)
    {
        var memberships = await client.Memberships.ListAsync(new MembershipQuery(user.CurrentOrganization, user.Uri), cancellationToken);
        return memberships.Items.SingleOrDefault(m => m.User.Uri == user.Uri && m.Organization == user.CurrentOrganization)?.Role;
    }

    public static bool HasAddress(Person person, User user) => string.Equals(person.Address, user.Email, StringComparison.OrdinalIgnoreCase);

    private async Task<string?> ManagedAsync(CancellationToken cancellationToken)
    {
        if (!string.IsNullOrWhiteSpace(options.Value.Organization)) return options.Value.Organization;
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.Organizations.Select(o => o.Uri).SingleOrDefaultAsync(cancellationToken);
    }
}
