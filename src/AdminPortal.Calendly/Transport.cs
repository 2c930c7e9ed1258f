namespace AdminPortal.Calendly;

/// <summary>What the API and the OAuth server have in common.</summary>
internal static class Transport
{
    public static void CheckRoot(HttpClient http)
    {
        // Without the final slash a relative path would replace the last segment instead of following it.
        if (http.BaseAddress is not { IsAbsoluteUri: true } root || !root.AbsolutePath.EndsWith('/'))
            throw new ArgumentException("BaseAddress must be an absolute URI that ends with '/', as in https://api.calendly.com/.", nameof(http));
    }

    /// <summary>
    /// The answer with its whole body, so that the client's time-out covers both. No answer becomes
    /// <paramref name="unreachable"/>; cancellation by the caller stays what it is.
    /// </summary>
    public static async Task<HttpResponseMessage> SendAsync(
        HttpClient http, HttpRequestMessage request, Func<string, Exception, Exception> unreachable, CancellationToken ct)
    {
        try
        {
            return await http.SendAsync(request, HttpCompletionOption.ResponseContentRead, ct);
        }
        catch (OperationCanceledException exception) when (!ct.IsCancellationRequested)
        {
            throw unreachable("no answer in time; whether the request took effect is unknown.", exception);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            throw unreachable("no answer; whether the request took effect is unknown.", exception);
        }
    }

    /// <summary>Text from outside without the secrets that we sent, should they be echoed.</summary>
    public static string Without(string text, params ReadOnlySpan<string?> secrets)
    {
        foreach (var secret in secrets)
        {
            if (!string.IsNullOrEmpty(secret))
                text = text.Replace(secret, "[removed]", StringComparison.Ordinal);
        }

        return text;
    }
}
