using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using AdminPortal.Web.Features.Connections;
using AdminPortal.Web.Features.Members;

namespace AdminPortal.Web.Features.Removals;

/// <summary>
/// Impact for somebody who looks at it now, in the lane of people's clicks. A reading is shown again for a few minutes on the instance that
/// made it, with its time, so that going back and forth costs nothing; only a reading anew, or the one frozen in a request, decides anything.
/// </summary>
public sealed class ImpactReadings(ImpactReader reader, TimeProvider clock)
{
    public static readonly TimeSpan ShownFor = TimeSpan.FromMinutes(5);

    private const int MostKept = 1000;
    private readonly ConcurrentDictionary<string, ImpactReading> kept = new(StringComparer.Ordinal);

    /// <param name="anew">Ask Calendly, whatever is kept.</param>
    public async Task<ImpactReading> ReadAsync(Member member, bool anew, CancellationToken cancellationToken)
    {
        if (!anew && kept.TryGetValue(member.Uri, out var known) && clock.GetUtcNow() - known.ReadAt < ShownFor) return known;
        var reading = await reader.ReadAsync(member.Uri, member.UserUri, Lane.People, withNames: true, cancellationToken);
        // What could not be read is asked for again the next time.
        if (reading.Impact.Problem is not null) return reading;
        if (kept.Count >= MostKept) Forget(reading.ReadAt);
        kept[member.Uri] = reading;
        return reading;
    }

    /// <summary>For a selection, one after the other in its order, so that what is known can be shown.</summary>
    public async IAsyncEnumerable<ImpactReading> ReadAsync(IReadOnlyList<Member> members, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var member in members) yield return await ReadAsync(member, anew: false, cancellationToken);
    }

    private void Forget(DateTimeOffset now)
    {
        foreach (var (membership, reading) in kept)
            if (now - reading.ReadAt >= ShownFor) kept.TryRemove(membership, out _);
        // So many within minutes: then nothing is worth keeping.
        if (kept.Count >= MostKept) kept.Clear();
    }
}
