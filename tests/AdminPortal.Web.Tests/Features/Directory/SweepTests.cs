using System.Net.Http.Json;
using AdminPortal.Testing;
using AdminPortal.Web.Features.Audit;
using AdminPortal.Web.Features.Directory;
using AdminPortal.Web.Features.Invitations;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace AdminPortal.Web.Tests.Features.Directory;

public sealed class SweepTests(PostgresFixture postgres)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Sweep_first_fills_the_directory_with_one_request_a_page()
    {
        await using var world = await DirectoryWorld.StartAsync(postgres, 250, 14, Ct);

        var sweep = await world.SweepAsync(Ct);

        Assert.Equal((SweepState.Complete, SweepPhase.Finished, 250, 14, 250), (sweep.State, sweep.Phase, sweep.MembershipsRead, sweep.InvitationsRead, sweep.Joined));
        var calls = await world.CallsAsync("/organization", Ct);
        Assert.Equal(3, calls.Count(c => c.Path == "/organization_memberships"));
        Assert.Equal(1, calls.Count(c => c.Path.EndsWith("/invitations", StringComparison.Ordinal)));
        Assert.Equal(4, calls.Count);
        await using var db = world.Db();
        Assert.Equal(250, await db.Members.CountAsync(m => m.LeftAt == null, Ct));
        Assert.Equal(14, await db.Invitations.CountAsync(Ct));
        Assert.Equal(0, await db.StagedMemberships.CountAsync(Ct) + await db.StagedPages.CountAsync(Ct) + await db.StagedInvitations.CountAsync(Ct));
        Assert.All(await db.Members.Select(m => m.Id).ToListAsync(Ct), id => Assert.Equal(7, id.Version));
        Assert.Equal(AuditOutcome.Done, (await db.AuditEntries.SingleAsync(e => e.Action == "sweep.completed", Ct)).Outcome);
    }

    [Fact]
    public async Task Sweep_of_nothing_new_rewrites_no_member()
    {
        await using var world = await DirectoryWorld.StartAsync(postgres, 60, 3, Ct);
        await world.SweepAsync(Ct);
        await using var db = world.Db();
        var before = await db.Members.AsNoTracking().ToDictionaryAsync(m => m.Id, m => m.Version, Ct);

        var sweep = await world.SweepAsync(Ct);

        Assert.Equal((SweepState.Complete, 0, 0, 0), (sweep.State, sweep.Joined, sweep.Changed, sweep.Left));
        Assert.Equal(before, await db.Members.AsNoTracking().ToDictionaryAsync(m => m.Id, m => m.Version, Ct));
    }

    [Fact]
    public async Task Member_removed_elsewhere_has_left_after_a_direct_read()
    {
        await using var world = await DirectoryWorld.StartAsync(postgres, 60, 0, Ct);
        await world.SweepAsync(Ct);
        var (uuid, uri) = await world.OneMemberAsync(Ct);
        (await world.Simulator.Http.DeleteAsync($"/_sim/members/{uuid}", Ct)).EnsureSuccessStatusCode();

        var sweep = await world.SweepAsync(Ct);

        Assert.Equal((SweepState.Complete, 1), (sweep.State, sweep.Left));
        Assert.Single(await world.CallsAsync($"/organization_memberships/{uuid}", Ct));
        await using var db = world.Db();
        Assert.Equal(uri, (await db.Members.AsNoTracking().SingleAsync(m => m.LeftAt != null, Ct)).Uri);
        Assert.Equal(1, await db.AuditEntries.CountAsync(e => e.Action == "member.left", Ct));
    }

    [Fact]
    public async Task Member_changed_elsewhere_is_taken_over()
    {
        await using var world = await DirectoryWorld.StartAsync(postgres, 30, 0, Ct);
        await world.SweepAsync(Ct);
        var (uuid, uri) = await world.OneMemberAsync(Ct);
        (await world.Simulator.Http.PatchAsJsonAsync($"/_sim/members/{uuid}", new { role = "admin", name = "Élodie Marchand" }, Ct)).EnsureSuccessStatusCode();

        var sweep = await world.SweepAsync(Ct);

        await using var db = world.Db();
        var member = await db.Members.SingleAsync(m => m.Uri == uri, Ct);
        Assert.Equal((1, "admin", "Élodie Marchand"), (sweep.Changed, member.Role, member.Name));
        Assert.StartsWith("élodie", member.Search, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Member_missing_in_the_list_but_found_by_a_direct_read_stays()
    {
        await using var world = await DirectoryWorld.StartAsync(postgres, 130, 0, Ct);
        await world.SweepAsync(Ct);
        var (uuid, uri) = await world.OneMemberAsync(Ct);

        var claim = await world.BeginAsync(Ct);
        await world.StageFirstPageAsync(claim, without: uri, Ct);
        await world.ExpireLeaseAsync(Ct);
        await DirectoryWorld.Worker(world.Services).WorkOnceAsync(Ct);

        var sweep = await world.LastAsync(Ct);
        Assert.Equal((SweepState.Complete, 0, 130), (sweep.State, sweep.Left, sweep.MembershipsRead));
        Assert.Single(await world.CallsAsync($"/organization_memberships/{uuid}", Ct));
        await using var db = world.Db();
        Assert.Equal(0, await db.Members.CountAsync(m => m.LeftAt != null, Ct));
    }

    [Theory]
    [InlineData("^/organization_memberships$", 500, "had an error of its own (500)")]
    [InlineData("/invitations$", 403, "refused the list of invitations")]
    [InlineData("^/organization_memberships/[^/]+$", 500, "when the membership of")]
    public async Task Sweep_that_cannot_read_a_page_ends_partial_and_nobody_leaves(string path, int status, string words)
    {
        await using var world = await DirectoryWorld.StartAsync(postgres, 30, 2, Ct);
        await world.SweepAsync(Ct);
        var (uuid, _) = await world.OneMemberAsync(Ct);
        (await world.Simulator.Http.DeleteAsync($"/_sim/members/{uuid}", Ct)).EnsureSuccessStatusCode();
        await world.FaultAsync(new { method = "GET", path, times = 50, status }, Ct);

        var partial = await world.SweepAsync(Ct);

        Assert.Equal(SweepState.Partial, partial.State);
        Assert.Contains(words, partial.Problem, StringComparison.Ordinal);
        await using var db = world.Db();
        Assert.Equal(30, await db.Members.CountAsync(m => m.LeftAt == null, Ct));
        Assert.Equal(0, await db.StagedPages.CountAsync(Ct));
        Assert.Equal(AuditOutcome.Failed, (await db.AuditEntries.SingleAsync(e => e.Action == "sweep.partial", Ct)).Outcome);

        (await world.Simulator.Http.DeleteAsync("/_sim/faults", Ct)).EnsureSuccessStatusCode();
        var next = await world.SweepAsync(Ct);
        Assert.Equal((SweepState.Complete, 1), (next.State, next.Left));
    }

    [Theory]
    [InlineData(5, 20, false)]
    [InlineData(6, 20, true)]
    [InlineData(6, 120, false)]
    [InlineData(7, 120, true)]
    public void Loss_guard_needs_more_than_five_people_and_more_than_five_percent(int lost, int members, bool stops) =>
        Assert.Equal(stops, SweepDepartures.IsTooMany(lost, members, new DirectoryOptions()));

    [Fact]
    public async Task Invitation_that_disappears_is_vanished_after_a_direct_read_and_a_revoked_one_stays_revoked()
    {
        await using var world = await DirectoryWorld.StartAsync(postgres, 20, 4, Ct);
        await world.SweepAsync(Ct);
        await using var db = world.Db();
        var old = DateTimeOffset.UtcNow.AddDays(-3);
        var organization = (await db.Organizations.SingleAsync(Ct)).Uri;
        Invitation Made(string name, string status) => new()
        {
            Uri = $"{organization}/invitations/{Guid.NewGuid()}",
            OrganizationUri = organization,
            Email = $"{name}@example.com",
            Status = status,
            CreatedAt = old,
            UpdatedAt = old,
        };
        var (gone, ours) = (Made("gone", InvitationStatus.Pending), Made("ours", InvitationStatus.Revoked));
        db.AddRange(gone, ours);
        await db.SaveChangesAsync(Ct);

        var sweep = await world.SweepAsync(Ct);

        Assert.Equal(InvitationStatus.Vanished, (await db.Invitations.AsNoTracking().SingleAsync(i => i.Id == gone.Id, Ct)).Status);
        Assert.Equal(InvitationStatus.Revoked, (await db.Invitations.AsNoTracking().SingleAsync(i => i.Id == ours.Id, Ct)).Status);
        Assert.Equal(6, await db.Invitations.CountAsync(Ct));
        Assert.Single(await world.CallsAsync(new Uri(gone.Uri).AbsolutePath, Ct));
        var change = await db.Changes.SingleAsync(Ct);
        Assert.Equal((ChangeKind.InvitationVanished, ChangeOrigin.OutOfBand, gone.Id, sweep.Id), (change.Kind, change.Origin, change.InvitationId, change.SweepId));
    }

    [Fact]
    public async Task Invitation_missing_in_the_list_but_found_by_a_direct_read_stays()
    {
        await using var world = await DirectoryWorld.StartAsync(postgres, 20, 4, Ct);
        await world.SweepAsync(Ct);
        await using var db = world.Db();
        await db.Invitations.ExecuteUpdateAsync(i => i.SetProperty(x => x.CreatedAt, x => x.CreatedAt - TimeSpan.FromDays(1)), Ct);
        var hidden = await db.Invitations.Where(i => i.Status == InvitationStatus.Pending).Select(i => i.Uri).FirstAsync(Ct);
        var claim = await world.BeginAsync(Ct);
        await world.StageFirstPageAsync(claim, without: null, Ct);
        var page = await world.Services.GetRequiredService<ISweepReader>().InvitationsAsync(claim, null, Ct);
        await world.Services.GetRequiredService<SweepStaging>().InvitationsAsync(claim, [.. page.Items.Where(i => i.Uri != hidden)], null, Ct);

        await world.Services.GetRequiredService<SweepRun>().ToEndAsync((await world.ReclaimAsync(Ct))!, Ct);

        Assert.Equal((SweepState.Complete, 4), ((await world.LastAsync(Ct)).State, await db.Invitations.CountAsync(i => i.Status != InvitationStatus.Vanished, Ct)));
        Assert.Single(await world.CallsAsync(new Uri(hidden).AbsolutePath, Ct));
        Assert.Equal(0, await db.Changes.CountAsync(Ct));
    }
}
