using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace AdminPortal.Calendly;

/// <summary>Sends one request and reads one answer; every resource goes through here.</summary>
internal sealed class CalendlyApi
{
    private readonly HttpClient http;
    private readonly Func<CancellationToken, ValueTask<string>> accessToken;
    private readonly TimeProvider time;

    public CalendlyApi(HttpClient http, Func<CancellationToken, ValueTask<string>> accessToken, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(http);
        ArgumentNullException.ThrowIfNull(accessToken);
        Transport.CheckRoot(http);
        this.http = http;
        this.accessToken = accessToken;
        this.time = time;
    }

    public async Task<T> GetAsync<T>(string path, JsonTypeInfo<Resource<T>> shape, CancellationToken ct)
        where T : class =>
        (await SendAsync(HttpMethod.Get, path, null, shape, Fault, ct)).Value;

    public async Task<T> PostAsync<TBody, T>(
        string path, TBody body, JsonTypeInfo<TBody> bodyShape, JsonTypeInfo<Resource<T>> shape, CancellationToken ct)
        where T : class
    {
        using var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body, bodyShape));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json", "utf-8");
        return (await SendAsync(HttpMethod.Post, path, content, shape, Fault, ct)).Value;
    }

    public async Task<Page<T>> ListAsync<T>(QueryText query, JsonTypeInfo<Collection<T>> shape, CancellationToken ct)
        where T : class
    {
        var list = await ListAsync<Collection<T>, T>(query, shape, ct);
        return new Page<T>(list.Items, list.Pagination.NextPageToken);
    }

    /// <summary>A list whose envelope tells more than the page.</summary>
    public Task<TList> ListAsync<TList, T>(QueryText query, JsonTypeInfo<TList> shape, CancellationToken ct)
        where TList : Collection<T>
        where T : class =>
        SendAsync(HttpMethod.Get, query.ToString(), null, shape, answer => Fault(answer, query.PageToken), ct);

    public async Task DeleteAsync(string path, CancellationToken ct)
    {
        using var response = await ExchangeAsync(HttpMethod.Delete, path, null, ct);
        if (response.StatusCode != HttpStatusCode.NoContent)
            throw Unreadable("204 No Content was expected", response);
    }

    /// <summary>Reads pages up to a bound, each thing once; <c>Capped</c> if there was more.</summary>
    public static async Task<(IReadOnlyList<T> Items, bool Capped)> ReadPagesAsync<T>(
        Func<string?, Task<Page<T>>> read, Func<T, string> key, int maxPages)
    {
        var items = new Dictionary<string, T>(StringComparer.Ordinal);
        string? token = null;
        for (var pages = 0; pages < maxPages; pages++)
        {
            var page = await read(token);
            foreach (var item in page.Items)
                items[key(item)] = item;
            token = page.NextPageToken;
            if (token is null)
                break;
        }

        return ([.. items.Values], token is not null);
    }

    private async Task<T> SendAsync<T>(
        HttpMethod method, string path, HttpContent? content, JsonTypeInfo<T> shape, Func<T, string?> fault, CancellationToken ct)
        where T : class
    {
        using var response = await ExchangeAsync(method, path, content, ct);
        var body = await response.Content.ReadAsByteArrayAsync(ct);
        T? answer;
        try
        {
            answer = JsonSerializer.Deserialize(body, shape);
        }
        catch (JsonException)
        {
            // The exception's text may quote the body, so it is not carried along.
            throw Unreadable(body.Length == 0 ? "the body is empty" : "the body is not the documented JSON", response);
        }

        var why = answer is null ? "the body is null" : fault(answer);
        return why is null ? answer! : throw Unreadable(why, response);
    }

    private async Task<HttpResponseMessage> ExchangeAsync(HttpMethod method, string path, HttpContent? content, CancellationToken ct)
    {
        var token = await accessToken(ct);
        if (string.IsNullOrEmpty(token) || token.AsSpan().ContainsAnyExceptInRange('!', '~'))
            throw new InvalidOperationException("The access token is empty or has characters that no HTTP header can carry.");
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative)) { Content = content };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        var response = await Transport.SendAsync(
            http, request, (message, inner) => new CalendlyException(CalendlyFailure.Unreachable, "Calendly: " + message, inner), ct);
        if (response.IsSuccessStatusCode)
            return response;
        using (response)
            throw await ErrorAnswer.ReadAsync(response, token, time.GetUtcNow(), ct);
    }

    // The serializer respects nullable annotations, but a type parameter has none.
    private static string? Fault<T>(Resource<T> answer)
        where T : class => answer.Value is null ? "the resource is null" : null;

    private static string? Fault<T>(Collection<T> answer, string? askedToken)
        where T : class
    {
        if (answer.Items.Any(item => item is null))
            return "a row is null";
        var (nextPage, next) = answer.Pagination;
        // A list that ends too early would look like people who left; one that repeats itself would never end.
        var contradicts = string.IsNullOrEmpty(next) ? nextPage is not null || next is not null : next == askedToken;
        return contradicts ? "the paging contradicts itself" : null;
    }

    private static CalendlyException Unreadable(string why, HttpResponseMessage response) =>
        new(CalendlyFailure.Unreadable, $"Calendly's answer could not be understood: {why}.")
        {
            Status = response.StatusCode,
            RequestId = RetryAfter.Header(response, "x-request-id"),
        };
}
