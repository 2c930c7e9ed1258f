namespace AdminPortal.Web.Tests;

internal sealed record SourceFile(string Path, string Text)
{
    public int Lines => Text.AsSpan().TrimEnd('\n').Count('\n') + 1;
}

/// <summary>The repository's own C# and Razor, without what is generated.</summary>
internal static class Sources
{
    private static readonly string Root = FindRoot();

    public static string FileText(string path) => File.ReadAllText(Path.Combine(Root, path));

    public static IEnumerable<SourceFile> Of(string folder) =>
        Directory.EnumerateFiles(Path.Combine(Root, folder), "*", SearchOption.AllDirectories)
            .Select(file => (File: file, Path: Path.GetRelativePath(Root, file).Replace('\\', '/')))
            .Where(f => Path.GetExtension(f.File) is ".cs" or ".razor" && !f.Path.Split('/').Any(part => part is "obj" or "bin" or "Migrations"))
            .Select(f => new SourceFile(f.Path, File.ReadAllText(f.File)));

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "AdminPortal.sln"))) return folder.FullName;
        throw new InvalidOperationException("The tests run inside the repository: no AdminPortal.sln above " + AppContext.BaseDirectory);
    }
}
