using Microsoft.Extensions.Logging;

namespace AdminPortal.Testing;

/// <summary>
/// Everything that portals log, in a file: messages, the values behind them, scopes and exceptions, as any provider could write them. Named
/// for the configuration (<c>Logging:Capture:LogLevel</c>), so that it hears more than the console.
/// </summary>
[ProviderAlias("Capture")]
public sealed class LogCapture : ILoggerProvider, ISupportExternalScope
{
    private readonly Lock _gate = new();
    private readonly StreamWriter _writer;
    private IExternalScopeProvider? _scopes;
    private bool _closed;

    public LogCapture() => _writer = new(File = Path.Combine(Path.GetTempPath(), $"portal-log-{Guid.NewGuid():N}.txt"));

    public string File { get; }

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

    /// <summary>Text that is written by other means, for example by a portal that is a process of its own.</summary>
    public void Write(string text)
    {
        lock (_gate)
            if (!_closed) _writer.WriteLine(text);
    }

    /// <summary>Fails when a secret that the simulator knows, or the certificate's private key, was written; else forgets all of it.</summary>
    public async Task AssertNoSecretAsync(SimulatorServer simulator, CancellationToken cancellationToken)
    {
        // A circuit that ends late still says so.
        lock (_gate)
        {
            _closed = true;
            _writer.Dispose();
        }
        var certificate = await TestCertificate.FilesAsync(cancellationToken);
        var key = (await System.IO.File.ReadAllLinesAsync(certificate.Key, cancellationToken)).Where(line => line.Length > 40);
        // As the capture writes it, and as the console of a process does.
        string[] low = ["Trace ", "Debug ", "trce: ", "dbug: "];
        if (!await System.IO.File.ReadLinesAsync(File, cancellationToken).AnyAsync(line => low.Any(line.StartsWith), cancellationToken))
            throw new InvalidOperationException($"The log {File} does not go down to Trace: a search in it says nothing.");
        var leaks = await new LeakScan([.. await simulator.SecretsAsync(cancellationToken), .. key]).FindInFileAsync(File, cancellationToken);
        if (leaks.Count > 0) throw new InvalidOperationException($"Secrets are in the log {File}:\n{string.Join('\n', leaks)}");
        System.IO.File.Delete(File);
    }

    /// <summary>Belongs to the world, not to the portals that write to it: several may, one after the other.</summary>
    void IDisposable.Dispose()
    {
    }

    private sealed class Logger(LogCapture capture, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => capture._scopes?.Push(state);

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var line = new StringWriter();
            line.Write($"{logLevel} {category}[{eventId.Id}] {formatter(state, exception)}");
            if (state is IEnumerable<KeyValuePair<string, object?>> values)
                foreach (var (name, value) in values) line.Write($" | {name}={value}");
            capture._scopes?.ForEachScope(static (scope, line) => line.Write($" => {(scope is IEnumerable<KeyValuePair<string, object?>> pairs ? string.Join(", ", pairs) : scope)}"), line);
            if (exception is not null) line.Write($"\n{exception}");
            capture.Write(line.ToString());
        }
    }
}
