namespace AdminPortal.Demo.Database;

/// <summary>
/// Where a cluster's files live: inside the folder that was asked for, or, where the server's user can't reach that
/// (root's home, a private checkout), in a private folder under the system's temp folder whose path the former keeps.
/// </summary>
public static class ClusterFolder
{
    private const string Inside = "postgres";
    private const string PathFile = "postgres.path";

    // A socket's address holds 107 bytes, and "/.s.PGSQL.5432.lock" comes after the folder.
    private const int LongestPath = 85;

    public static async Task<string> PrepareAsync(string directory, ServerAccount account, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(directory);
        var pathFile = Path.Combine(directory, PathFile);
        if (File.Exists(pathFile))
        {
            var kept = (await File.ReadAllTextAsync(pathFile, cancellationToken)).Trim();
            if (Directory.Exists(kept) && await account.ReachesAsync(kept, cancellationToken)) return kept;
        }

        var inside = Path.Combine(Path.GetFullPath(directory), Inside);
        var existed = Directory.Exists(inside);
        if (System.Text.Encoding.UTF8.GetByteCount(inside) <= LongestPath)
        {
            Directory.CreateDirectory(inside);
            if (!existed) await account.OwnAsync(inside, cancellationToken);
            if (await account.ReachesAsync(inside, cancellationToken)) return inside;
            if (!existed) Directory.Delete(inside);
        }
        if (existed) throw new DemoException($"{inside} belongs to another user, or lies where PostgreSQL's user can't reach it. Use another data folder, or --fresh.");

        var elsewhere = Directory.CreateTempSubdirectory("adminportal-").FullName;
        await account.OwnAsync(elsewhere, cancellationToken);
        if (!await account.ReachesAsync(elsewhere, cancellationToken)) throw new DemoException($"PostgreSQL's user can't reach {elsewhere}; set TMPDIR to a folder that it can.");
        await File.WriteAllTextAsync(pathFile, elsewhere + "\n", cancellationToken);
        return elsewhere;
    }

    /// <summary>Deletes the cluster that a folder holds or points to, and nothing that is not a cluster.</summary>
    public static void Delete(string directory)
    {
        var pathFile = Path.Combine(directory, PathFile);
        var elsewhere = File.Exists(pathFile) ? File.ReadAllText(pathFile).Trim() : null;
        foreach (var folder in new[] { elsewhere, Path.Combine(directory, Inside) })
        {
            if (folder is not null && File.Exists(Path.Combine(folder, "PG_VERSION"))) Directory.Delete(folder, recursive: true);
        }
        File.Delete(pathFile);
    }

    /// <summary>The major version that made the cluster, or null when there is none yet.</summary>
    public static async Task<int?> VersionAsync(string cluster, CancellationToken cancellationToken)
    {
        var file = Path.Combine(cluster, "PG_VERSION");
        return File.Exists(file) && int.TryParse(await File.ReadAllTextAsync(file, cancellationToken), out var version) ? version : null;
    }
}
