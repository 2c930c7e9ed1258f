using AdminPortal.Testing;
using AdminPortal.Web.Features.Audit;
using AdminPortal.Web.Security;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Web.Tests.Features.Audit;

public sealed class AuditQueriesTests(PostgresFixture postgres)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task List_pages_by_key_without_gap_or_repeat_in_both_directions()
    {
        await using var portal = await SeededPortal.StartAsync(postgres);
        await WriteAsync(portal, [.. Enumerable.Range(1, 60).Select(n => $"object {n}")]);
        var queries = portal.Get<AuditQueries>();

        var first = await queries.ListAsync(new(), Token);
        var second = await queries.ListAsync(new(Below: first.Entries[^1].Sequence), Token);
        var third = await queries.ListAsync(new(Below: second.Entries[^1].Sequence), Token);

        Assert.Equal([25, 25, 10], new[] { first, second, third }.Select(page => page.Entries.Count));
        Assert.Equal([(false, true), (true, true), (true, false)], new[] { first, second, third }.Select(page => (page.HasNewer, page.HasOlder)));
        var all = first.Entries.Concat(second.Entries).Concat(third.Entries).Select(e => e.Sequence).ToList();
        Assert.Equal(all.OrderDescending().Distinct(), all);

        var back = await queries.ListAsync(new(Above: third.Entries[0].Sequence), Token);
        Assert.Equal(second.Entries.Select(e => e.Sequence), back.Entries.Select(e => e.Sequence));
        // Only 10 are newer than these: the newest page is shown whole, not those 10.
        var newest = await queries.ListAsync(new(Above: first.Entries[10].Sequence), Token);
        Assert.Equal(first.Entries.Select(e => e.Sequence), newest.Entries.Select(e => e.Sequence));
        Assert.False(newest.HasNewer);
    }

    [Fact]
    public async Task List_filters_narrow_to_what_they_say()
    {
        await using var portal = await SeededPortal.StartAsync(postgres);
        var olivia = new Actor(null, "oid-olivia", "tenant", "Olivia Ortiz", ActorSource.Page);
        await WriteAsync(portal, ["R-1001 Remove Ana_Bell"], olivia, "removal.requested");
        await WriteAsync(portal, ["R-1002 Remove AnaXBell"], olivia, "removal.approved", AuditOutcome.Refused);
        await WriteAsync(portal, ["Harbourlight Group", "100% back\\slash"], Actor.Portal, "sweep.completed");

        async Task<string[]> Labels(AuditFilter filter) => [.. (await portal.Get<AuditQueries>().ListAsync(filter, Token)).Entries.Select(e => e.ObjectLabel)];
        Assert.Equal(4, (await Labels(new())).Length);
        Assert.Equal(["R-1002 Remove AnaXBell", "R-1001 Remove Ana_Bell"], await Labels(new(Who: "oid-olivia")));
        Assert.Equal(["100% back\\slash", "Harbourlight Group"], await Labels(new(Who: AuditFilter.PortalItself)));
        Assert.Equal(["R-1002 Remove AnaXBell"], await Labels(new(Outcome: AuditOutcome.Refused)));
        Assert.Equal(["R-1001 Remove Ana_Bell"], await Labels(new(Action: "removal.requested")));
        // A search finds letters, not patterns: % and _ and \ stand for themselves.
        Assert.Equal(["R-1001 Remove Ana_Bell"], await Labels(new(Text: "a_b")));
        Assert.Equal(["100% back\\slash"], await Labels(new(Text: "0% BACK\\s")));
        Assert.Equal(2, (await Labels(new(Text: "olivia"))).Length);
        Assert.Empty(await Labels(new(Text: "%%%")));
        Assert.Empty(await Labels(new(Who: "nobody", Action: "'; DROP TABLE audit_entries; --")));
    }

    /// <summary>Each filter that names one value walks an index in the trail's order; no plan reads the whole table and sorts it.</summary>
    [Fact]
    public async Task List_plans_are_index_walks()
    {
        await using var portal = await SeededPortal.StartAsync(postgres);
        await WriteAsync(portal, [.. Enumerable.Range(1, 300).Select(n => $"object {n}")]);
        await using var db = await portal.ContextAsync();
        await db.Database.OpenConnectionAsync(Token);
        await db.Database.ExecuteSqlRawAsync("SET enable_seqscan = off; SET enable_sort = off", Token);
        foreach (var (query, index) in (ValueTuple<IQueryable<AuditEntry>, string>[])
        [
            (db.AuditEntries, "pk_audit_entries"),
            (db.AuditEntries.Where(e => e.Action == "audit.read"), "ix_audit_entries_action_sequence"),
            (db.AuditEntries.Where(e => e.ActorObjectId == "oid"), "ix_audit_entries_actor_object_id_sequence"),
        ])
        {
            await using var command = query.Where(e => e.Sequence < 200).OrderByDescending(e => e.Sequence).Take(26).CreateDbCommand();
            command.CommandText = "EXPLAIN " + command.CommandText;
            await using var reader = await command.ExecuteReaderAsync(Token);
            var plan = "";
            while (await reader.ReadAsync(Token)) plan += reader.GetString(0) + "\n";
            Assert.Contains(index, plan, StringComparison.Ordinal);
            Assert.DoesNotContain("Sort", plan, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task RecordRead_allowed_leaves_one_entry_a_visit()
    {
        await using var portal = await SeededPortal.StartAsync(postgres);
        var audrey = await portal.PersonAsync("audrey", Roles.Auditor);
        var visit = Guid.CreateVersion7();
        Assert.Equal(visit, await portal.Get<AuditService>().RecordReadAsync(visit, audrey, Token));
        Assert.Equal(visit, await portal.Get<AuditService>().RecordReadAsync(visit, audrey, Token));
        var entry = Assert.Single((await portal.Get<AuditQueries>().ListAsync(new(), Token)).Entries);
        Assert.Equal((AuditService.ReadAction, AuditOutcome.Done, audrey.ObjectId), (entry.Action, entry.Outcome, entry.ActorObjectId));
        Assert.Empty(await portal.Get<AuditQueries>().LatestAsync(8, Token));
    }

    [Theory]
    [InlineData(Roles.Viewer)]
    [InlineData(Roles.Operator)]
    [InlineData(Roles.Approver)]
    public async Task RecordRead_role_without_the_right_is_refused(string role)
    {
        await using var portal = await SeededPortal.StartAsync(postgres);
        var reader = await portal.PersonAsync("reader", role);
        var refused = await Assert.ThrowsAsync<RefusedException>(() => portal.Get<AuditService>().RecordReadAsync(Guid.CreateVersion7(), reader, Token));
        Assert.Equal("role", refused.Refusal.Code);
        Assert.Equal(AuditOutcome.Refused, Assert.Single((await portal.Get<AuditQueries>().ListAsync(new(), Token)).Entries).Outcome);
    }

    private static async Task WriteAsync(SeededPortal portal, string[] labels, Actor? actor = null, string action = "sweep.completed", AuditOutcome outcome = AuditOutcome.Done)
    {
        await using var db = await portal.ContextAsync();
        foreach (var label in labels)
        {
            portal.Get<AuditTrail>().Add(db, actor ?? Actor.Portal, action, new AuditObject("thing", label, label), outcome);
            // One at a time: a batch may be numbered in another order.
            await db.SaveChangesAsync(Token);
        }
    }
}
