namespace AdminPortal.Calendly;

/// <summary>
/// One page of a list. Calendly reports no totals. <see href="https://developer.calendly.com/openapi/calendly-api.yaml"/>
/// </summary>
/// <param name="Items">The rows of this page, in Calendly's order.</param>
/// <param name="NextPageToken">What to ask for next; null on the last page. An answer that leaves this open is refused as unreadable, never taken for the last page.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? NextPageToken);

/// <summary>A count that reads a bounded number of pages.</summary>
/// <param name="Count">How many were found.</param>
/// <param name="Capped">True if there were more pages than are read: the count is then a lower bound.</param>
public sealed record BoundedCount(int Count, bool Capped);
