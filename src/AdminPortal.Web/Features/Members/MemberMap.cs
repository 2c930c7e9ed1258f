using System.Collections;
using System.Runtime.InteropServices;
using AdminPortal.Web.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;

namespace AdminPortal.Web.Features.Members;

/// <summary>
/// Keeps the map that a search among very many members looks at first. It is only a hint where not to look: a mark too many costs a look, and
/// whoever was written since waits in <c>member_unmapped</c>, put there by a trigger, until this takes them onto the map. docs/adr/0011-a-map-for-the-search.md
/// </summary>
public sealed class MemberMap(IDbContextFactory<PortalDbContext> contexts, TimeProvider clock)
{
    /// <summary>Fewer people are searched as quickly without a map.</summary>
    public int Needed { get; init; } = 20_000;

    /// <summary>As many marks as the columns of <c>member_windows</c> hold, and fewer blocks, because no two roles share one.</summary>
    private const int Bits = 2048;
    private const int Blocks = 2000;

    /// <summary>When this share of everybody was added, the blocks have become uneven: most who join are the last of those who joined.</summary>
    private const int WornOut = 20;

    private const long Lock = 0x6d656d6265726d61;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    // Less and more than any text, whatever the collation: U+FFFF sorts last in the one of names (https://unicode.org/reports/tr35/tr35-collation.html), U+10FFFF among bytes.
    private static readonly string LastName = new('\uFFFF', 30);
    private static readonly string LastBytes = string.Concat(Enumerable.Repeat("\U0010FFFF", 30));

    private static readonly MemberOrder[] Orders = [.. Enum.GetValues<MemberSort>().Select(sort => MemberOrder.Of(sort, descending: false, role: null))];

    /// <summary>From the first value on, to before the second; in the order of roles, of one role.</summary>
    private sealed record Block(MemberOrder Order, int No, string? Role, object From)
    {
        public object To { get; set; } = End(Order.Cut);
    }

    private sealed record State(int Here, int Unmapped, int? Members, int? Added);

    /// <summary>Brings the map up to date; false when there was nothing to do, or another instance is at it.</summary>
    public async Task<bool> KeepAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        db.Database.SetCommandTimeout(Patience);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (!await db.Database.SqlQuery<bool>($"SELECT pg_try_advisory_xact_lock({Lock}) AS \"Value\"").SingleAsync(cancellationToken)) return false;
        var state = await db.Database.SqlQuery<State>($"""
            SELECT (SELECT count(*)::int FROM (SELECT FROM members WHERE left_at IS NULL LIMIT {Needed}) here) AS here,
                   (SELECT count(*)::int FROM (SELECT FROM member_unmapped LIMIT 1000000) unmapped) AS unmapped, m.members, m.added
            FROM (SELECT) one
            LEFT JOIN member_map m ON m.blocks = (SELECT count(*) FROM member_blocks) AND (m.blocks = 0 OR EXISTS (SELECT FROM member_windows))
            """).SingleAsync(cancellationToken);
        if (state.Here < Needed)
        {
            if (state is { Unmapped: 0, Members: null }) return false;
            await ForgetAsync(db, cancellationToken);
            await db.Database.ExecuteSqlAsync($"DELETE FROM member_unmapped", cancellationToken);
        }
        else if (state is { Unmapped: 0, Members: { } }) return false;
        else if (state is not { Members: { } members, Added: { } added } || added + state.Unmapped > members / WornOut || !await AddAsync(db, cancellationToken)) await BuildAsync(db, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    // First everybody who waits is taken off: whoever is written from then on waits anew, so each read below may see more than the one before.
    private async Task BuildAsync(PortalDbContext db, CancellationToken cancellationToken)
    {
        await db.Database.ExecuteSqlAsync($"DELETE FROM member_unmapped", cancellationToken);
        await ForgetAsync(db, cancellationToken);
        var members = await db.Members.CountAsync(m => m.LeftAt == null, cancellationToken);
        var connection = (NpgsqlConnection)db.Database.GetDbConnection();
        var (marks, blocks) = (new Dictionary<int, byte[]>(), new List<Block>());
        for (var order = 0; order < Orders.Length; order++)
            // More roles than there are marks for: no map, and every search collects its candidates.
            if (!await ReadAsync(connection, order, (members / Blocks) + 1, marks, blocks, cancellationToken)) (marks, blocks) = ([], []);

        await using (var copy = await connection.BeginBinaryImportAsync("COPY member_windows (code, by_name, by_email, by_role, by_joined) FROM STDIN (FORMAT BINARY)", cancellationToken))
        {
            foreach (var (code, of) in marks)
            {
                await copy.StartRowAsync(cancellationToken);
                await copy.WriteAsync(code, NpgsqlDbType.Integer, cancellationToken);
                for (var order = 0; order < Orders.Length; order++) await copy.WriteAsync(Column(of, order), NpgsqlDbType.Bit, cancellationToken);
            }
            await copy.CompleteAsync(cancellationToken);
        }
        foreach (var order in Orders) await CopyAsync(connection, order, blocks, cancellationToken);
        await db.Database.ExecuteSqlAsync($"INSERT INTO member_map (members, blocks, built_at) VALUES ({members}, {blocks.Count}, {clock.GetUtcNow()})", cancellationToken);
    }

    private static async Task<bool> ReadAsync(NpgsqlConnection connection, int order, int size, Dictionary<int, byte[]> marks, List<Block> blocks, CancellationToken cancellationToken)
    {
        var of = Orders[order];
        await using var command = new NpgsqlCommand($"SELECT ' ' || search, role, {of.Cut} FROM members WHERE left_at IS NULL ORDER BY {of.By()}", connection) { CommandTimeout = (int)Patience.TotalSeconds };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        Block? block = null;
        object? last = null;
        for (var inside = 0; await reader.ReadAsync(cancellationToken); inside++)
        {
            var (role, value) = (of.IsByRole ? reader.GetString(1) : null, reader.GetValue(2));
            var otherRole = block is null || block.Role != role;
            if (otherRole || (inside >= size && !value.Equals(last)))
            {
                if (block is { No: Bits - 1 }) return false;
                if (!otherRole) block!.To = value;
                blocks.Add(block = new(of, block is null ? 0 : block.No + 1, role, otherRole ? Begin(of.Cut) : value));
                inside = 0;
            }
            last = value;
            Mark(marks, reader.GetString(0), order, block!.No);
        }
        return true;
    }

    private static async Task CopyAsync(NpgsqlConnection connection, MemberOrder order, List<Block> blocks, CancellationToken cancellationToken)
    {
        await using var copy = await connection.BeginBinaryImportAsync($"COPY member_blocks (sort, no, role, {order.Cut}, to_{order.Cut}) FROM STDIN (FORMAT BINARY)", cancellationToken);
        foreach (var block in blocks.Where(b => b.Order == order))
        {
            await copy.StartRowAsync(cancellationToken);
            await copy.WriteAsync(order.Name, NpgsqlDbType.Text, cancellationToken);
            await copy.WriteAsync(block.No, NpgsqlDbType.Integer, cancellationToken);
            await (block.Role is null ? copy.WriteNullAsync(cancellationToken) : copy.WriteAsync(block.Role, NpgsqlDbType.Text, cancellationToken));
            foreach (var value in new[] { block.From, block.To }) await copy.WriteAsync(value, value is string ? NpgsqlDbType.Text : NpgsqlDbType.TimestampTz, cancellationToken);
        }
        await copy.CompleteAsync(cancellationToken);
    }

    /// <summary>Whoever was written since: in which blocks they stand now, and which three characters they have. False when one has no block.</summary>
    private static async Task<bool> AddAsync(PortalDbContext db, CancellationToken cancellationToken)
    {
        var ids = await db.Database.SqlQuery<Guid>($"DELETE FROM member_unmapped RETURNING member_id AS \"Value\"").ToListAsync(cancellationToken);
        var places = string.Join(", ", Orders.Select(o => o.IsByRole
            ? "(SELECT no FROM member_blocks b WHERE sort = 'role' AND b.role = m.role AND b.name <= m.name ORDER BY b.name DESC LIMIT 1)"
            : $"(SELECT no FROM member_blocks b WHERE sort = '{o.Name}' AND b.{o.Cut} <= m.{o.Cut} ORDER BY b.{o.Cut} DESC LIMIT 1)"));
        var connection = (NpgsqlConnection)db.Database.GetDbConnection();
        var marks = new Dictionary<int, byte[]>();
        await using (var read = new NpgsqlCommand($"SELECT ' ' || search, {places} FROM members m WHERE id = ANY (@ids) AND left_at IS NULL", connection) { Parameters = { new("ids", ids) } })
        {
            await using var reader = await read.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
                for (var order = 0; order < Orders.Length; order++)
                {
                    // Somebody of a role that nobody had when it was built: there is no block for them.
                    if (reader.IsDBNull(order + 1)) return false;
                    Mark(marks, reader.GetString(0), order, reader.GetInt32(order + 1));
                }
        }
        await using var add = new NpgsqlCommand("""
            INSERT INTO member_windows AS w SELECT * FROM unnest(@codes, @by0, @by1, @by2, @by3)
            ON CONFLICT (code) DO UPDATE SET by_name = w.by_name | excluded.by_name, by_email = w.by_email | excluded.by_email,
                                             by_role = w.by_role | excluded.by_role, by_joined = w.by_joined | excluded.by_joined
            WHERE (w.by_name | excluded.by_name, w.by_email | excluded.by_email, w.by_role | excluded.by_role, w.by_joined | excluded.by_joined)
               <> (w.by_name, w.by_email, w.by_role, w.by_joined)
            """, connection);
        add.Parameters.AddWithValue("codes", marks.Keys.ToArray());
        for (var order = 0; order < Orders.Length; order++)
            add.Parameters.AddWithValue($"by{order}", NpgsqlDbType.Array | NpgsqlDbType.Bit, marks.Values.Select(of => Column(of, order)).ToArray());
        await add.ExecuteNonQueryAsync(cancellationToken);
        await db.Database.ExecuteSqlAsync($"UPDATE member_map SET added = added + {ids.Count}", cancellationToken);
        return true;
    }

    private static Task<int> ForgetAsync(PortalDbContext db, CancellationToken cancellationToken) =>
        db.Database.ExecuteSqlRawAsync("DELETE FROM member_blocks; DELETE FROM member_windows; DELETE FROM member_map", cancellationToken);

    private static void Mark(Dictionary<int, byte[]> marks, string text, int order, int block)
    {
        var (at, bit) = (((order * Bits) + block) / 8, (byte)(1 << (block % 8)));
        foreach (var code in MemberWindow.CodesOf(text))
        {
            ref var of = ref CollectionsMarshal.GetValueRefOrAddDefault(marks, code, out _);
            of ??= new byte[Orders.Length * Bits / 8];
            of[at] |= bit;
        }
    }

    private static BitArray Column(byte[] of, int order) => new(of.AsSpan(order * Bits / 8, Bits / 8).ToArray());

    private static object Begin(string column) => column switch
    {
        "id" => Guid.Empty,
        "joined_at" => DateTime.MinValue,
        _ => "",
    };

    private static object End(string column) => column switch
    {
        "id" => Guid.AllBitsSet,
        "joined_at" => DateTime.MaxValue,
        "name" => LastName,
        _ => LastBytes,
    };
}

/// <summary>Keeps the map while the portal runs, on whichever instance hears of it first.</summary>
public sealed class MemberMapWorker(MemberMap map, Doorbell doorbell, IOptions<WorkerOptions> options, TimeProvider clock, ILogger<MemberMapWorker> logger)
    : Worker([Topic.Members], doorbell, options, clock, logger)
{
    protected override Task<bool> WorkAsync(CancellationToken cancellationToken) => map.KeepAsync(cancellationToken);
}
