using AdminPortal.Demo.Database;

namespace AdminPortal.Demo;

/// <summary>The demo's folder, held by one demo at a time.</summary>
public sealed class DataFolder : IDisposable
{
    private readonly FileStream _lock;

    private DataFolder(string path, FileStream held) => (Path, _lock) = (path, held);

    public string Path { get; }

    public string Keys => System.IO.Path.Combine(Path, "keys");

    /// <summary>The children's content root: it holds no settings, whatever a developer keeps elsewhere.</summary>
    public string Empty => System.IO.Path.Combine(Path, "content");

    public static DataFolder Open(string path, bool fresh)
    {
        try
        {
            Directory.CreateDirectory(path);
            var folder = new DataFolder(path, Hold(path));
            File.Delete(DemoFile.PathIn(path));
            if (fresh)
            {
                ClusterFolder.Delete(path);
                if (Directory.Exists(folder.Keys)) Directory.Delete(folder.Keys, recursive: true);
            }
            Directory.CreateDirectory(folder.Empty);
            return folder;
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new DemoException($"The data folder {path} can't be written by {Environment.UserName}: {exception.Message} Choose another one with --data.", exception);
        }
    }

    public void Dispose()
    {
        File.Delete(DemoFile.PathIn(Path));
        _lock.Dispose();
    }

    private static FileStream Hold(string path)
    {
        try
        {
            return new(System.IO.Path.Combine(path, "demo.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception)
        {
            throw new DemoException($"A demo is already running with the data folder {path}. Stop it, or choose another one with --data.", exception);
        }
    }
}
