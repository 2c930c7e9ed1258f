using System.Globalization;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;

namespace AdminPortal.Web.Shell.Kit;

public enum MomentStyle
{
    /// <summary>"14:02, 3 min ago"</summary>
    Both,

    /// <summary>"3 min ago"</summary>
    Relative,

    /// <summary>"14:02"; "20 Nov 14:02"</summary>
    Exact,

    /// <summary>"20 Nov"</summary>
    Date,
}

/// <summary>A time, with date, seconds and zone in its title.</summary>
public sealed class Moment : ComponentBase
{
    [Inject] private TimeProvider Clock { get; set; } = default!;

    [Inject] private ShellState Shell { get; set; } = default!;

    [Parameter, EditorRequired] public DateTimeOffset Value { get; set; }

    [Parameter] public MomentStyle Style { get; set; }

    [Parameter] public string? Css { get; set; }

    protected override void BuildRenderTree(RenderTreeBuilder builder)
    {
        var (now, zone) = (Clock.GetUtcNow(), Shell.TimeZone);
        builder.OpenElement(0, "time");
        builder.AddAttribute(1, "class", Css);
        builder.AddAttribute(2, "datetime", Value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
        builder.AddAttribute(3, "title", TimeText.Full(Value, zone));
        builder.AddContent(4, Style switch
        {
            MomentStyle.Relative => TimeText.Relative(Value, now),
            MomentStyle.Exact => TimeText.Exact(Value, now, zone),
            MomentStyle.Date => TimeText.Date(Value, now, zone),
            _ => TimeText.Both(Value, now, zone),
        });
        builder.CloseElement();
    }
}
