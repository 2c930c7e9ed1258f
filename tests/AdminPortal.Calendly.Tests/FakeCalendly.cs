using System.Net;
using System.Text;

namespace AdminPortal.Calendly.Tests;

/// <summary>Answers the calls that a test registered, in any order, and throws on every other one.</summary>
internal sealed class FakeCalendly : HttpMessageHandler
{
    public const string Token = "eyJ-secret-access-token";
    public const string ApiRoot = "https://calendly.test/api/";
    public const string OAuthRoot = "https://auth.calendly.test/";

    private readonly Dictionary<string, Queue<Func<HttpResponseMessage>>> answers = [];

    public static DateTimeOffset Now { get; } = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    /// <summary>Every request that came in: method, path with query, headers and body.</summary>
    public List<(string Call, string? Authorization, string? Body)> Received { get; } = [];

    public CalendlyClient Client() =>
        new(Http(ApiRoot), _ => ValueTask.FromResult(Token), new FixedTime());

    public CalendlyOAuth OAuth(string secret = "client-secret-value") =>
        new(Http(OAuthRoot), new OAuthClient("client-id", secret), new FixedTime());

    public HttpClient Http(string root) => new(this, disposeHandler: false) { BaseAddress = new Uri(root) };

    public FakeCalendly Answer(string call, HttpStatusCode status, string? body, params (string Name, string Value)[] headers)
    {
        return Answer(call, () =>
        {
            var response = new HttpResponseMessage(status);
            if (body is not null)
                response.Content = new StringContent(body, Encoding.UTF8, body.StartsWith('<') ? "text/html" : "application/json");
            foreach (var (name, value) in headers)
                Assert.True(response.Headers.TryAddWithoutValidation(name, value));
            return response;
        });
    }

    public FakeCalendly Answer(string call, Func<HttpResponseMessage> answer)
    {
        if (!answers.TryGetValue(call, out var queue))
            answers[call] = queue = new Queue<Func<HttpResponseMessage>>();
        queue.Enqueue(answer);
        return this;
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var root = request.RequestUri!.Host == "calendly.test" ? ApiRoot : OAuthRoot;
        if (!request.RequestUri.AbsoluteUri.StartsWith(root, StringComparison.Ordinal))
            throw new InvalidOperationException($"Another host was called: {request.RequestUri}");
        var call = $"{request.Method} {request.RequestUri.AbsoluteUri[root.Length..]}";
        var body = request.Content is null ? null : await request.Content.ReadAsStringAsync(cancellationToken);
        Received.Add((call, request.Headers.Authorization?.ToString(), body));
        return answers.TryGetValue(call, out var queue) && queue.TryDequeue(out var answer)
            ? answer()
            : throw new InvalidOperationException($"Nobody registered this call: {call}");
    }

    private sealed class FixedTime : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => Now;
    }
}
