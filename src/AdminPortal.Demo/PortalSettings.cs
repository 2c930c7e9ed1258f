using AdminPortal.Simulator;

namespace AdminPortal.Demo;

/// <summary>
/// What a portal is told so that it works against a simulator. The one place that knows it: the demo's instances and the
/// tests' portals, in-process or not, differ from a real one in nothing else.
/// </summary>
public static class PortalSettings
{
    public static Dictionary<string, string> For(string appConnectionString, Uri publicUrl, Uri simulator, CertificateFiles certificate) => new()
    {
        ["ConnectionStrings:Portal"] = appConnectionString,
        ["Portal:PublicUrl"] = publicUrl.ToString(),
        ["AzureAd:Instance"] = simulator.ToString(),
        ["AzureAd:TenantId"] = SimulatorDefaults.TenantId,
        ["AzureAd:ClientId"] = SimulatorDefaults.EntraClientId,
        ["AzureAd:ClientSecret"] = SimulatorDefaults.EntraClientSecret,
        ["AzureAd:OpenIdConnect:RequireHttpsMetadata"] = "false",
        ["Calendly:ApiUrl"] = simulator.ToString(),
        ["Calendly:AuthUrl"] = simulator.ToString(),
        ["Calendly:ClientId"] = SimulatorDefaults.CalendlyClientId,
        ["Calendly:ClientSecret"] = SimulatorDefaults.CalendlyClientSecret,
        ["Security:Certificate"] = certificate.Certificate,
        ["Security:CertificateKey"] = certificate.Key,
        // Short enough to watch, and no brake that a curious person would run into.
        ["Removals:Hold"] = "00:00:10",
        ["Removals:HourlyBrake"] = "500",
        ["Removals:DailyBrakePercent"] = "50",
        ["Directory:SyncInterval"] = "00:01:00",
        ["Directory:ActivityLogInterval"] = "00:00:10",
        ["Workers:Lease"] = "00:00:05",
        ["Logging:LogLevel:Default"] = "Warning",
        ["Logging:Console:FormatterName"] = "simple",
        ["Logging:Console:FormatterOptions:SingleLine"] = "true",
    };

    /// <summary>As arguments of <c>Build</c>, for a portal in this process.</summary>
    public static string[] ToArguments(IReadOnlyDictionary<string, string> settings) => [.. settings.Select(setting => $"--{setting.Key}={setting.Value}")];

    /// <summary>As the environment of a portal in a process of its own.</summary>
    public static Dictionary<string, string> ToEnvironment(IReadOnlyDictionary<string, string> settings) =>
        settings.ToDictionary(setting => setting.Key.Replace(":", "__", StringComparison.Ordinal), setting => setting.Value);
}
