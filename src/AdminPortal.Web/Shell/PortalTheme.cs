using MudBlazor;

namespace AdminPortal.Web.Shell;

/// <summary>MudBlazor view of tokens.css. Same hex values; tokens.css stays the source for own markup.</summary>
public static class PortalTheme
{
    public static readonly MudTheme Theme = new()
    {
        PaletteLight = new PaletteLight
        {
            Primary = "#2F55D4", PrimaryContrastText = "#FFFFFF", PrimaryDarken = "#2546B8", PrimaryLighten = "#E9EFFE",
            Secondary = "#485163", SecondaryContrastText = "#FFFFFF",
            Tertiary = "#5B35B5", TertiaryContrastText = "#FFFFFF",
            Info = "#2346AE", InfoContrastText = "#FFFFFF", Success = "#12633A", SuccessContrastText = "#FFFFFF",
            Warning = "#7A4A00", WarningContrastText = "#FFFFFF", Error = "#B4232E", ErrorContrastText = "#FFFFFF", ErrorDarken = "#971B25",
            Dark = "#161A23", DarkContrastText = "#FFFFFF", Black = "#161A23", White = "#FFFFFF",
            TextPrimary = "#161A23", TextSecondary = "#485163", TextDisabled = "#5D6678",
            ActionDefault = "#485163", ActionDisabled = "#5D6678", ActionDisabledBackground = "#F6F8FA",
            Background = "#EEF1F5", BackgroundGray = "#F6F8FA", Surface = "#FFFFFF",
            AppbarBackground = "#EEF1F5", AppbarText = "#161A23",
            DrawerBackground = "#EEF1F5", DrawerText = "#485163", DrawerIcon = "#485163",
            Divider = "#E3E7ED", DividerLight = "#E3E7ED", LinesDefault = "#CDD3DD", LinesInputs = "#7B8498",
            TableLines = "#E3E7ED", TableStriped = "#FFFFFF00", TableHover = "#F1F4F8", Skeleton = "#E3E7ED",
            OverlayDark = "rgba(22,26,35,0.42)", HoverOpacity = 0.05, RippleOpacity = 0, RippleOpacitySecondary = 0,
        },
        PaletteDark = new PaletteDark
        {
            Primary = "#8FA8FF", PrimaryContrastText = "#0B1229", PrimaryDarken = "#A9BCFF", PrimaryLighten = "#1B2748",
            Secondary = "#B4BCCB", SecondaryContrastText = "#14171E",
            Tertiary = "#C9B6FF", TertiaryContrastText = "#14171E",
            Info = "#A3BBFF", InfoContrastText = "#0B1229", Success = "#83D8A6", SuccessContrastText = "#0D1F15",
            Warning = "#F2C66F", WarningContrastText = "#241A06", Error = "#F0747C", ErrorContrastText = "#240608", ErrorDarken = "#F88C93",
            Dark = "#ECEFF5", DarkContrastText = "#14171E", Black = "#0D0F14", White = "#FFFFFF",
            TextPrimary = "#ECEFF5", TextSecondary = "#B4BCCB", TextDisabled = "#8F99AB",
            ActionDefault = "#B4BCCB", ActionDisabled = "#8F99AB", ActionDisabledBackground = "#191D25",
            Background = "#0D0F14", BackgroundGray = "#191D25", Surface = "#1C2029",
            AppbarBackground = "#0D0F14", AppbarText = "#ECEFF5",
            DrawerBackground = "#0D0F14", DrawerText = "#B4BCCB", DrawerIcon = "#B4BCCB",
            Divider = "#262B36", DividerLight = "#262B36", LinesDefault = "#3A4251", LinesInputs = "#737D91",
            TableLines = "#262B36", TableStriped = "#FFFFFF00", TableHover = "#1E232D", Skeleton = "#262B36",
            OverlayDark = "rgba(4,6,10,0.66)", HoverOpacity = 0.07, RippleOpacity = 0, RippleOpacitySecondary = 0,
        },
        LayoutProperties = new LayoutProperties { DefaultBorderRadius = "7px", DrawerWidthLeft = "228px", DrawerMiniWidthLeft = "64px", AppbarHeight = "56px" },
        Typography = new Typography
        {
            Default = new DefaultTypography { FontFamily = ["Inter", "system-ui", "Segoe UI", "Roboto", "sans-serif"], FontSize = ".875rem", FontWeight = "400", LineHeight = "1.4286", LetterSpacing = "normal" },
            H1 = new H1Typography { FontSize = "1.5rem", FontWeight = "650", LineHeight = "1.25", LetterSpacing = "-.011em" },
            H2 = new H2Typography { FontSize = "1rem", FontWeight = "620", LineHeight = "1.5", LetterSpacing = "-.006em" },
            H3 = new H3Typography { FontSize = ".875rem", FontWeight = "620", LineHeight = "1.4286", LetterSpacing = "normal" },
            H6 = new H6Typography { FontSize = "1.125rem", FontWeight = "620", LineHeight = "1.3333", LetterSpacing = "-.006em" },
            Body1 = new Body1Typography { FontSize = ".875rem", LineHeight = "1.4286", LetterSpacing = "normal" },
            Body2 = new Body2Typography { FontSize = ".8125rem", LineHeight = "1.3846", LetterSpacing = "normal" },
            Button = new ButtonTypography { FontSize = ".875rem", FontWeight = "550", LineHeight = "1.4286", LetterSpacing = "normal", TextTransform = "none" },
            Caption = new CaptionTypography { FontSize = ".75rem", LineHeight = "1.3333", LetterSpacing = "normal" },
        },
    };
}
