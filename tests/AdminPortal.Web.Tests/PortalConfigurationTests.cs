using System.Reflection;
using AdminPortal.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Time.Testing;

namespace AdminPortal.Web.Tests;

public sealed class PortalConfigurationTests
{
    /// <summary>Sections that the framework binds; no options class of ours stands for them.</summary>
    private static readonly string[] Foreign = ["ConnectionStrings", "AzureAd", "Logging", "AllowedHosts"];

    /// <summary>Every options class of the portal is known by its constant <c>Section</c>.</summary>
    private static readonly (string Section, Type Type)[] OptionClasses =
        [.. typeof(Portal).Assembly.GetTypes().Select(type => (Section: type.GetField("Section", BindingFlags.Public | BindingFlags.Static) is { IsLiteral: true } field ? (string)field.GetRawConstantValue()! : null, type))
            .Where(pair => pair.Section is not null).Select(pair => (pair.Section!, pair.type))];

    [Fact]
    public void Example_holds_exactly_the_settings_that_the_options_have()
    {
        var example = Example();
        var inOptions = OptionClasses.SelectMany(o => Settable(o.Type).Select(property => $"{o.Section}:{property.Name}")).Order(StringComparer.Ordinal);
        var inExample = example.GetChildren().Where(section => !Foreign.Contains(section.Key)).SelectMany(section => section.GetChildren()).Select(setting => setting.Path).Order(StringComparer.Ordinal);
        Assert.Contains("Removals:Hold", inOptions);
        Assert.Equal(inOptions, inExample);
    }

    [Fact]
    public void Example_says_what_the_code_takes_when_nothing_is_set()
    {
        // Settings that have no useful default, because each installation has its own.
        string[] own = ["Portal:PublicUrl", "Calendly:ClientId", "Calendly:ClientSecret", "Calendly:Organization", "Security:Certificate", "Security:CertificateKey"];
        foreach (var (section, type) in OptionClasses)
        {
            var (bound, unset) = (Example().GetSection(section).Get(type)!, Activator.CreateInstance(type)!);
            foreach (var property in Settable(type).Where(property => !own.Contains($"{section}:{property.Name}")))
                Assert.Equal(property.GetValue(unset), property.GetValue(bound));
        }
    }

    [Fact]
    public async Task Example_with_its_placeholders_replaced_is_valid()
    {
        var configuration = await ValidAsync([]);
        Assert.Empty(PortalConfiguration.Problems(configuration, isDevelopment: false));
    }

    [Fact]
    public void Nothing_configured_lists_every_problem_with_an_example()
    {
        var problems = PortalConfiguration.Problems(new ConfigurationBuilder().Build(), isDevelopment: false);
        string[] missing =
        [
            "AzureAd:ClientId", "AzureAd:ClientSecret", "AzureAd:Instance", "AzureAd:TenantId", "Calendly:ApiUrl", "Calendly:AuthUrl", "Calendly:ClientId", "Calendly:ClientSecret",
            "ConnectionStrings:Portal", "Portal:PublicUrl", "Security:Certificate",
        ];
        Assert.Equal(missing, problems.Select(Setting).Distinct().Order(StringComparer.Ordinal));
        Assert.All(problems, problem => Assert.Contains(". Example: ", problem, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Development_may_do_without_a_certificate_and_nothing_else()
    {
        var configuration = await ValidAsync([new("Security:Certificate", ""), new("Security:CertificateKey", "")]);
        Assert.Empty(PortalConfiguration.Problems(configuration, isDevelopment: true));
        Assert.Equal("Security:Certificate", Setting(Assert.Single(PortalConfiguration.Problems(configuration, isDevelopment: false))));
    }

    public static TheoryData<string, string> WrongValues => new()
    {
        { "ConnectionStrings:Portal", "" },
        { "ConnectionStrings:Portal", "Host" },
        { "ConnectionStrings:Portal", "Database=adminportal" },
        { "Portal:Name", "" },
        { "Portal:PublicUrl", "people.example.com" },
        { "Portal:PublicUrl", "http://people.example.com" },
        { "Portal:PublicUrl", "https://people.example.com/portal" },
        { "Portal:PublicUrl", "https://somebody@people.example.com" },
        { "Portal:PublicUrl", "ftp://people.example.com" },
        { "Portal:KnownProxies:0", "proxy.example.com" },
        { "Portal:HelpContact", "" },
        { "AzureAd:Instance", "login.microsoftonline.com" },
        { "AzureAd:TenantId", "example.com" },
        { "AzureAd:ClientId", "portal" },
        { "AzureAd:ClientSecret", " " },
        { "Calendly:ApiUrl", "http://api.calendly.com/" },
        { "Calendly:AuthUrl", "https://auth.calendly.com/?a=b" },
        { "Calendly:ClientId", "" },
        { "Calendly:ClientSecret", "" },
        { "Calendly:RequireSameAddress", "perhaps" },
        { "Security:Certificate", "/nowhere/portal.pem" },
        { "Security:CertificateKey", "/nowhere/portal.key" },
        { "Security:OldCertificates:0:Certificate", "/nowhere/old.pem" },
        { "Security:SessionIdle", "00:00:01" },
        { "Security:SessionAbsolute", "2.00:00:00" },
        { "Removals:Expiry", "00:00:00" },
        { "Removals:Hold", "-00:15:00" },
        { "Removals:Hold", "a while" },
        { "Removals:Window", "8.00:00:00" },
        { "Removals:LargeRequest", "0" },
        { "Removals:HourlyBrake", "0" },
        { "Removals:DailyBrakePercent", "101" },
        { "Removals:DailyBrakeAtLeast", "-1" },
        { "Removals:DirectoryMaxAge", "00:00:10" },
        { "Directory:SyncInterval", "00:00:01" },
        { "Directory:LossGuardPercent", "0" },
        { "Directory:LossGuardPeople", "-5" },
        { "Invitations:AgeingDays", "0" },
        { "Workers:Lease", "00:00:00" },
        { "Workers:Poll", "1.00:00:00" },
    };

    /// <summary>One value wrong, all others right: exactly that setting is named.</summary>
    [Theory]
    [MemberData(nameof(WrongValues))]
    public async Task Wrong_value_is_named(string setting, string value)
    {
        var problem = Assert.Single(PortalConfiguration.Problems(await ValidAsync([new(setting, value)]), isDevelopment: false));
        // A value of the wrong kind is reported for its section, with the setting inside the message; a key without its certificate for the pair.
        Assert.True(Setting(problem) == setting || problem.Contains(setting, StringComparison.Ordinal) || (setting == "Security:CertificateKey" && Setting(problem) == "Security:Certificate"), problem);
    }

    [Fact]
    public async Task Certificates_every_problem_is_listed_with_its_setting_and_its_file()
    {
        var (good, other) = (await TestCertificate.FilesAsync(TestContext.Current.CancellationToken), await TestCertificate.MakeAsync(TestContext.Current.CancellationToken));
        var configuration = await ValidAsync(
        [
            new("Security:OldCertificates:0:Certificate", good.Certificate), new("Security:OldCertificates:0:CertificateKey", other.Key),
            new("Security:OldCertificates:1:Certificate", "/nowhere/old.pem"), new("Security:OldCertificates:1:CertificateKey", other.Key),
        ]);
        var inSixYears = new FakeTimeProvider(TimeProvider.System.GetUtcNow().AddYears(6));

        var problems = PortalConfiguration.Problems(configuration, isDevelopment: false, inSixYears);

        Assert.Equal(["Security:Certificate", "Security:OldCertificates:0:CertificateKey", "Security:OldCertificates:1:Certificate"], problems.Select(Setting));
        Assert.Contains($"{good.Certificate} expired on", problems[0], StringComparison.Ordinal);
        Assert.Contains($"{other.Key} is the private key of another certificate than {good.Certificate}", problems[1], StringComparison.Ordinal);
        Assert.Contains("/nowhere/old.pem does not exist", problems[2], StringComparison.Ordinal);
    }

    private static IConfigurationRoot Example() => new ConfigurationBuilder().AddJsonStream(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(Sources.FileText("appsettings.example.json")))).Build();

    private static async Task<IConfigurationRoot> ValidAsync(IEnumerable<KeyValuePair<string, string?>> changes)
    {
        var certificate = await TestCertificate.FilesAsync(TestContext.Current.CancellationToken);
        return new ConfigurationBuilder().AddConfiguration(Example()).AddInMemoryCollection(
        [
            new("AzureAd:TenantId", "6f1c2f0e-5d3a-4b9c-8a55-0d8c4a1e9f10"), new("AzureAd:ClientId", "b7d0a1c4-1f2e-4c3b-9d8a-7e6f5a4b3c2d"),
            new("Security:Certificate", certificate.Certificate), new("Security:CertificateKey", certificate.Key),
        ]).AddInMemoryCollection(changes).Build();
    }

    private static IEnumerable<PropertyInfo> Settable(Type type) => type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.SetMethod is { IsPublic: true });

    private static string Setting(string problem) => problem[..problem.IndexOf(": ", StringComparison.Ordinal)];
}
