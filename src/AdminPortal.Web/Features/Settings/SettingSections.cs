using System.Globalization;
using AdminPortal.Web.Features.Connections;
using AdminPortal.Web.Features.Directory;
using AdminPortal.Web.Features.Invitations;
using AdminPortal.Web.Features.Removals;
using AdminPortal.Web.Security;
using AdminPortal.Web.Shell.Kit;
using Microsoft.Extensions.Options;

namespace AdminPortal.Web.Features.Settings;

/// <summary>One value in words, and where it comes from.</summary>
public sealed record Setting(string Name, string Value, SettingOrigin Origin);

public sealed record SettingSection(string Title, IReadOnlyList<Setting> Settings);

/// <summary>The configuration in force, in words. No secret is among what it reads.</summary>
public sealed class SettingSections(
    IConfiguration configuration, IOptions<RemovalPolicy> removals, IOptions<DirectoryOptions> directory, IOptions<InvitationOptions> invitations,
    IOptions<SecurityOptions> security, IOptions<CalendlyOptions> calendly, IOptions<PortalOptions> portal)
{
    /// <param name="members">How many members there are now, for what depends on it; null when that is not known.</param>
    public IReadOnlyList<SettingSection> All(int? members) => [Policy(removals.Value, members), Directory(directory.Value), Invitations(), Sessions(security.Value), Calendly(calendly.Value), Portal(portal.Value)];

    private SettingSection Policy(RemovalPolicy policy, int? members) => new("Approval policy",
    [
        Of("Approvals needed", $"1; 2 for an admin, or for more than {Number(policy.LargeRequest)} people", "Removals:LargeRequest"),
        Of("Request expires", $"{TimeText.Setting(policy.Expiry)} after it was made", "Removals:Expiry"),
        Of("Hold after approval", TimeText.Setting(policy.Hold), "Removals:Hold"),
        Of("Execution window", $"{TimeText.Setting(policy.Window)} after the removal is due", "Removals:Window"),
        Of("Brake per hour", $"{Number(policy.HourlyBrake)} removals", "Removals:HourlyBrake"),
        Of("Brake per day", $"{policy.DailyBrakePercent} % of members, at least {Number(policy.DailyBrakeAtLeast)}" + (members is { } now ? $". Today {Number(policy.DailyBrake(now))}" : ""), "Removals:DailyBrakePercent", "Removals:DailyBrakeAtLeast"),
    ]);

    private SettingSection Directory(DirectoryOptions options) => new("Directory",
    [
        Of("Sync interval", $"Every {TimeText.Setting(options.SyncInterval)}", "Directory:SyncInterval"),
        Of("Activity log", $"Read every {TimeText.Setting(options.ActivityLogInterval)}, where the plan has one", "Directory:ActivityLogInterval"),
        Of("Freshness needed", $"Younger than {TimeText.Setting(removals.Value.DirectoryMaxAge)} to request a removal", "Removals:DirectoryMaxAge"),
        Of("Loss guard", $"Stops and asks above {options.LossGuardPercent} % and {Number(options.LossGuardPeople)} people gone", "Directory:LossGuardPercent", "Directory:LossGuardPeople"),
    ]);

    private SettingSection Invitations() => new("Invitations", [Of("Ageing", $"Stands out after {invitations.Value.AgeingDays} days", "Invitations:AgeingDays")]);

    private SettingSection Sessions(SecurityOptions options) => new("Sessions",
    [
        Of("Ends when idle", $"After {TimeText.Setting(options.SessionIdle)} without anybody at a page", "Security:SessionIdle"),
        Of("Ends in any case", $"{TimeText.Setting(options.SessionAbsolute)} after signing in", "Security:SessionAbsolute"),
    ]);

    private SettingSection Calendly(CalendlyOptions options) => new("Calendly",
    [
        Of("API address", options.ApiUrl, "Calendly:ApiUrl"),
        Of("Sign-in address", options.AuthUrl, "Calendly:AuthUrl"),
        Of("Organization", string.IsNullOrEmpty(options.Organization) ? "Confirmed by the first person who connects" : options.Organization, "Calendly:Organization"),
        Of("Account address", options.RequireSameAddress ? "Must equal the sign-in address" : "May differ from the sign-in address; the difference is recorded", "Calendly:RequireSameAddress"),
    ]);

    private SettingSection Portal(PortalOptions options) => new("Portal",
    [
        Of("Address", options.PublicUrl, "Portal:PublicUrl"),
        Of("Trusted proxies", options.KnownProxies.Count == 0 ? "None" : string.Join(", ", options.KnownProxies), "Portal:KnownProxies"),
        Of("Whom to ask for access", options.HelpContact, "Portal:HelpContact"),
    ]);

    /// <summary>With several keys, the first that is set somewhere says where it comes from.</summary>
    private Setting Of(string name, string value, params string[] keys) =>
        new(name, value, keys.Select(key => SettingOrigin.Of(configuration, key)).FirstOrDefault(origin => origin != SettingOrigin.Default) ?? SettingOrigin.Default);

    private static string Number(int value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
