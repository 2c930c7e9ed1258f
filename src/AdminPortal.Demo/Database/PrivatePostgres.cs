using System.Diagnostics;
using AdminPortal.Demo.Processes;
using Npgsql;

namespace AdminPortal.Demo.Database;

/// <summary>
/// A PostgreSQL server of our own: reachable only through a socket in a folder that only its user may enter (so nobody
/// needs a password and no port can clash), and gone when we are, however we end.
/// </summary>
public sealed class PrivatePostgres : IAsyncDisposable
{
    private const string Superuser = "postgres";
    private const int Port = 5432;
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(60);

    private readonly GuardedProcess _server;
    private readonly string _cluster;

    private PrivatePostgres(GuardedProcess server, string cluster) => (_server, _cluster) = (server, cluster);

    /// <summary>The folder that holds the cluster and its log.</summary>
    public string Folder => _cluster;

    public string SuperuserConnectionString => ConnectionString(Superuser, "postgres");

    public Task WaitForEndAsync(CancellationToken cancellationToken) => _server.WaitForEndAsync(cancellationToken);

    public string ConnectionString(string role, string database) =>
        new NpgsqlConnectionStringBuilder { Host = _cluster, Port = Port, Username = role, Database = database }.ConnectionString;

    /// <summary>Starts the cluster that lives in the directory, which is made when there is none.</summary>
    public static async Task<PrivatePostgres> StartAsync(string directory, PrivatePostgresOptions options, CancellationToken cancellationToken)
    {
        // First of all the server: installing it makes the user that it runs as.
        var binaries = await PostgresBinaries.FindAsync(version: null, options.Report, cancellationToken);
        var account = await ServerAccount.ChooseAsync(cancellationToken);
        var cluster = await ClusterFolder.PrepareAsync(directory, account, cancellationToken);
        var version = await ClusterFolder.VersionAsync(cluster, cancellationToken);
        if (version is not null && version != binaries.Version) binaries = await PostgresBinaries.FindAsync(version, options.Report, cancellationToken);

        if (version is null) await InitializeAsync(cluster, binaries, account, options, cancellationToken);
        else await StopLeftoverAsync(cluster, binaries, account, cancellationToken);
        options.Report($"Starting PostgreSQL {binaries.Version} ...");
        var server = new PrivatePostgres(await StartServerAsync(cluster, binaries, account, options, cancellationToken), cluster);
        try
        {
            await server.UntilReadyAsync(cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private static async Task InitializeAsync(string cluster, PostgresBinaries binaries, ServerAccount account, PrivatePostgresOptions options, CancellationToken cancellationToken)
    {
        options.Report("Making a private PostgreSQL cluster ...");
        // A start that was killed in the middle leaves files that initdb would stumble over.
        await account.RunAsync(["find", cluster, "-mindepth", "1", "-delete"], cancellationToken);
        var made = await account.RunAsync(
            [binaries.Program("initdb"), "-D", cluster, "-U", Superuser, "--auth=trust", "--encoding=UTF8", "--no-locale", options.Disposable ? "--no-sync" : "--data-checksums"],
            cancellationToken);
        if (!made.Succeeded) throw new DemoException($"PostgreSQL could not make a cluster in {cluster}:\n{made.Output.Trim()}");
    }

    // After kill -9 of everything a server may still run, or have left its pid file; a stale one is no obstacle.
    private static async Task StopLeftoverAsync(string cluster, PostgresBinaries binaries, ServerAccount account, CancellationToken cancellationToken)
    {
        if (File.Exists(Path.Combine(cluster, "postmaster.pid")))
        {
            await account.RunAsync([binaries.Program("pg_ctl"), "stop", "-D", cluster, "-m", "fast", "-w"], cancellationToken);
        }
    }

    private static Task<GuardedProcess> StartServerAsync(string cluster, PostgresBinaries binaries, ServerAccount account, PrivatePostgresOptions options, CancellationToken cancellationToken)
    {
        string[] settings = [.. options.ServerSettings().SelectMany(setting => new[] { "-c", setting })];
        var start = new GuardedStart([binaries.Program("postgres"), "-D", cluster, "-p", $"{Port}", "-k", cluster, .. settings])
        {
            Prefix = account.Prefix,
            // PostgreSQL's fast shutdown: it does not wait for its clients to leave.
            StopSignal = "INT",
            LogFile = Path.Combine(cluster, "server.log"),
            RemoveFolder = options.Disposable ? cluster : null,
        };
        return GuardedProcess.StartAsync(start, cancellationToken);
    }

    private async Task UntilReadyAsync(CancellationToken cancellationToken)
    {
        var connectionString = new NpgsqlConnectionStringBuilder(SuperuserConnectionString) { Pooling = false, Timeout = 5 }.ConnectionString;
        for (var waited = Stopwatch.StartNew(); ;)
        {
            try
            {
                await using var connection = new NpgsqlConnection(connectionString);
                await connection.OpenAsync(cancellationToken);
                return;
            }
            catch (NpgsqlException exception)
            {
                if (_server.HasEnded || waited.Elapsed > StartPatience) throw new DemoException($"PostgreSQL did not start. Its log ends:\n{await LogTailAsync(cancellationToken)}", exception);
                await Task.Delay(20, cancellationToken);
            }
        }
    }

    private async Task<string> LogTailAsync(CancellationToken cancellationToken)
    {
        var log = Path.Combine(_cluster, "server.log");
        return File.Exists(log) ? string.Join('\n', (await File.ReadAllLinesAsync(log, cancellationToken)).TakeLast(10)) : "(no log)";
    }
}
