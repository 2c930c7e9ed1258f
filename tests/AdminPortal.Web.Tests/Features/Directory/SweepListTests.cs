using AdminPortal.Calendly;
using AdminPortal.Testing;
using AdminPortal.Web.Features.Directory;
using AdminPortal.Web.Security;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Web.Tests.Features.Directory;

/// <summary>Lists that Calendly should never give.</summary>
public sealed class SweepListTests(PostgresFixture postgres)
{
    private const string Stranger = "https://api.calendly.com/organizations/OTHER";
    private const string Circle = "Calendly's list leads back to pages that were read already, so its end cannot be found.";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("a|1 b|2 c|1", Circle)]
    [InlineData("a|1 b|2 a|3 b|4 a|5 b|6 a|7", Circle)]
    [InlineData("a|1 |2 |3 |4 b", Circle)]
    [InlineData("", "Calendly's list of members was empty, though every organization has an owner.")]
    [InlineData("a|1 b@other", "Calendly's list holds members of another organization.")]
    [InlineData("a|1 b/c", "Calendly's list holds references that could not be understood.")]
    public async Task List_that_cannot_be_right_ends_the_sweep_and_nobody_leaves(string pages, string problem)
    {
        await using var portal = await SeededPortal.StartAsync(postgres);
        var connection = await portal.ConnectAsync(await portal.PersonAsync("Olivia", Roles.Operator));
        await portal.MemberAsync("a");
        await portal.MemberAsync("z");

        await RunAsync(portal, await portal.ClaimSweepAsync(connection), new Lists(pages));

        await using var db = await portal.ContextAsync();
        var sweep = await db.Sweeps.SingleAsync(Ct);
        Assert.Equal((SweepState.Partial, problem), (sweep.State, sweep.Problem));
        Assert.Equal((2, 0), (await db.Members.CountAsync(m => m.LeftAt == null, Ct), await db.Changes.CountAsync(Ct)));
        Assert.Equal(0, await db.StagedPages.CountAsync(Ct) + await db.StagedMemberships.CountAsync(Ct));
    }

    [Theory]
    [InlineData("a,a,b|1 b,c")]
    [InlineData("a|1 |2 |3 b,c")]
    [InlineData("a|1 a|2 b|3 b|4 c")]
    [InlineData("b|1 b")]
    public async Task List_that_repeats_or_lacks_people_gives_everybody_once(string pages)
    {
        await using var portal = await SeededPortal.StartAsync(postgres);
        var connection = await portal.ConnectAsync(await portal.PersonAsync("Olivia", Roles.Operator));
        await portal.MemberAsync("a");
        var reader = new Lists(pages);

        await RunAsync(portal, await portal.ClaimSweepAsync(connection), reader);

        await using var db = await portal.ContextAsync();
        var members = await db.Members.AsNoTracking().Where(m => m.LeftAt == null).OrderBy(m => m.Name).Select(m => m.Name).ToListAsync(Ct);
        Assert.Equal(pages.Contains('c', StringComparison.Ordinal) ? ["a", "b", "c"] : ["a", "b"], members);
        var sweep = await db.Sweeps.SingleAsync(Ct);
        Assert.Equal((SweepState.Complete, members.Count, 0), (sweep.State, sweep.MembershipsRead, sweep.Left));
        Assert.Equal(pages.Contains('a', StringComparison.Ordinal) ? 0 : 1, reader.Asked);
    }

    private static Task RunAsync(SeededPortal portal, Sweep claim, Lists reader) =>
        new SweepRun(reader, portal.Get<SweepStaging>(), portal.Get<SweepDepartures>(), portal.Get<SweepPicture>(), portal.Clock).ToEndAsync(claim, Ct);

    /// <summary>Pages in one line: names, then the token of the next page. Who is asked about directly is there.</summary>
    private sealed class Lists(string pages) : ISweepReader
    {
        private int _at;

        public Task LookAtOwnerAsync(Sweep claim, CancellationToken cancellationToken) => Task.CompletedTask;

        public int Asked { get; private set; }

        public Task<Page<OrganizationMembership>> MembershipsAsync(Sweep claim, string? pageToken, CancellationToken cancellationToken)
        {
            var page = pages.Split(' ')[_at++].Split('|');
            return Task.FromResult(new Page<OrganizationMembership>([.. page[0].Split(',', StringSplitOptions.RemoveEmptyEntries).Select(Membership)], page.Length > 1 ? page[1] : null));
        }

        public Task<Page<OrganizationInvitation>> InvitationsAsync(Sweep claim, string? pageToken, CancellationToken cancellationToken) => Task.FromResult(new Page<OrganizationInvitation>([], null));

        public Task<OrganizationMembership?> MembershipAsync(Sweep claim, Missing missing, CancellationToken cancellationToken)
        {
            Asked++;
            return Task.FromResult<OrganizationMembership?>(Membership(missing.Name));
        }

        public Task<OrganizationInvitation?> InvitationAsync(Sweep claim, MissingInvitation missing, CancellationToken cancellationToken) => Task.FromResult<OrganizationInvitation?>(null);

        private static OrganizationMembership Membership(string name) => new(
            $"https://api.calendly.com/organization_memberships/{name.Split('@')[0]}", "user",
            new MembershipUser($"https://api.calendly.com/users/m-{name.Split('@')[0]}", name, $"{name}@member.example", DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch),
            name.Contains('@', StringComparison.Ordinal) ? Stranger : SeededPortal.OrganizationUri, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch);
    }
}
