namespace AdminPortal.Web.Shell;

/// <summary>Light, dark or as the system has it. Cookies, because the server paints the first picture.</summary>
/// <param name="Choice">light, dark or system.</param>
/// <param name="Dark">What is painted now.</param>
/// <param name="Density">compact or comfortable.</param>
public sealed record ThemeChoice(string Choice, bool Dark, string Density)
{
    public const string Cookie = "theme";
    public const string Light = "light";
    public const string DarkTheme = "dark";
    public const string System = "system";

    /// <summary>What the system wanted when theme.js last looked: the server's best guess for "system".</summary>
    public const string SystemCookie = "theme-system";

    public const string DensityCookie = "density";
    public const string Compact = "compact";
    public const string Comfortable = "comfortable";

    public string Applied => Dark ? DarkTheme : Light;

    public static ThemeChoice Of(IRequestCookieCollection cookies)
    {
        ArgumentNullException.ThrowIfNull(cookies);
        var choice = cookies[Cookie] is Light or DarkTheme ? cookies[Cookie]! : System;
        var dark = (choice == System ? cookies[SystemCookie] : choice) == DarkTheme;
        return new(choice, dark, cookies[DensityCookie] == Comfortable ? Comfortable : Compact);
    }
}
