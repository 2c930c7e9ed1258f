using System.Text.Encodings.Web;
using System.Text.Json;

namespace AdminPortal.Web.Features.Audit;

/// <summary>The details of an entry, indented for people. Nothing is added, left out or reordered.</summary>
public static class AuditDetails
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Pretty(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return JsonSerializer.Serialize(document.RootElement, Indented);
        }
        catch (JsonException)
        {
            return json;
        }
    }
}
