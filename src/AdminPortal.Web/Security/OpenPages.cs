using System.Collections.Concurrent;
using AdminPortal.Web.Data;
using Microsoft.Extensions.Options;

namespace AdminPortal.Web.Security;

/// <summary>
/// Looks at the sessions of all pages that are open on this instance: when the database rings, and twice a minute, because nothing rings
/// when a session has been idle for too long. The row says that, not the page: another tab may be in use.
/// One query for all of them, however many there are.
/// </summary>
public sealed class OpenPages(Sessions sessions, Doorbell doorbell, IOptions<WorkerOptions> options, TimeProvider clock, ILogger<OpenPages> logger)
    : Worker([Topic.People], doorbell, AtLeastEvery(TimeSpan.FromSeconds(30), options.Value), clock, logger)
{
    private readonly ConcurrentDictionary<object, (Guid Session, Action<SessionStanding> Look)> pages = new();

    /// <summary>Calls <paramref name="look"/> with the session's standing after every look, until the result is disposed. It must not block or throw.</summary>
    public IDisposable Watch(Guid session, Action<SessionStanding> look)
    {
        var key = new object();
        pages[key] = (session, look);
        return new Watching(() => pages.TryRemove(key, out _));
    }

    public async Task LookAsync(CancellationToken cancellationToken)
    {
        var open = pages.Values.ToList();
        if (open.Count == 0) return;
        var standings = await sessions.StandingsAsync([.. open.Select(page => page.Session).Distinct()], cancellationToken);
        foreach (var (session, look) in open) look(standings.GetValueOrDefault(session) ?? new(session, Ended: true, Idle: false, Blocked: false, []));
    }

    protected override async Task<bool> WorkAsync(CancellationToken cancellationToken)
    {
        await LookAsync(cancellationToken);
        return false;
    }

    private static IOptions<WorkerOptions> AtLeastEvery(TimeSpan longest, WorkerOptions given) =>
        Options.Create(new WorkerOptions { Lease = given.Lease, Poll = given.Poll < longest ? given.Poll : longest });

    private sealed class Watching(Action dispose) : IDisposable
    {
        public void Dispose() => dispose();
    }
}
