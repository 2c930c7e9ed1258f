using System.Diagnostics;
using System.Globalization;
using AdminPortal.Simulator.Calendly;
using AdminPortal.Simulator.Model;
using AdminPortal.Simulator.OAuth;
using AdminPortal.Simulator.Tokens;

namespace AdminPortal.Simulator.Calls;

/// <summary>The scope that an endpoint needs.</summary>
internal sealed record NeedsScope(string Scope);

/// <summary>Ledger, faults, latency; then for the API: who calls, the request budget, the scope.</summary>
internal sealed class CallPipeline(RequestDelegate next, Simulation simulation, IHostApplicationLifetime lifetime)
{
    public async Task InvokeAsync(HttpContext http)
    {
        var request = http.Request;
        var world = simulation.World;
        var path = request.Path.Value ?? "/";
        var (token, state) = Bearer(request) is { } bearer ? world.Tokens.Find(bearer) : (null, TokenState.Unknown);
        var caller = token is null ? null : world.FindUser(token.Grant.UserId);
        var entry = simulation.Ledger.Begin(request.Method, path, request.QueryString.Value?.TrimStart('?') ?? "", caller?.Email);
        var call = new Call(http, simulation, world, entry);
        http.Features.Set(call);
        AddHeaders(http, world.Limiter.Untouched);
        var fault = simulation.Faults.Take(request.Method, path);
        try
        {
            if (fault?.Drop != "after") await HoldAsync(fault?.DelayMs ?? 0);
            if (fault?.Drop == "before") Cut(http, entry);
            else await AnswerAsync(call, fault, token, state, caller);
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            Cut(http, entry);
        }
    }

    private async Task AnswerAsync(Call call, Fault? fault, AccessToken? token, TokenState state, Member? caller)
    {
        var (http, path) = (call.Http, call.Entry.Path);
        var wire = http.Response.Body;
        // A dropped answer must not reach the wire in part: 204 and its headers would already be a success. Nor one that is replaced.
        if (fault?.Drop == "after" || fault?.Body is not null) http.Response.Body = Stream.Null;
        try
        {
            if (fault is { Status: { } status } && (fault.Body is null || status >= 300)) throw Failure(path, status, fault.RetryAfterSeconds);
            await HoldAsync(call.World.Settings.LatencyMs);
            if (!IsOAuth(path)) Admit(call, token, state, caller);
            await next(http);
        }
        catch (ApiError error)
        {
            await error.WriteAsync(http);
        }
        catch (OAuthError error)
        {
            await error.WriteAsync(http);
        }
        if (fault?.Body is not null) await ReplaceAsync(http, wire, fault);
        if (fault?.Drop == "after")
        {
            await HoldAsync(fault.DelayMs);
            Cut(http, call.Entry);
        }
        else
        {
            call.Entry.Status = http.Response.StatusCode;
        }
    }

    private static Task ReplaceAsync(HttpContext http, Stream wire, Fault fault)
    {
        http.Response.Clear();
        http.Response.Body = wire;
        http.Response.StatusCode = fault.Status!.Value;
        foreach (var (name, value) in fault.Headers ?? new Dictionary<string, string>()) http.Response.Headers[name] = value;
        return http.Response.WriteAsync(fault.Body!, http.RequestAborted);
    }

    private static bool IsOAuth(string path) => path.StartsWith("/oauth/", StringComparison.Ordinal);

    private static string? Bearer(HttpRequest request) =>
        request.Headers.Authorization.ToString() is { } header && header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? header[7..].Trim() : null;

    private static Exception Failure(string path, int status, int? retryAfter) =>
        IsOAuth(path) ? OAuthError.Of(status, retryAfter) : ApiError.Of(status, retryAfter);

    private static void Cut(HttpContext http, LedgerEntry entry)
    {
        entry.Status = 0;
        http.Abort();
    }

    /// <summary>Not cancelled by the caller: a server finishes what a client gave up waiting for.</summary>
    private Task HoldAsync(int milliseconds) =>
        milliseconds == 0 ? Task.CompletedTask : Task.Delay(TimeSpan.FromMilliseconds(milliseconds), simulation.Clock, lifetime.ApplicationStopping);

    private static void Admit(Call call, AccessToken? token, TokenState state, Member? caller)
    {
        if (token is null || caller is null || state != TokenState.Valid) throw ApiError.Unauthenticated(state);
        (call.Grant, call.Caller) = (token.Grant, caller);
        var allowance = call.World.Limiter.Take(caller.UserId);
        var headers = call.Http.Response.Headers;
        AddLimits(headers, allowance);
        headers["X-RateLimit-Tier"] = call.World.Settings.Plan == "free" ? "free" : "paid";
        headers["X-RateLimit-Key"] = $"oauth:{token.Grant.ClientId ?? "pat"}:{caller.UserId}";
        if (!allowance.Granted) throw ApiError.TooManyRequests(call.World.Settings.RetryAfter ? allowance.ResetSeconds : null);
        var needed = call.Http.GetEndpoint()?.Metadata.GetMetadata<NeedsScope>();
        if (needed is not null && !Scopes.Allow(token.Grant.Scopes, needed.Scope)) throw ApiError.InsufficientScope(needed.Scope);
    }

    private static void AddLimits(IHeaderDictionary headers, Allowance allowance)
    {
        headers["X-RateLimit-Limit"] = allowance.Limit.ToString(CultureInfo.InvariantCulture);
        headers["X-RateLimit-Remaining"] = allowance.Remaining.ToString(CultureInfo.InvariantCulture);
        headers["X-RateLimit-Reset"] = allowance.ResetSeconds.ToString(CultureInfo.InvariantCulture);
    }

    private static void AddHeaders(HttpContext http, Allowance allowance)
    {
        var headers = http.Response.Headers;
        var started = Stopwatch.GetTimestamp();
        headers["X-Request-Id"] = Guid.NewGuid().ToString();
        headers.CacheControl = "max-age=0, private, must-revalidate";
        if (!IsOAuth(http.Request.Path.Value ?? "")) headers.AccessControlAllowOrigin = "*";
        AddLimits(headers, allowance);
        http.Response.OnStarting(() =>
        {
            headers["X-Runtime"] = Stopwatch.GetElapsedTime(started).TotalSeconds.ToString("F6", CultureInfo.InvariantCulture);
            return Task.CompletedTask;
        });
    }
}
