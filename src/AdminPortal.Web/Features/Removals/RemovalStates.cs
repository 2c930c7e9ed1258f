namespace AdminPortal.Web.Features.Removals;

/// <summary>awaiting → approved | rejected | cancelled | expired | stale; approved → executing | cancelled | expired; executing → closed.</summary>
public enum RequestState
{
    Awaiting,
    Approved,
    Executing,
    Closed,
    Rejected,
    Cancelled,
    Expired,
    Stale,
}

/// <summary>
/// pending → executing | left out | rejected | cancelled | expired | stale; executing → removed | already gone | failed | stale | attention;
/// attention → executing | cancelled | expired, but once a DELETE was sent, only to an outcome that was read back.
/// </summary>
public enum ItemState
{
    Pending,
    Executing,
    Attention,
    Removed,
    AlreadyGone,
    Failed,
    Stale,
    LeftOut,
    Rejected,
    Cancelled,
    Expired,
}

public enum Verdict
{
    Approve,
    Reject,
}

public static class RemovalStates
{
    private static readonly HashSet<(RequestState, RequestState)> RequestMoves =
    [
        (RequestState.Awaiting, RequestState.Approved), (RequestState.Awaiting, RequestState.Rejected),
        (RequestState.Awaiting, RequestState.Cancelled), (RequestState.Awaiting, RequestState.Expired), (RequestState.Awaiting, RequestState.Stale),
        (RequestState.Approved, RequestState.Executing), (RequestState.Approved, RequestState.Cancelled), (RequestState.Approved, RequestState.Expired),
        (RequestState.Executing, RequestState.Closed),
    ];

    private static readonly HashSet<(ItemState, ItemState)> ItemMoves =
    [
        (ItemState.Pending, ItemState.Executing), (ItemState.Pending, ItemState.LeftOut), (ItemState.Pending, ItemState.Rejected),
        (ItemState.Pending, ItemState.Cancelled), (ItemState.Pending, ItemState.Expired), (ItemState.Pending, ItemState.Stale),
        (ItemState.Executing, ItemState.Removed), (ItemState.Executing, ItemState.AlreadyGone), (ItemState.Executing, ItemState.Failed),
        (ItemState.Executing, ItemState.Stale), (ItemState.Executing, ItemState.Attention),
        (ItemState.Attention, ItemState.Executing), (ItemState.Attention, ItemState.Cancelled), (ItemState.Attention, ItemState.Expired),
    ];

    public static bool CanMoveTo(this RequestState from, RequestState to) => RequestMoves.Contains((from, to));

    public static bool CanMoveTo(this ItemState from, ItemState to) => ItemMoves.Contains((from, to));

    /// <summary>At most one open item per membership exists.</summary>
    public static bool IsOpen(this ItemState state) => state is ItemState.Pending or ItemState.Executing or ItemState.Attention;

    public static bool IsOpen(this RequestState state) => state is RequestState.Awaiting or RequestState.Approved or RequestState.Executing;
}
