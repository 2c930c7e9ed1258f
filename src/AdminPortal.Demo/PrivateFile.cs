namespace AdminPortal.Demo;

/// <summary>Files that only their owner reads, and that are there whole or not at all.</summary>
public static class PrivateFile
{
    public static async Task WriteAsync(string path, string text, CancellationToken cancellationToken)
    {
        var unfinished = path + ".new";
        File.Delete(unfinished);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        await using (var writer = new StreamWriter(unfinished, options)) await writer.WriteAsync(text.AsMemory(), cancellationToken);
        File.Move(unfinished, path, overwrite: true);
    }
}
