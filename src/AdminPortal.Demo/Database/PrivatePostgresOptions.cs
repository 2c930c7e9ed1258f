namespace AdminPortal.Demo.Database;

/// <param name="Disposable">The data outlives neither the server nor a crash, which makes everything faster: for tests.</param>
/// <param name="Progress">Told what takes time while it happens.</param>
public sealed record PrivatePostgresOptions(bool Disposable = false, Action<string>? Progress = null)
{
    public void Report(string message) => Progress?.Invoke(message);

    internal IEnumerable<string> ServerSettings()
    {
        // Many test databases, each with a small pool; several portal instances in the demo.
        string[] settings = ["max_connections=200", "listen_addresses=", "log_destination=stderr", "logging_collector=off"];
        string[] careless = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off"];
        return Disposable ? [.. settings, .. careless] : settings;
    }
}
