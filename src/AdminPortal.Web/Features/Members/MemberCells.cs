using System.Globalization;
using AdminPortal.Web.Features.Directory;
using AdminPortal.Web.Features.Removals;
using AdminPortal.Web.Shell;
using AdminPortal.Web.Shell.Kit;
using Microsoft.AspNetCore.Components.Rendering;

namespace AdminPortal.Web.Features.Members;

/// <summary>The cells of the grid as plain markup; each is drawn into a region of its own.</summary>
public sealed class MemberCells(string sprite, TimeZoneInfo zone, DateTimeOffset now)
{
    private static readonly CultureInfo Words = CultureInfo.InvariantCulture;


    /// <summary>The last part of an address of Calendly's.</summary>
    public static string Id(string uri) => uri[(uri.LastIndexOf('/') + 1)..];

    public void Name(RenderTreeBuilder builder, MemberRow row, bool isReader)
    {
        builder.OpenElement(0, "td");
        builder.OpenElement(1, "span");
        builder.AddAttribute(2, "class", "who");
        builder.AddMarkupContent(3, Avatar.Markup(row.Name));
        builder.OpenElement(4, "a");
        builder.AddAttribute(5, "class", "trunc");
        builder.AddAttribute(6, "href", Urls.Member(row.Id));
        builder.AddAttribute(7, "title", row.Name);
        builder.AddContent(8, row.Name);
        builder.CloseElement();
        if (isReader) builder.AddMarkupContent(9, "<span class=\"tag-you\">You</span>");
        builder.CloseElement();
        builder.CloseElement();
    }

    /// <param name="wide">It leaves the grid on a narrower screen.</param>
    /// <param name="barred">Why this person cannot be chosen.</param>
    public void Draw(RenderTreeBuilder builder, MemberColumn column, bool wide, MemberRow row, Ineligible? barred)
    {
        switch (column.Key)
        {
            case MemberColumns.Email:
                Text(builder, "em trunc", row.Email, row.Email);
                break;
            case MemberColumns.Role:
                Role(builder, row.Role);
                break;
            case MemberColumns.Progress:
                Progress(builder, row, barred);
                break;
            case MemberColumns.Change when row.LastChange is (var kind, var at):
                Time(builder, wide ? "soft lc wide" : "soft lc", $"{MemberWords.Change(kind)} {TimeText.Date(at, now, zone)}", at);
                break;
            case MemberColumns.Joined:
                Time(builder, wide ? "n soft wide" : "n soft", row.JoinedAt.ToString("MMM yyyy", Words), row.JoinedAt);
                break;
            case MemberColumns.Left when row.LeftAt is { } left:
                Time(builder, "n", TimeText.Date(left, now, zone), left);
                break;
            case MemberColumns.Zone:
                Text(builder, "soft trunc more", row.TimeZone ?? "Not known", row.TimeZone);
                break;
            case MemberColumns.User:
                Text(builder, "soft trunc mono more", Id(row.UserUri), row.UserUri);
                break;
            case MemberColumns.Invited when row.InvitedAt is { } sent:
                Time(builder, "n soft", TimeText.Date(sent, now, zone), sent);
                break;
            default:
                Open(builder, wide ? "wide" : null);
                builder.AddMarkupContent(9, "<span class=\"muted\">None</span>");
                builder.CloseElement();
                break;
        }
    }

    private void Role(RenderTreeBuilder builder, string role)
    {
        Open(builder, null);
        var kind = ChipKinds.Role(role);
        if (kind != "role.other") builder.AddMarkupContent(20, Chip.Markup(sprite, kind));
        else
        {
            builder.OpenComponent<StatusChip>(21);
            builder.AddComponentParameter(22, nameof(StatusChip.Kind), kind);
            builder.AddComponentParameter(23, nameof(StatusChip.Text), role);
            builder.CloseComponent();
        }
        builder.CloseElement();
    }

    /// <summary>The open request; else why this person cannot be chosen, in the row itself.</summary>
    private void Progress(RenderTreeBuilder builder, MemberRow row, Ineligible? barred)
    {
        Open(builder, "trunc");
        if (row.Open is { } item)
        {
            builder.OpenElement(10, "a");
            builder.AddAttribute(11, "href", Urls.Removal(item.RequestId));
            builder.AddAttribute(12, "title", $"R-{item.Number}");
            builder.AddMarkupContent(13, Chip.Markup(sprite, item.Chip));
            builder.CloseElement();
        }
        else if (barred is not null)
        {
            builder.OpenElement(14, "span");
            builder.AddAttribute(15, "class", "small soft");
            builder.AddAttribute(16, "title", barred.Words);
            builder.AddContent(17, barred.Words);
            builder.CloseElement();
        }
        else if (row.OwnsConnection) builder.AddMarkupContent(18, Chip.Markup(sprite, "connection.owner"));
        else builder.AddMarkupContent(19, "<span class=\"muted\">None</span>");
        builder.CloseElement();
    }

    private static void Open(RenderTreeBuilder builder, string? css)
    {
        builder.OpenElement(0, "td");
        if (css is not null) builder.AddAttribute(1, "class", css);
    }

    private static void Text(RenderTreeBuilder builder, string css, string text, string? title)
    {
        Open(builder, css);
        builder.AddAttribute(2, "title", title);
        builder.AddContent(4, text);
        builder.CloseElement();
    }

    private void Time(RenderTreeBuilder builder, string css, string text, DateTimeOffset at)
    {
        Open(builder, css);
        builder.OpenElement(5, "time");
        builder.AddAttribute(6, "datetime", at.UtcDateTime.ToString("yyyy-MM-dd", Words));
        builder.AddAttribute(7, "title", TimeText.Full(at, zone));
        builder.AddContent(8, text);
        builder.CloseElement();
        builder.CloseElement();
    }
}
