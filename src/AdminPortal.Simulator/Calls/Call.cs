using System.Reflection;
using AdminPortal.Simulator.Calendly;
using AdminPortal.Simulator.Model;
using AdminPortal.Simulator.Tokens;

namespace AdminPortal.Simulator.Calls;

/// <summary>One call to the simulated Calendly: its world, its caller, its line in the ledger.</summary>
internal sealed class Call(HttpContext http, Simulation simulation, World world, LedgerEntry entry)
{
    public HttpContext Http => http;
    public Simulation Simulation => simulation;
    public World World => world;
    public LedgerEntry Entry => entry;

    /// <summary>Set by the pipeline for every call to the API, never for OAuth.</summary>
    public Grant Grant { get; set; } = null!;

    /// <summary>The caller as of the start of the call.</summary>
    public Member Caller { get; set; } = null!;

    public bool CallerIsAdmin => Caller.IsAdmin && world.IsMember(Caller);

    /// <summary>The world was changed by this call.</summary>
    public void Applied() => entry.Applied = true;

    /// <summary>A query value; blank counts as absent.</summary>
    public string? Query(string name) => http.Request.Query[name].ToString() is { Length: > 0 } value ? value : null;

    /// <summary>The id behind a reference such as <c>https://api.calendly.com/users/AAAA</c>; a bare id is refused.</summary>
    public string? Reference(string name, string type) => Query(name) is { } value ? Id(name, value, type) : null;

    /// <summary>The ids behind references that are separated by commas.</summary>
    public IReadOnlyList<string>? References(string name, string type) => Values(name)?.Select(value => Id(name, value, type)).ToList();

    /// <summary>Values separated by commas.</summary>
    public IReadOnlyList<string>? Values(string name) => Query(name)?.Split(',');

    private string Id(string name, string value, string type)
    {
        foreach (var prefix in new[] { world.Uris.Prefix, "https://api.calendly.com", $"{http.Request.Scheme}://{http.Request.Host}" })
        {
            var start = $"{prefix}/{type}/";
            if (value.StartsWith(start, StringComparison.Ordinal) && Ids.LooksLikeId(value[start.Length..])) return value[start.Length..];
        }
        throw ApiError.Invalid(name, "invalid");
    }

    public static ValueTask<Call?> BindAsync(HttpContext context, ParameterInfo parameter) => ValueTask.FromResult(context.Features.Get<Call>());
}
