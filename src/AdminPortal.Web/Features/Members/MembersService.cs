using System.Runtime.CompilerServices;
using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Connections;
using AdminPortal.Web.Features.Directory;
using AdminPortal.Web.Features.Invitations;
using AdminPortal.Web.Features.Removals;
using AdminPortal.Web.Shell;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Web.Features.Members;

/// <summary>Reads the directory for the grid and the page of one member. A page of the grid is one statement, found by key through an index.</summary>
public sealed class MembersService(IDbContextFactory<PortalDbContext> contexts)
{
    /// <summary>Everybody is read in pieces of this size, so that no connection waits for whoever takes them.</summary>
    private const int Piece = 1000;

    private static readonly Dictionary<string, RequestState> RequestStates = Enum.GetValues<RequestState>().ToDictionary(EnumText.Word);
    private static readonly Dictionary<string, ItemState> ItemStates = Enum.GetValues<ItemState>().ToDictionary(EnumText.Word);
    private static readonly Dictionary<string, ChangeKind> ChangeKinds = Enum.GetValues<ChangeKind>().ToDictionary(EnumText.Word);

    private sealed record Line(
        Guid Id, string Uri, string UserUri, string Name, string Email, string Role, DateTimeOffset JoinedAt, DateTimeOffset? LeftAt, string? SchedulingUrl, string? TimeZone,
        Guid? RequestId, int? Number, string? RequestState, string? ItemState, DateTimeOffset? InvitedAt, string? ChangeKind, DateTimeOffset? ChangedAt, bool OwnsConnection);

    private sealed record OfRole(string Role, int Count);

    public static MemberSort SortOf(GridQuery query) => query.Sort switch
    {
        "email" => MemberSort.Email,
        "role" => MemberSort.Role,
        "joined" => MemberSort.Joined,
        _ => MemberSort.Name,
    };

    /// <summary>
    /// How many members the filter finds, by role; the filter's own role does not count. Exact, so it takes longer than a page where it finds
    /// very many: <see cref="MemberTotals"/> keeps it.
    /// </summary>
    public async Task<MemberCounts> CountAsync(MemberFilter filter, CancellationToken cancellationToken)
    {
        var statement = new MemberStatement(filter);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var roles = await db.Database.SqlQueryRaw<OfRole>(statement.Count, [.. statement.Parameters()]).ToDictionaryAsync(row => row.Role, row => row.Count, cancellationToken);
        int Count(string role) => roles.GetValueOrDefault(role);
        var all = roles.Values.Sum();
        var (owner, admin, user) = (Count(MemberRole.Owner), Count(MemberRole.Admin), Count(MemberRole.User));
        return new(all, owner, admin, user, all - owner - admin - user);
    }

    /// <param name="total">
    /// How many the query finds, its role included. It is looked at for the last page alone, whose number of rows it decides; so a page need
    /// not wait for it. Null there shows as many rows as a page holds.
    /// </param>
    public async Task<MemberPage> PageAsync(GridQuery query, int? total, CancellationToken cancellationToken)
    {
        var sort = SortOf(query);
        var filter = MemberFilter.Of(query);
        var statement = new MemberStatement(filter);
        async Task<List<MemberRow>> ReadAsync(MemberKey? from, bool backward, int count)
        {
            var rows = await this.ReadAsync(statement, MemberOrder.Of(sort, query.Descending != backward, filter.Role), from, count, cancellationToken);
            if (backward) rows.Reverse();
            return rows;
        }

        var (after, before) = (MemberKey.Parse(query.After, sort), MemberKey.Parse(query.Before, sort));
        if (query.Before == GridQuery.End && total is null or > 0)
        {
            var last = total is { } all ? ((all - 1) % query.Rows) + 1 : query.Rows;
            var rows = await ReadAsync(null, backward: true, last + 1);
            if (rows.Count > last) return new(rows[^last..], KeyOf(sort, rows[^last]), null, IsFirst: false);
            return new(rows, null, null, IsFirst: true);
        }
        if (before is not null)
        {
            var rows = await ReadAsync(before, backward: true, query.Rows + 1);
            if (rows.Count >= query.Rows) return Backward(rows, query.Rows, sort);
            // Fewer than a page come before it: the first page is shown whole.
        }
        if (after is not null)
        {
            var rows = await ReadAsync(after, backward: false, query.Rows + 1);
            if (rows.Count > 0) return Forward(rows, query.Rows, sort, isFirst: false);
        }
        return Forward(await ReadAsync(null, backward: false, query.Rows + 1), query.Rows, sort, isFirst: true);
    }

    /// <summary>Who they are, in the order of their names.</summary>
    /// <param name="except">Who is left out.</param>
    /// <param name="most">So many at most.</param>
    public async Task<IReadOnlyList<Guid>> IdsAsync(MemberFilter filter, IReadOnlyCollection<Guid> except, int most, CancellationToken cancellationToken)
    {
        var statement = new MemberStatement(filter, except);
        var order = MemberOrder.Of(MemberSort.Name, descending: false, filter.Role);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.Database.SqlQueryRaw<Guid>(statement.Ids(order, fromKey: false), [.. statement.Parameters(order, null, most)]).ToListAsync(cancellationToken);
    }

    /// <summary>
    /// Everybody whom the filter finds, in order. Read piece by piece, each as it is then: who is renamed meanwhile may move ahead or behind.
    /// </summary>
    public IAsyncEnumerable<MemberRow> ReadAllAsync(
        MemberFilter filter, MemberSort sort, bool descending, IReadOnlyCollection<Guid> except, CancellationToken cancellationToken) =>
        PiecesAsync(new(filter, except), sort, MemberOrder.Of(sort, descending, filter.Role), cancellationToken);

    /// <summary>These people, as far as they are members or were, in order.</summary>
    public IAsyncEnumerable<MemberRow> ReadChosenAsync(IReadOnlyCollection<Guid> ids, MemberSort sort, bool descending, CancellationToken cancellationToken) =>
        PiecesAsync(new(new(), only: ids), sort, MemberOrder.Of(sort, descending, null), cancellationToken);

    private async IAsyncEnumerable<MemberRow> PiecesAsync(MemberStatement statement, MemberSort sort, MemberOrder order, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        MemberKey? from = null;
        for (var more = true; more;)
        {
            var rows = await ReadAsync(statement, order, from, Piece, cancellationToken);
            foreach (var row in rows) yield return row;
            more = rows.Count == Piece;
            if (more) from = MemberKey.Of(sort, rows[^1]);
        }
    }

    public async Task<MemberView?> FindAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var member = await db.Members.AsNoTracking().SingleOrDefaultAsync(m => m.Id == id, cancellationToken);
        if (member is null) return null;
        var open = await db.RemovalItems.Where(i => i.MembershipUri == member.Uri && (i.State == ItemState.Pending || i.State == ItemState.Executing || i.State == ItemState.Attention))
            .Select(i => new OpenItem(i.RequestId, i.Request!.Number, i.Request.State, i.State)).SingleOrDefaultAsync(cancellationToken);
        var address = member.Email.ToLowerInvariant();
#pragma warning disable CA1862, CA1304, CA1311 // Translated to SQL, where only lower() exists.
        // The newest is chosen here: asked for in order, the planner would rather walk all invitations from the newest on.
        var invitation = (await db.Invitations.AsNoTracking().Where(i => i.Status == InvitationStatus.Pending && i.Email.ToLower() == address).ToListAsync(cancellationToken))
            .MaxBy(i => i.CreatedAt);
#pragma warning restore CA1862, CA1304, CA1311
        var owns = await db.Connections.AnyAsync(c => c.CalendlyUserUri == member.UserUri && c.State != ConnectionState.Disconnected, cancellationToken);
        return new(member, open, invitation, owns);
    }

    private static MemberPage Forward(List<MemberRow> rows, int size, MemberSort sort, bool isFirst)
    {
        var page = rows.Count > size ? rows[..size] : rows;
        return new(page, isFirst ? null : KeyOf(sort, page.FirstOrDefault()), rows.Count > size ? KeyOf(sort, page[^1]) : null, isFirst);
    }

    /// <summary>Something comes after it: the key that it was asked with.</summary>
    private static MemberPage Backward(List<MemberRow> rows, int size, MemberSort sort)
    {
        var page = rows[^size..];
        var isFirst = rows.Count == size;
        return new(page, isFirst ? null : KeyOf(sort, page[0]), KeyOf(sort, page[^1]), isFirst);
    }

    private static string? KeyOf(MemberSort sort, MemberRow? row) => row is null ? null : MemberKey.Of(sort, row).ToString();

    private async Task<List<MemberRow>> ReadAsync(MemberStatement statement, MemberOrder order, MemberKey? from, int count, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var lines = await db.Database.SqlQueryRaw<Line>(statement.Page(order, from is not null), [.. statement.Parameters(order, from, count)]).ToListAsync(cancellationToken);
        return [.. lines.Select(Row)];
    }

    private static MemberRow Row(Line line) => new(
        line.Id, line.UserUri, line.Name, line.Email, line.Role, line.JoinedAt, line.SchedulingUrl,
        line.RequestId is { } request ? new OpenItem(request, line.Number!.Value, RequestStates[line.RequestState!], ItemStates[line.ItemState!]) : null, line.OwnsConnection)
    {
        Uri = line.Uri,
        TimeZone = line.TimeZone,
        LeftAt = line.LeftAt,
        InvitedAt = line.InvitedAt,
        LastChange = line.ChangeKind is { } kind ? (ChangeKinds[kind], line.ChangedAt!.Value) : null,
    };
}
