namespace AdminPortal.Simulator;

/// <summary>What is given at start and survives a reset.</summary>
internal sealed record SimulatorOptions
{
    /// <summary>Prefix of every <c>uri</c> field; clients exist that check it, so Calendly's own is the default.</summary>
    public string UriPrefix { get; init; } = "https://api.calendly.com";

    /// <summary>Prefix of <c>next_page</c> and <c>previous_page</c>.</summary>
    public string PagePrefix { get; init; } = "https://api.calendly.com";

    /// <summary>Origins other than loopback that may be redirected to.</summary>
    public IReadOnlyList<string> RedirectOrigins { get; init; } = [];

    public SimulatorSettings Settings { get; init; } = new();

    public static SimulatorOptions From(IConfiguration configuration)
    {
        var defaults = new SimulatorOptions();
        var options = new SimulatorOptions
        {
            UriPrefix = (configuration["uri-prefix"] ?? defaults.UriPrefix).TrimEnd('/'),
            PagePrefix = (configuration["page-prefix"] ?? defaults.PagePrefix).TrimEnd('/'),
            RedirectOrigins = [.. (configuration["redirect-origin"] ?? "")
                .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                .Select(origin => origin.TrimEnd('/'))],
            Settings = new SimulatorSettings
            {
                Members = configuration.GetValue("members", defaults.Settings.Members),
                Invitations = configuration.GetValue("invitations", defaults.Settings.Invitations),
                Seed = configuration.GetValue("seed", defaults.Settings.Seed),
            },
        };
        var problems = options.Settings.Problems().ToList();
        return problems.Count == 0 ? options : throw new ArgumentException(string.Join("; ", problems));
    }

    /// <summary>A registered path, no query, on a loopback host with any port or on a configured origin.</summary>
    public bool AllowsRedirect(string? address, string path) =>
        Uri.TryCreate(address, UriKind.Absolute, out var uri)
        && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps)
        && uri.AbsolutePath == path && uri.Query.Length == 0 && uri.Fragment.Length == 0 && uri.UserInfo.Length == 0
        && (uri.IsLoopback || RedirectOrigins.Contains(uri.GetLeftPart(UriPartial.Authority), StringComparer.OrdinalIgnoreCase));
}
