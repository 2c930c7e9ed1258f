using AdminPortal.Web.Shell.Kit;

namespace AdminPortal.Web.Shell;

/// <summary>How fresh the directory is: a sentence, its tone and the page that explains it.</summary>
/// <param name="Tone">Green: complete. Blue: a sync is running. Amber: old or partial. Red: not syncing.</param>
public sealed record Freshness(Tone Tone, string Text, string? Href = null);

/// <summary>Calls left this minute for the directory connection, as Calendly's headers last said it.</summary>
public sealed record ApiMeter(int Remaining, int Limit, TimeSpan? ResetsIn = null)
{
    public bool IsLow => Remaining * 5 < Limit;
}

/// <summary>A line above every page, shown only while there is something to do about it (removals paused, …).</summary>
public sealed record ShellBanner(Tone Tone, string Icon, string Text, string? Href = null, string? LinkText = null, IReadOnlyList<ShellAction>? Actions = null);

/// <summary>A button in a banner.</summary>
public sealed record ShellAction(string Text, string RunningText, Func<Task> RunAsync);

/// <summary>What the frame around the pages shows. One per circuit; filled by the features' <see cref="IShellPart"/>s.</summary>
public sealed class ShellState
{
    private readonly Dictionary<string, ShellBanner> _banners = new(StringComparer.Ordinal);

    public string PortalName { get; set; } = "Admin Portal";

    /// <summary>Whom to ask for access, in words.</summary>
    public string HelpContact { get; set; } = "your IT department";

    public string Version { get; set; } = typeof(ShellState).Assembly.GetName().Version?.ToString(3) ?? "";

    /// <summary>The zone in which times are printed.</summary>
    public TimeZoneInfo TimeZone { get; set; } = TimeZoneInfo.Utc;

    /// <summary>Null until the organization is confirmed.</summary>
    public string? OrganizationName { get; set; }

    public Freshness Freshness { get; set; } = new(Tone.Neutral, "Not connected to Calendly", Urls.Connections);

    public string SyncLabel { get; set; } = "Sync now";

    public bool CanSync { get; set; }

    /// <summary>Why nobody can start a sync now. Null and <see cref="CanSync"/> false: the button is left out.</summary>
    public string? WhyNotSync { get; set; }

    /// <summary>Null: not measured yet.</summary>
    public ApiMeter? ApiMeter { get; set; }

    /// <summary>Requests that this person can decide now.</summary>
    public int DecisionsWaiting { get; set; }

    /// <summary>What stands above every page, the worst first.</summary>
    public IReadOnlyList<ShellBanner> Banners { get; private set; } = [];

    public Func<Task>? SyncNow { get; set; }

    /// <summary>Names of the people who were seen with any of these roles; the refusal page names them.</summary>
    public Func<IReadOnlyList<string>, CancellationToken, Task<IReadOnlyList<string>>>? PeopleWithRoles { get; set; }

    /// <summary>Sets or, with null, takes away the banner of this key; each key has one. On any thread.</summary>
    public void ShowBanner(string key, ShellBanner? banner)
    {
        lock (_banners)
        {
            if (banner is null) _banners.Remove(key);
            else _banners[key] = banner;
            Banners = [.. _banners.OrderByDescending(pair => pair.Value.Tone == Tone.Red).ThenBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => pair.Value)];
        }
    }

    /// <summary>May be raised on any thread.</summary>
    public event Action? Changed;

    public void NotifyChanged() => Changed?.Invoke();
}
