using AdminPortal.Testing;

namespace AdminPortal.EndToEnd.Tests;

/// <summary>The files of wwwroot-assets really arrive: a portal that was built, not published, can answer 200 with nothing in it.</summary>
public sealed class StaticFileTests(PostgresFixture postgres)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Static_files_arrive_with_their_whole_length()
    {
        await using var world = await World.StartAsync(postgres, new WorldOptions(), Token);
        using var http = new HttpClient { BaseAddress = world.PortalUrl };
        var root = FindAssets();
        var files = Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories).ToList();
        Assert.True(files.Count >= 10, $"only {files.Count} files");
        foreach (var file in files)
        {
            var path = "/" + Path.GetRelativePath(root, file).Replace('\\', '/');
            var bytes = await http.GetByteArrayAsync(path, Token);
            Assert.Equal(await File.ReadAllBytesAsync(file, Token), bytes);
        }
        foreach (var path in (string[])["/_content/MudBlazor/MudBlazor.min.css", "/_content/MudBlazor/MudBlazor.min.js", "/_framework/blazor.web.js"])
            Assert.True((await http.GetByteArrayAsync(path, Token)).Length > 10_000, path);
    }

    private static string FindAssets()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (Directory.Exists(Path.Combine(folder.FullName, "wwwroot-assets"))) return Path.Combine(folder.FullName, "wwwroot-assets");
        throw new DirectoryNotFoundException("wwwroot-assets stands beside none of the folders above the tests.");
    }
}
