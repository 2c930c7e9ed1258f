using System.Text;
using System.Text.Json;

namespace AdminPortal.Simulator.OAuth;

/// <summary>Parameters of an OAuth call: a form, or JSON, as both are accepted; the client by HTTP Basic or in the body.</summary>
internal sealed class OAuthForm(IReadOnlyDictionary<string, string> values, string? clientId, string? clientSecret)
{
    public string? this[string name] => values.GetValueOrDefault(name);

    public string Required(string name) => this[name] is { Length: > 0 } value ? value : throw OAuthError.InvalidRequest(name);

    /// <summary>A client that authenticates with its secret; a code bound by PKCE does not replace it for a web app.</summary>
    public string Client() => clientId == SimulatorDefaults.CalendlyClientId && clientSecret == SimulatorDefaults.CalendlyClientSecret
        ? clientId
        : throw OAuthError.InvalidClient();

    public static async Task<OAuthForm> ReadAsync(HttpRequest request)
    {
        var values = request.HasFormContentType ? await FormAsync(request) : await JsonAsync(request);
        var header = request.Headers.Authorization.ToString();
        if (!header.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase))
            return new(values, values.GetValueOrDefault("client_id"), values.GetValueOrDefault("client_secret"));
        var buffer = new byte[header.Length];
        if (!Convert.TryFromBase64String(header[6..].Trim(), buffer, out var length)) return new(values, null, null);
        var parts = Encoding.UTF8.GetString(buffer, 0, length).Split(':', 2);
        return parts.Length == 2 ? new(values, Uri.UnescapeDataString(parts[0]), Uri.UnescapeDataString(parts[1])) : new(values, null, null);
    }

    private static async Task<Dictionary<string, string>> FormAsync(HttpRequest request)
    {
        var form = await request.ReadFormAsync(request.HttpContext.RequestAborted);
        return form.ToDictionary(pair => pair.Key, pair => pair.Value.ToString(), StringComparer.Ordinal);
    }

    private static async Task<Dictionary<string, string>> JsonAsync(HttpRequest request)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        if (!request.HasJsonContentType()) return values;
        try
        {
            using var body = await JsonDocument.ParseAsync(request.Body, cancellationToken: request.HttpContext.RequestAborted);
            if (body.RootElement.ValueKind != JsonValueKind.Object) return values;
            foreach (var property in body.RootElement.EnumerateObject())
                if (property.Value.ValueKind == JsonValueKind.String) values[property.Name] = property.Value.GetString()!;
        }
        catch (JsonException)
        {
            throw OAuthError.InvalidRequest("grant_type");
        }
        return values;
    }
}
