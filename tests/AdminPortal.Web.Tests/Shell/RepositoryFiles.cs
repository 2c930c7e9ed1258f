namespace AdminPortal.Web.Tests.Shell;

/// <summary>Files of the repository that tests read: found upwards from the built assembly.</summary>
internal static class RepositoryFiles
{
    public static readonly string Root = FindRoot(AppContext.BaseDirectory);

    public static string Text(params string[] path) => File.ReadAllText(Path.Combine([Root, .. path]));

    public static IEnumerable<string> Under(string folder, params string[] extensions) =>
        from file in Directory.EnumerateFiles(Path.Combine(Root, folder), "*", SearchOption.AllDirectories)
        where extensions.Contains(Path.GetExtension(file))
        let relative = Path.GetRelativePath(Root, file).Split(Path.DirectorySeparatorChar)
        where !relative.Contains("bin") && !relative.Contains("obj")
        select file;

    private static string FindRoot(string folder) =>
        File.Exists(Path.Combine(folder, "AdminPortal.sln")) ? folder
        : Path.GetDirectoryName(folder) is { } parent ? FindRoot(parent)
        : throw new InvalidOperationException("AdminPortal.sln was not found above the test assembly.");
}
