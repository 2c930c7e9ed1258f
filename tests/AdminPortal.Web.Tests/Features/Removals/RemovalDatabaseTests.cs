using AdminPortal.Testing;
using AdminPortal.Web.Features.Removals;
using Npgsql;

namespace AdminPortal.Web.Tests.Features.Removals;

/// <summary>
/// The database refuses every record that contradicts the rule, whoever writes it: raw SQL as the portal's own role. Each forgery runs in a
/// transaction that is rolled back; each names the rule that refused it. The positive controls show that the honest record passes.
/// </summary>
public sealed class RemovalDatabaseTests(PostgresFixture postgres)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private const string Decide = """
        INSERT INTO removal_decisions (id, request_id, fingerprint, verdict, comment, left_out, without_impact, role_seen_after_filing, decided_at,
          approver_id, approver_object_id, approver_tenant_id, approver_name, approver_address, approver_calendly_users,
          requester_id, requester_object_id, requester_tenant_id, requester_address, requester_calendly_users)
        SELECT gen_random_uuid(), r.id, r.fingerprint, 'approve', '', '{}', true, false, r.filed_at + interval '1 minute',
          p.id, p.object_id, p.tenant_id, p.name, p.address, COALESCE((SELECT array_agg(calendly_user_uri) FROM person_calendly_users u WHERE u.person_id = p.id), '{}'),
          r.requester_id, r.requester_object_id, r.requester_tenant_id, r.requester_address, r.requester_calendly_users
        FROM removal_requests r, people p WHERE r.id = @awaiting AND p.name = 'Arjun'
        """;

    private const string Approve = "UPDATE removal_requests SET state = 'approved', quorum_at = filed_at + interval '1 minute', due_at = filed_at + interval '1 minute' + hold, window_ends_at = filed_at + interval '1 minute' + hold + \"window\" WHERE id = @awaiting";
    private const string Claim = "UPDATE removal_items SET state = 'executing', fence = fence + 1, claimed_at = (SELECT due_at FROM removal_requests WHERE id = @approved) WHERE request_id = @approved";
    private const string Send = "UPDATE removal_items SET delete_sent_at = claimed_at WHERE request_id = @approved";
    private const string Begin = "UPDATE removal_requests SET state = 'executing' WHERE id = @approved";

    /// <summary>The honest way, step by step: what the forgeries stand beside.</summary>
    public static TheoryData<string, string> Honest => new()
    {
        { "decide", Decide },
        { "decide and approve", $"{Decide}; {Approve}" },
        { "claim", Claim },
        { "claim and send", $"{Claim}; {Send}" },
        { "remove with proof", $"{Begin}; {Claim}; {Send}; UPDATE removal_items SET state = 'removed', read_back_at = delete_sent_at, finished_at = delete_sent_at WHERE request_id = @approved; UPDATE removal_requests SET state = 'closed', ended_at = due_at WHERE id = @approved" },
        { "reject", "UPDATE removal_items SET state = 'rejected', finished_at = now() WHERE request_id = @awaiting; UPDATE removal_requests SET state = 'rejected', ended_at = filed_at WHERE id = @awaiting" },
    };

    public static TheoryData<string, string, string> Forged => new()
    {
        { "approve one's own request", "ck_removal_decisions_two_addresses", Decide.Replace("p.name = 'Arjun'", "p.name = 'Sam'", StringComparison.Ordinal) },
        { "approve with the requester's second account by Calendly user", "ck_removal_decisions_two_calendly_users", $"INSERT INTO person_calendly_users VALUES ((SELECT id FROM people WHERE name = 'Arjun'), '{RemovalWorld.User("Sam")}', now()); {Decide}" },
        { "approve with the requester's second account by address", "ck_removal_decisions_two_addresses", $"UPDATE people SET address = 'SAM@example.com' WHERE name = 'Arjun'; {Decide}" },
        { "lie about the requester", "fk_removal_decisions_of_this_request", Decide.Replace("r.requester_object_id, r", "'somebody', r", StringComparison.Ordinal) },
        { "lie about the approver", "fk_removal_decisions_approver", Decide.Replace("p.object_id", "'somebody'", StringComparison.Ordinal) },
        { "hide the approver's Calendly user", "removal_decisions_whole_identity", $"INSERT INTO person_calendly_users VALUES ((SELECT id FROM people WHERE name = 'Arjun'), '{RemovalWorld.User("Sam")}', now()); {Decide.Replace("COALESCE((SELECT array_agg(calendly_user_uri) FROM person_calendly_users u WHERE u.person_id = p.id), '{}')", "'{}'::text[]", StringComparison.Ordinal)}" },
        { "hide the approver's address", "removal_decisions_whole_identity", Decide.Replace("p.address", "'x'", StringComparison.Ordinal) },
        { "approve without the role", "removal_decisions_by_approver", Decide.Replace("p.name = 'Arjun'", "p.name = 'Vera'", StringComparison.Ordinal) },
        { "approve while blocked", "removal_decisions_by_approver", $"UPDATE people SET blocked_at = now(), blocked_by = (SELECT id FROM people WHERE name = 'Priya'), blocked_by_name = 'Priya', blocked_reason = 'Left' WHERE name = 'Arjun'; {Decide}" },
        { "approve one's own removal by address", "removal_decisions_not_about_oneself", $"UPDATE people SET address = 'TARGET0@harbourlight.example' WHERE name = 'Arjun'; {Decide}" },
        { "approve one's own removal by Calendly user", "removal_decisions_not_about_oneself", $"INSERT INTO person_calendly_users VALUES ((SELECT id FROM people WHERE name = 'Arjun'), '{RemovalWorld.User("T0")}', now()); {Decide}" },
        { "approve another fingerprint", "fk_removal_decisions_of_this_request", Decide.Replace("r.id, r.fingerprint", "r.id, sha256('x')", StringComparison.Ordinal) },
        { "approve late", "removal_decisions_in_time", Decide.Replace("r.filed_at + interval '1 minute'", "r.expires_at", StringComparison.Ordinal) },
        { "approve twice", "removal_decisions_once", $"{Decide}; {Decide}" },
        { "approve what is settled", "removal_decisions_awaiting", Decide.Replace("@awaiting", "@approved", StringComparison.Ordinal) },
        { "leave out a stranger", "removal_decisions_left_out", Decide.Replace("'approve', '', '{}'", "'approve', '', ARRAY[gen_random_uuid()]", StringComparison.Ordinal) },
        { "change a decision", "42501", "UPDATE removal_decisions SET comment = 'x'" },
        { "delete a decision", "42501", "DELETE FROM removal_decisions" },

        { "approve without any approval", "removal_requests_approved", Approve },
        { "approve with a rejection", "removal_requests_approved", $"{Decide.Replace("'approve', ''", "'reject', 'a reason of some length'", StringComparison.Ordinal)}; {Approve}" },
        { "approve one of two", "removal_requests_approved", $"{Decide.Replace("@awaiting", "@double", StringComparison.Ordinal)}; {Approve.Replace("@awaiting", "@double", StringComparison.Ordinal)}" },
        { "shorten the hold", "ck_removal_requests_quorum", $"{Decide}; {Approve.Replace("due_at = filed_at + interval '1 minute' + hold", "due_at = filed_at", StringComparison.Ordinal)}" },
        { "skip to executing", "removal_requests_transition", $"{Decide}; UPDATE removal_requests SET state = 'executing' WHERE id = @awaiting" },
        { "skip to closed", "removal_requests_transition", "UPDATE removal_requests SET state = 'closed', ended_at = filed_at WHERE id = @awaiting" },
        { "go backwards", "removal_requests_transition", "UPDATE removal_requests SET state = 'awaiting' WHERE id = @approved" },
        { "move the clocks of an approved request", "removal_requests_clocks_fixed", "UPDATE removal_requests SET quorum_at = quorum_at - interval '1 hour', due_at = due_at - interval '1 hour', window_ends_at = window_ends_at - interval '1 hour' WHERE id = @approved" },
        { "change the reason", "removal_requests_immutable", "UPDATE removal_requests SET reason = 'Another reason altogether.' WHERE id = @awaiting" },
        { "change the fingerprint", "removal_requests_immutable", "UPDATE removal_requests SET canonical = 'x', fingerprint = sha256('x') WHERE id = @awaiting" },
        { "change the requester", "removal_requests_immutable", "UPDATE removal_requests SET requester_id = (SELECT id FROM people WHERE name = 'Olivia') WHERE id = @awaiting" },
        { "lower the approvals needed", "removal_requests_immutable", "UPDATE removal_requests SET approvals_needed = 1 WHERE id = @double" },
        { "lengthen the expiry", "removal_requests_immutable", "UPDATE removal_requests SET expires_at = expires_at + interval '1 day' WHERE id = @awaiting" },
        { "delete a request", "42501", "DELETE FROM removal_requests" },

        { "execute what is not approved", "removal_items_approved", "UPDATE removal_items SET state = 'executing', fence = 1, claimed_at = now() WHERE request_id = @awaiting" },
        { "execute before the hold is over", "removal_items_in_window", "UPDATE removal_items SET state = 'executing', fence = fence + 1, claimed_at = (SELECT due_at - interval '1 second' FROM removal_requests WHERE id = @approved) WHERE request_id = @approved" },
        { "execute after the window", "removal_items_in_window", "UPDATE removal_items SET state = 'executing', fence = fence + 1, claimed_at = (SELECT window_ends_at FROM removal_requests WHERE id = @approved) WHERE request_id = @approved" },
        { "execute while paused", "removal_items_paused", $"UPDATE removal_switch SET paused_at = now(), paused_by = (SELECT id FROM people WHERE name = 'Priya'), paused_by_name = 'Priya', reason = 'Something looks wrong here.'; {Claim}" },
        { "execute somebody left out", "removal_items_transition", Claim.Replace("@approved", "@partial", StringComparison.Ordinal) },
        { "claim without raising the fence", "removal_items_fence", Claim.Replace("fence = fence + 1, ", "", StringComparison.Ordinal) },
        { "claim twice with one fence", "removal_items_fence", $"{Claim}; UPDATE removal_items SET claimed_at = claimed_at + interval '1 second' WHERE request_id = @approved" },
        { "lower the fence", "removal_items_fence", $"{Claim}; UPDATE removal_items SET fence = 0 WHERE request_id = @approved" },
        { "claim removed without executing", "removal_items_transition", "UPDATE removal_items SET state = 'removed', delete_sent_at = now(), read_back_at = now(), finished_at = now() WHERE request_id = @awaiting" },
        { "claim removed without a DELETE", "ck_removal_items_proved", $"{Claim}; UPDATE removal_items SET state = 'removed', read_back_at = now(), finished_at = now() WHERE request_id = @approved" },
        { "claim removed without a read", "ck_removal_items_proved", $"{Claim}; {Send}; UPDATE removal_items SET state = 'removed', finished_at = now() WHERE request_id = @approved" },
        { "cancel after the DELETE", "removal_items_transition", $"{Claim}; {Send}; UPDATE removal_items SET state = 'cancelled', finished_at = now() WHERE request_id = @approved" },
        { "expire what was sent", "ck_removal_items_sent", $"{Claim}; {Send}; UPDATE removal_items SET state = 'attention' WHERE request_id = @approved; UPDATE removal_items SET state = 'expired', finished_at = now() WHERE request_id = @approved" },
        { "forget the DELETE", "removal_items_sent_fixed", $"{Claim}; {Send}; UPDATE removal_items SET delete_sent_at = NULL WHERE request_id = @approved" },
        { "change the target", "removal_items_immutable", "UPDATE removal_items SET membership_uri = 'https://api.calendly.com/organization_memberships/Vera' WHERE request_id = @approved" },
        { "change the target's address", "removal_items_immutable", "UPDATE removal_items SET email = 'vera@example.com' WHERE request_id = @approved" },
        { "move an item to an approved request", "removal_items_immutable", "UPDATE removal_items SET request_id = @approved WHERE request_id = @awaiting" },
        { "delete an item", "42501", "DELETE FROM removal_items" },
        { "empty a table", "42501", "TRUNCATE removal_items" },
        { "add somebody after filing", "removal_items_match_canonical", Add("Target 30") },
        { "add the owner", "ck_removal_items_never_owner", Add("Priya") },
        { "add the requester", "removal_items_not_requester", Add("Sam") },
        { "add somebody with an open removal", RemovalRequestMapping.OneOpenItem, Add("Target 1") },
        { "add a stranger", "removal_items_are_members", Add("Target 30").Replace("m.uri", "m.uri || 'x'", StringComparison.Ordinal) },
        { "close with somebody unfinished", "removal_requests_unfinished", $"{Begin}; {Claim}; UPDATE removal_requests SET state = 'closed', ended_at = due_at WHERE id = @approved" },
        { "end with somebody pending", "removal_requests_unfinished", "UPDATE removal_requests SET state = 'rejected', ended_at = filed_at WHERE id = @awaiting" },
        { "begin the hold before the approval", "removal_requests_quorum_time", $"{Decide}; {Approve.Replace("filed_at + interval '1 minute'", "filed_at - interval '1 hour'", StringComparison.Ordinal)}" },
        { "approve what was rejected", "removal_decisions_awaiting", $"{Decide.Replace("'approve', ''", "'reject', 'a reason of some length'", StringComparison.Ordinal)}; {Decide.Replace("'Arjun'", "'Bea'", StringComparison.Ordinal)}" },
        { "execute what was stopped", "removal_items_stopped", $"{Begin}; UPDATE removal_requests SET ended_by_name = 'Sam', ended_reason = 'Stopped for a reason.' WHERE id = @approved; {Claim}" },
        { "send what was stopped", "removal_items_stopped", $"{Begin}; {Claim}; UPDATE removal_requests SET ended_by_name = 'Sam', ended_reason = 'Stopped for a reason.' WHERE id = @approved; {Send}" },
        { "claim failed after a DELETE without a read", "ck_removal_items_proved", $"{Claim}; {Send}; UPDATE removal_items SET state = 'failed', finished_at = now() WHERE request_id = @approved" },
        { "change the frozen impact", "removal_items_impact_frozen", "UPDATE removal_items SET impact_read_at = now() WHERE request_id = @approved; UPDATE removal_items SET upcoming_meetings = 99 WHERE request_id = @approved" },
        { "unfreeze the impact", "removal_items_impact_frozen", "UPDATE removal_items SET impact_read_at = now() WHERE request_id = @approved; UPDATE removal_items SET impact_read_at = now() + interval '1 second' WHERE request_id = @approved" },

        { "disable a trigger", "42501", "ALTER TABLE removal_items DISABLE TRIGGER ALL" },
        { "replace a function", "42501", "CREATE OR REPLACE FUNCTION removal_approvals(request uuid) RETURNS bigint LANGUAGE sql AS 'SELECT 9::bigint'" },
        { "shadow a function", "42501", "CREATE FUNCTION public.count(x text) RETURNS bigint LANGUAGE sql AS 'SELECT 9::bigint'" },
        { "switch triggers off for the session", "42501", "SET session_replication_role = replica" },
        { "become the owner", "42501", "SET ROLE adminportal_owner" },
        { "rewind the numbers", "42501", "SELECT setval('removal_numbers', 1)" },
        { "forget a Calendly user", "42501", "DELETE FROM person_calendly_users" },
        { "pause without a reason", "ck_removal_switch_says_why", "UPDATE removal_switch SET paused_at = now(), paused_by = (SELECT id FROM people WHERE name = 'Priya')" },
        { "approve without clocks", "ck_removal_requests_quorum", $"{Decide}; UPDATE removal_requests SET state = 'approved', quorum_at = filed_at + interval '1 minute' WHERE id = @awaiting" },
        { "claim already gone without a read", "ck_removal_items_proved", $"{Claim}; UPDATE removal_items SET state = 'already_gone', finished_at = now() WHERE request_id = @approved" },
        { "file under a policy that says nothing", "removal_requests_by_policy", File("'{}'", "1") },
        { "file with bytes that say nothing", "removal_items_match_canonical", File("(SELECT canonical FROM policy_versions LIMIT 1)", "1") },
        { "change the policy that was approved", "42501", "UPDATE policy_versions SET canonical = '{}'" },
        { "edit the audit trail", "42501", "UPDATE audit_entries SET actor_name = 'Nobody'" },
        { "cut the audit trail", "42501", "DELETE FROM audit_entries" },
        { "empty the audit trail", "42501", "TRUNCATE audit_entries" },
    };

    [Theory]
    [MemberData(nameof(Honest))]
    public async Task Database_honest_record_passes(string what, string sql)
    {
        await using var world = await RemovalWorld.CreateAsync(postgres, Token);
        Assert.True(await RefusedByAsync(world, await ArrangeAsync(world), sql) is null, what);
    }

    [Fact]
    public async Task Database_every_forgery_is_refused_by_its_rule()
    {
        await using var world = await RemovalWorld.CreateAsync(postgres, Token);
        var requests = await ArrangeAsync(world);
        var wrong = new List<string>();
        foreach (var row in Forged)
        {
            var (what, rule, sql) = row.Data;
            var refusedBy = await RefusedByAsync(world, requests, sql);
            if (refusedBy != rule) wrong.Add($"{what}: refused by {refusedBy ?? "nobody"} instead of {rule}");
        }
        Assert.Empty(wrong);
    }

    /// <summary>The owner is not stopped by grants; the triggers hold for the owner too.</summary>
    [Theory]
    [InlineData("audit_entries_append_only", "DELETE FROM audit_entries")]
    [InlineData("audit_entries_append_only", "TRUNCATE audit_entries")]
    [InlineData("removal_decisions_immutable", "UPDATE removal_decisions SET comment = 'x'")]
    [InlineData("removal_decisions_never_deleted", "DELETE FROM removal_decisions")]
    [InlineData("removal_requests_never_deleted", "TRUNCATE removal_requests CASCADE")]
    public async Task Database_evidence_is_kept_from_the_owner_too(string rule, string sql)
    {
        await using var world = await RemovalWorld.CreateAsync(postgres, Token);
        var requests = await ArrangeAsync(world);
        Assert.Equal(rule, await RefusedByAsync(world, requests, sql, world.Database.OwnerConnectionString));
    }

    private sealed record Requests4(Guid Awaiting, Guid Approved, Guid Double, Guid Partial);

    private static async Task<Requests4> ArrangeAsync(RemovalWorld world)
    {
        var awaiting = await world.FileAsync("Sam", Token, world.Target(0));
        var approved = await world.FileAsync("Sam", Token, world.Target(1));
        await world.ApproveAsync(approved, "Arjun", Token);
        var two = await world.FileAsync("Olivia", Token, world.Target(39));
        var partial = await world.FileAsync("Olivia", Token, world.Target(2), world.Target(3));
        var items = (await world.GetAsync(partial, Token)).Items;
        await world.ApproveAsync(partial, "Arjun", Token, items[0].Id);
        return new Requests4(awaiting, approved, two, partial);
    }

    /// <returns>The constraint that refused, or the SQLSTATE where there is none; null when it went through to the commit.</returns>
    private static async Task<string?> RefusedByAsync(RemovalWorld world, Requests4 requests, string sql, string? connectionString = null)
    {
        await using var connection = new NpgsqlConnection(connectionString ?? world.Database.AppConnectionString);
        await connection.OpenAsync(Token);
        await using var transaction = await connection.BeginTransactionAsync(Token);
        try
        {
            foreach (var statement in sql.Split("; ", StringSplitOptions.RemoveEmptyEntries))
            {
                await using var command = new NpgsqlCommand(statement, connection, transaction);
                foreach (var (name, id) in new[] { ("awaiting", requests.Awaiting), ("approved", requests.Approved), ("double", requests.Double), ("partial", requests.Partial) })
                    if (statement.Contains($"@{name}", StringComparison.Ordinal)) command.Parameters.AddWithValue(name, id);
                await command.ExecuteNonQueryAsync(Token);
            }
            // Deferred rules speak now; the transaction is rolled back all the same.
            await using var check = new NpgsqlCommand("SET CONSTRAINTS ALL IMMEDIATE", connection, transaction);
            await check.ExecuteNonQueryAsync(Token);
            return null;
        }
        catch (PostgresException exception)
        {
            return exception.ConstraintName ?? exception.SqlState;
        }
    }

    private static string File(string policy, string approvals) => $"""
        INSERT INTO policy_versions VALUES (sha256(convert_to({policy}, 'UTF8')), {policy}, now()) ON CONFLICT DO NOTHING; INSERT INTO removal_requests
          (id, number, organization_uri, organization_name, requester_id, requester_object_id, requester_tenant_id, requester_name, requester_address,
           requester_calendly_users, connection_id, acting_calendly_user, reason, approvals_needed, policy_hash, hold, "window", filed_at, expires_at, canonical, fingerprint, state)
        SELECT gen_random_uuid(), 9999, organization_uri, organization_name, requester_id, requester_object_id, requester_tenant_id, requester_name, requester_address,
           requester_calendly_users, connection_id, acting_calendly_user, reason, {approvals}, sha256(convert_to({policy}, 'UTF8')), hold, "window", filed_at, expires_at, '[]', sha256('[]'), 'awaiting'
        FROM removal_requests WHERE id = @awaiting
        """;

    private static string Add(string name) => $"""
        INSERT INTO removal_items (id, request_id, member_id, membership_uri, user_uri, name, email, role, state, fence, attempts)
        SELECT gen_random_uuid(), @awaiting, m.id, m.uri, m.user_uri, m.name, m.email, m.role, 'pending', 0, 0 FROM members m WHERE m.name = '{name}'
        """;
}
