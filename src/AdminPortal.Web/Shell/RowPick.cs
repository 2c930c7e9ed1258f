using Microsoft.AspNetCore.Components;

namespace AdminPortal.Web.Shell;

/// <summary>
/// Something that was chosen in a row of a grid, by mouse or key. One listener on the table hears it for all rows, because a handler in each
/// of them costs more than the row; portal.js says which row it was.
/// </summary>
public sealed class RowPickEventArgs : EventArgs
{
    public const string Select = "select";
    public const string SelectPage = "page";
    public const string Menu = "menu";
    public const string Request = "request";

    /// <summary>The email, where the row does not show it.</summary>
    public const string Copy = "copy";

    /// <summary>The row, as its <c>data-row</c> says; comes from the browser and may be anything.</summary>
    public Guid? Row { get; set; }

    /// <summary>One of the words above; the <c>data-pick</c> of what was clicked.</summary>
    public string? What { get; set; }

    /// <summary>Of a box: ticked.</summary>
    public bool On { get; set; }

    /// <summary>With Shift: everything from the last box up to this one.</summary>
    public bool Range { get; set; }
}

[EventHandler("onrowpick", typeof(RowPickEventArgs), enableStopPropagation: false, enablePreventDefault: false)]
public static class EventHandlers;
