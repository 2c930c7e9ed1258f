using Microsoft.Extensions.Configuration.CommandLine;
using Microsoft.Extensions.Configuration.EnvironmentVariables;
using Microsoft.Extensions.Configuration.Json;
using Microsoft.Extensions.Configuration.Memory;

namespace AdminPortal.Web.Features.Settings;

/// <summary>Where a setting's value comes from. <see cref="File"/> names a file, which is shown in another type.</summary>
public sealed record SettingOrigin(string Words, bool File = false)
{
    public static readonly SettingOrigin Default = new("default");

    /// <summary>The last provider that has the key is the one that counts, so the walk begins there.</summary>
    public static SettingOrigin Of(IConfiguration configuration, string key)
    {
        if (configuration is not IConfigurationRoot root) return Default;
        foreach (var provider in root.Providers.Reverse())
        {
            // A list has no value of its own, only children.
            if (!provider.TryGet(key, out _) && !provider.GetChildKeys([], key).Any()) continue;
            return provider switch
            {
                JsonConfigurationProvider json => new(json.Source.Path ?? "a JSON file", File: true),
                EnvironmentVariablesConfigurationProvider => new("environment"),
                CommandLineConfigurationProvider => new("command line"),
                MemoryConfigurationProvider => new("host"),
                ChainedConfigurationProvider chained => Of(chained.Configuration, key),
                _ => new(provider.GetType().Name.Replace("ConfigurationProvider", "", StringComparison.Ordinal)),
            };
        }
        return Default;
    }
}
