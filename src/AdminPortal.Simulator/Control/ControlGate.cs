using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace AdminPortal.Simulator.Control;

/// <summary>A control call that can't be done, with the reason.</summary>
internal sealed class ControlError(int status, string message) : Exception(message)
{
    public int Status => status;
}

/// <summary>Control calls change the world, so no page in a browser may make them: loopback, a local Host, no other Origin, JSON bodies.</summary>
internal sealed class ControlGate(RequestDelegate next)
{
    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        NumberHandling = JsonNumberHandling.Strict,
    };

    public async Task InvokeAsync(HttpContext http)
    {
        var request = http.Request;
        try
        {
            // No address: hosted in memory, which is as local as it gets.
            if (http.Connection.RemoteIpAddress is { } address && !IPAddress.IsLoopback(address)) throw new ControlError(403, "control calls are answered on loopback only");
            if (request.Host.Host is not ("localhost" or "127.0.0.1")) throw new ControlError(403, "control calls need the host localhost or 127.0.0.1");
            var origin = request.Headers.Origin.ToString();
            if (origin.Length > 0 && origin != $"{request.Scheme}://{request.Host}") throw new ControlError(403, "control calls are not for pages of other origins");
            if (HasBody(request) && !request.HasJsonContentType()) throw new ControlError(415, "control calls need the content type application/json");
            await next(http);
        }
        catch (ControlError error)
        {
            http.Response.StatusCode = error.Status;
            await http.Response.WriteAsJsonAsync(new { message = error.Message });
        }
    }

    /// <summary>An absent body counts as an empty object.</summary>
    public static async Task<T> ReadAsync<T>(HttpRequest request) where T : class
    {
        if (!HasBody(request)) return JsonSerializer.Deserialize<T>("{}", Json)!;
        try
        {
            return await JsonSerializer.DeserializeAsync<T>(request.Body, Json, request.HttpContext.RequestAborted) ?? throw new ControlError(400, "the body is null");
        }
        catch (JsonException error)
        {
            throw new ControlError(400, error.Message);
        }
    }

    private static bool HasBody(HttpRequest request) => request.ContentLength > 0 || (request.ContentLength is null && request.Headers.TransferEncoding.Count > 0);
}
