namespace AdminPortal.Web.Shell.Kit;

/// <summary>The meaning of a colour: blue waits or runs, violet is held, green is proven, teal ended elsewhere, amber needs a person, red failed.</summary>
public enum Tone
{
    Neutral,
    Blue,
    Violet,
    Green,
    Teal,
    Amber,
    Red,
}

public static class Tones
{
    /// <summary>The class that app.css knows; neutral is the bare element.</summary>
    public static string Css(this Tone tone) => tone switch
    {
        Tone.Neutral => "",
        Tone.Blue => "blue",
        Tone.Violet => "violet",
        Tone.Green => "green",
        Tone.Teal => "teal",
        Tone.Amber => "amber",
        Tone.Red => "red",
        _ => throw new ArgumentOutOfRangeException(nameof(tone), tone, null),
    };
}
