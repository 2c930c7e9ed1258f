using System.Globalization;

namespace AdminPortal.Web.Features.Removals;

/// <summary>States as chips: the kind, and words of its own where the usual ones would say less.</summary>
public static class RemovalChips
{
    public static string Kind(ItemState state) => state switch
    {
        ItemState.Pending => "removal.awaiting",
        ItemState.Executing => "removal.executing",
        ItemState.Attention => "removal.attention",
        ItemState.Removed => "removal.removed",
        ItemState.AlreadyGone => "removal.gone",
        ItemState.Failed => "removal.failed",
        ItemState.Stale => "removal.stale",
        ItemState.LeftOut => "removal.leftout",
        ItemState.Rejected => "removal.rejected",
        ItemState.Cancelled => "removal.cancelled",
        _ => "removal.expired",
    };

    /// <summary>A person inside a request: while it waits, the item shares the request's state.</summary>
    public static string Kind(RemovalRequest request, RemovalItem item) =>
        item.State == ItemState.Pending && request.State is (RequestState.Approved or RequestState.Executing) ? "removal.approved" : Kind(item.State);

    /// <summary>One person: the item's state. Several: the most urgent, and once closed how many were removed.</summary>
    public static (string Kind, string? Text) Of(RemovalRequest request)
    {
        if (request.Items is [var only] && request.State is (RequestState.Executing or RequestState.Closed)) return (Kind(request, only), null);
        return request.State switch
        {
            RequestState.Awaiting => ("removal.awaiting", null),
            RequestState.Approved => ("removal.approved", null),
            RequestState.Executing => (request.Items.Exists(i => i.State == ItemState.Attention) ? "removal.attention" : "removal.executing", null),
            RequestState.Rejected => ("removal.rejected", null),
            RequestState.Cancelled => ("removal.cancelled", null),
            RequestState.Expired => ("removal.expired", null),
            RequestState.Stale => ("removal.stale", null),
            _ => Closed(request),
        };
    }

    private static (string, string?) Closed(RemovalRequest request)
    {
        var removed = request.Items.Count(i => i.State is ItemState.Removed or ItemState.AlreadyGone);
        var kind = request.Items.Exists(i => i.State == ItemState.Failed) ? "removal.failed"
            : request.Items.Exists(i => i.State == ItemState.Stale) ? "removal.stale"
            : removed > 0 ? "removal.removed" : "removal.cancelled";
        return (kind, string.Create(CultureInfo.InvariantCulture, $"Removed {removed} of {request.Items.Count}"));
    }
}
