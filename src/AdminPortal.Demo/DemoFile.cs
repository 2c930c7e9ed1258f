using System.Text.Json;

namespace AdminPortal.Demo;

/// <summary>demo.json: what scripts need to know about a running demo. It is there while the demo can be used.</summary>
public sealed record DemoFile(IReadOnlyList<string> Portals, string Simulator, string ConnectionString, string AppConnectionString, IReadOnlyList<int> PortalPids)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static string PathIn(string folder) => Path.Combine(folder, "demo.json");

    public Task WriteAsync(string folder, CancellationToken cancellationToken) => PrivateFile.WriteAsync(PathIn(folder), JsonSerializer.Serialize(this, Json) + "\n", cancellationToken);

    public static async Task<DemoFile> ReadAsync(string folder, CancellationToken cancellationToken) =>
        JsonSerializer.Deserialize<DemoFile>(await File.ReadAllTextAsync(PathIn(folder), cancellationToken), Json)!;
}
