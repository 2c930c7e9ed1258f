using System.ComponentModel.DataAnnotations;
using System.Net;
using AdminPortal.Web.Features.Connections;
using AdminPortal.Web.Features.Directory;
using AdminPortal.Web.Features.Invitations;
using AdminPortal.Web.Features.Removals;
using AdminPortal.Web.Security;
using Npgsql;

namespace AdminPortal.Web;

/// <summary>The start is refused; the message lists every problem, one a line.</summary>
public sealed class StartRefusedException(IReadOnlyList<string> problems) : Exception(string.Join('\n', problems))
{
    public IReadOnlyList<string> Problems { get; } = problems;
}

/// <summary>Checks the whole configuration at once: whoever deploys it should not have to find its mistakes one start at a time.</summary>
public static class PortalConfiguration
{
    private static readonly IConfiguration Example = LoadExample();

    public static void AddOptions(this WebApplicationBuilder builder)
    {
        foreach (var (section, type) in Sections) Bind(builder, section, type);
    }

    public static IReadOnlyList<string> Problems(IConfiguration configuration, bool isDevelopment, TimeProvider? clock = null)
    {
        var problems = new List<string>();
        void Problem(string setting, string what) =>
            problems.Add(Example[setting] is { Length: > 0 } example ? $"{setting}: {what}. Example: {example}" : $"{setting}: {what}.");

        foreach (var (section, type) in Sections)
        {
            object options;
            try
            {
                options = configuration.GetSection(section).Get(type) ?? Activator.CreateInstance(type)!;
            }
            catch (InvalidOperationException exception)
            {
                problems.Add($"{section}: {exception.Message} {exception.InnerException?.Message}");
                continue;
            }
            var results = new List<ValidationResult>();
            Validator.TryValidateObject(options, new ValidationContext(options), results, validateAllProperties: true);
            foreach (var result in results) Problem($"{section}:{result.MemberNames.First()}", result.ErrorMessage!.TrimEnd('.'));
        }

        if (string.IsNullOrWhiteSpace(configuration.GetConnectionString("Portal"))) Problem("ConnectionStrings:Portal", "is missing");
        else if (ConnectionStringProblem(configuration.GetConnectionString("Portal")!) is { } connection) Problem("ConnectionStrings:Portal", connection);

        foreach (var setting in (string[])["AzureAd:ClientId", "AzureAd:TenantId"])
            if (!Guid.TryParse(configuration[setting], out _)) Problem(setting, "must be the GUID that Entra shows");
        if (string.IsNullOrWhiteSpace(configuration["AzureAd:ClientSecret"])) Problem("AzureAd:ClientSecret", "is missing");

        foreach (var setting in (string[])["AzureAd:Instance", "Calendly:ApiUrl", "Calendly:AuthUrl", "Portal:PublicUrl"])
            if (AddressProblem(configuration[setting], allowPath: setting.StartsWith("Calendly", StringComparison.Ordinal)) is { } address) Problem(setting, address);

        foreach (var (proxy, index) in (configuration.GetSection("Portal:KnownProxies").Get<string[]>() ?? []).Select((proxy, index) => (proxy, index)))
            if (!IPAddress.TryParse(proxy, out _) && !IPNetwork.TryParse(proxy, out _)) Problem($"Portal:KnownProxies:{index}", $"'{proxy}' is neither an address nor a network like 10.0.0.0/8");

        var (security, now) = (configuration.GetSection(SecurityOptions.Section), (clock ?? TimeProvider.System).GetUtcNow());
        void CertificateProblem(IConfigurationSection section, bool isOld)
        {
            if (RingCertificates.WhyNot(section["Certificate"], section["CertificateKey"], isOld, now) is { } problem) Problem($"{section.Path}:{problem.Setting}", problem.What);
        }
        if (!string.IsNullOrEmpty(security["Certificate"])) CertificateProblem(security, isOld: false);
        else if (!isDevelopment) Problem("Security:Certificate", $"is missing: outside Development the keys that protect Calendly tokens must be wrapped. {RingCertificates.HowToMakeOne}");
        foreach (var old in security.GetSection("OldCertificates").GetChildren()) CertificateProblem(old, isOld: true);
        return problems;
    }

    private static readonly (string Section, Type Type)[] Sections =
    [
        (PortalOptions.Section, typeof(PortalOptions)), (SecurityOptions.Section, typeof(SecurityOptions)), (CalendlyOptions.Section, typeof(CalendlyOptions)),
        (RemovalPolicy.Section, typeof(RemovalPolicy)), (DirectoryOptions.Section, typeof(DirectoryOptions)),
        (InvitationOptions.Section, typeof(InvitationOptions)), (WorkerOptions.Section, typeof(WorkerOptions)),
    ];

    private static void Bind(WebApplicationBuilder builder, string section, Type type) =>
        typeof(PortalConfiguration).GetMethod(nameof(BindOne), System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Static)!
            .MakeGenericMethod(type).Invoke(null, [builder, section]);

    private static void BindOne<T>(WebApplicationBuilder builder, string section) where T : class =>
        builder.Services.AddOptions<T>().Bind(builder.Configuration.GetSection(section));

    private static string? AddressProblem(string? value, bool allowPath)
    {
        if (!Uri.TryCreate(value, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https")) return "must be an absolute http or https address";
        if (uri.UserInfo.Length > 0 || uri.Query.Length > 0 || uri.Fragment.Length > 0) return "must hold neither user, query nor fragment";
        if (!allowPath && uri.AbsolutePath != "/") return "must not hold a path";
        return uri.Scheme == "http" && !uri.IsLoopback ? "must be https unless it is on this machine" : null;
    }

    private static string? ConnectionStringProblem(string value)
    {
        try
        {
            return string.IsNullOrEmpty(new NpgsqlConnectionStringBuilder(value).Host) ? "names no Host" : null;
        }
        catch (ArgumentException exception)
        {
            return exception.Message.TrimEnd('.');
        }
    }


    private static IConfigurationRoot LoadExample()
    {
        using var stream = typeof(PortalConfiguration).Assembly.GetManifestResourceStream("appsettings.example.json")!;
        return new ConfigurationBuilder().AddJsonStream(stream).Build();
    }
}
