namespace AdminPortal.Testing;

/// <summary>A content root without an appsettings.json: only what a test says counts, whatever a developer keeps for the real thing.</summary>
public static class EmptyFolder
{
    public static string Path { get; } = Directory.CreateDirectory(System.IO.Path.Combine(AppContext.BaseDirectory, "empty-content-root")).FullName;
}
