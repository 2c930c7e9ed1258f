using System.Text;
using AdminPortal.Testing;
using AdminPortal.Web.Features.Connections;
using AdminPortal.Web.Features.Directory;
using AdminPortal.Web.Features.Invitations;
using AdminPortal.Web.Features.Removals;
using AdminPortal.Web.Features.Settings;
using AdminPortal.Web.Security;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace AdminPortal.Web.Tests.Features.Settings;

public sealed class SettingsTests(PostgresFixture postgres)
{
    [Fact]
    public void Origin_last_provider_that_has_the_key_is_named()
    {
        Environment.SetEnvironmentVariable("EVIDENCE_Removals__Hold", "00:20:00");
        var configuration = new ConfigurationBuilder()
            .AddJsonStream(Json("""{"Removals":{"Hold":"00:10:00","Window":"1.00:00:00"}}"""))
            .AddEnvironmentVariables("EVIDENCE_")
            .AddCommandLine(["--Removals:Expiry=1.00:00:00", "--Portal:KnownProxies:0=10.0.0.1"]).Build();
        Assert.Equal("environment", SettingOrigin.Of(configuration, "Removals:Hold").Words);
        Assert.Equal("command line", SettingOrigin.Of(configuration, "Removals:Expiry").Words);
        Assert.Equal("command line", SettingOrigin.Of(configuration, "Portal:KnownProxies").Words);
        Assert.Same(SettingOrigin.Default, SettingOrigin.Of(configuration, "Removals:LargeRequest"));
        Assert.Equal("command line", SettingOrigin.Of(new ConfigurationBuilder().AddConfiguration(configuration).Build(), "Removals:Expiry").Words);
    }

    [Fact]
    public void Origin_file_is_named_by_its_file()
    {
        var folder = System.IO.Directory.CreateTempSubdirectory("portal-settings-").FullName;
        File.WriteAllText(Path.Combine(folder, "appsettings.json"), """{"Removals":{"Hold":"00:10:00"}}""");
        var configuration = new ConfigurationBuilder().SetBasePath(folder).AddJsonFile("appsettings.json").Build();
        Assert.Equal(new SettingOrigin("appsettings.json", File: true), SettingOrigin.Of(configuration, "Removals:Hold"));
        System.IO.Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Sections_say_the_defaults_in_words()
    {
        var rows = Sections(new ConfigurationBuilder().Build()).All(members: 12_846).SelectMany(section => section.Settings).ToDictionary(setting => setting.Name);
        Assert.Equal("1; 2 for an admin, or for more than 25 people", rows["Approvals needed"].Value);
        Assert.Equal("72 h after it was made", rows["Request expires"].Value);
        Assert.Equal("15 min", rows["Hold after approval"].Value);
        Assert.Equal("5 % of members, at least 20. Today 642", rows["Brake per day"].Value);
        Assert.Equal("Younger than 60 min to request a removal", rows["Freshness needed"].Value);
        Assert.All(rows.Values, setting => Assert.Same(SettingOrigin.Default, setting.Origin));
        Assert.DoesNotContain("Today", Sections(new ConfigurationBuilder().Build()).All(members: null)[0].Settings[^1].Value, StringComparison.Ordinal);
    }

    [Fact]
    public void Sections_no_secret_is_ever_shown()
    {
        const string Planted = "planted-secret-value";
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(
        [
            new("Calendly:ClientSecret", Planted), new("AzureAd:ClientSecret", Planted), new("ConnectionStrings:Portal", $"Host=db;Password={Planted}"),
            new("Security:CertificateKey", Planted), new("Calendly:ApiUrl", "https://shown.example.com/"),
        ]).Build();
        var calendly = new CalendlyOptions { ClientSecret = Planted, ApiUrl = "https://shown.example.com/" };
        var shown = string.Join('\n', Sections(configuration, calendly).All(10).SelectMany(section => section.Settings).Select(setting => $"{setting.Name} {setting.Value} {setting.Origin}"));
        Assert.Contains("https://shown.example.com/", shown, StringComparison.Ordinal);
        Assert.DoesNotContain(Planted, shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Health_answers_with_version_sync_members_and_policy()
    {
        await using var portal = await SeededPortal.StartAsync(postgres);
        var before = await portal.Get<HealthQueries>().ReadAsync(TestContext.Current.CancellationToken);
        Assert.Matches("^1[0-9]", before.Database);
        Assert.Null(before.LastComplete);
        Assert.Null(before.Members);
        Assert.Null(before.PolicySince);
        Assert.Matches("^[0-9a-f]{4}( [0-9a-f]{4}){3}$", before.PolicyVersion);

        var olivia = await portal.PersonAsync("olivia", Roles.Operator);
        await portal.SweepAsync(await portal.ConnectAsync(olivia), SweepState.Complete);
        var ana = await portal.MemberAsync("ana");
        await portal.MemberAsync("gone", left: true);
        await portal.FileAsync(olivia, ana);
        var after = await portal.Get<HealthQueries>().ReadAsync(TestContext.Current.CancellationToken);
        Assert.Equal((portal.Clock.GetUtcNow(), 1, portal.Clock.GetUtcNow()), (after.LastComplete, after.Members, after.PolicySince));
    }

    [Fact]
    public async Task Health_certificate_that_cannot_be_read_says_so()
    {
        await using var portal = await SeededPortal.StartAsync(postgres);
        var files = await TestCertificate.FilesAsync(TestContext.Current.CancellationToken);
        async Task<CertificateHealth?> Read(string path) => (await ActivatorOf(portal, new SecurityOptions { Certificate = path }).ReadAsync(TestContext.Current.CancellationToken)).Certificate;
        var good = await Read(files.Certificate);
        Assert.StartsWith("CN=", good?.Subject, StringComparison.Ordinal);
        Assert.NotNull(good?.ExpiresAt);
        Assert.NotNull((await Read("/nowhere/portal.pem"))?.Problem);
        Assert.NotNull((await Read(files.Key))?.Problem);
    }

    private static HealthQueries ActivatorOf(SeededPortal portal, SecurityOptions security) =>
        new(portal.Get<Microsoft.EntityFrameworkCore.IDbContextFactory<Data.PortalDbContext>>(), Options.Create(security), Options.Create(new RemovalPolicy()), portal.Clock);

    private static SettingSections Sections(IConfiguration configuration, CalendlyOptions? calendly = null) => new(
        configuration, Options.Create(new RemovalPolicy()), Options.Create(new DirectoryOptions()), Options.Create(new InvitationOptions()),
        Options.Create(new SecurityOptions()), Options.Create(calendly ?? new CalendlyOptions()), Options.Create(new PortalOptions()));

    private static MemoryStream Json(string text) => new(Encoding.UTF8.GetBytes(text));
}
