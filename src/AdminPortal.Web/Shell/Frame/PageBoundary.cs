using System.Security.Cryptography;
using AdminPortal.Web.Data;
using AdminPortal.Web.Shell.Kit;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;

namespace AdminPortal.Web.Shell.Frame;

/// <summary>Keeps the frame alive when a page fails, and gives the failure a reference that is also in the log.</summary>
public sealed partial class PageBoundary : ErrorBoundaryBase
{
    private string? _reference;

    [Inject] private ILogger<PageBoundary> Logger { get; set; } = default!;

    [Inject] private NavigationManager Navigation { get; set; } = default!;

    /// <summary>The page under it is not shown because it failed.</summary>
    public bool HasFailed => CurrentException is not null;

    protected override Task OnErrorAsync(Exception exception)
    {
        if (DatabaseAway.Caused(exception)) return Task.CompletedTask;
        _reference = NewReference();
        Log.PageFailed(Logger, exception, _reference, new Uri(Navigation.Uri).AbsolutePath);
        return Task.CompletedTask;
    }

    protected override void BuildRenderTree(RenderTreeBuilder builder)
    {
        if (CurrentException is null)
        {
            builder.AddContent(0, ChildContent);
            return;
        }

        if (DatabaseAway.Caused(CurrentException))
        {
            builder.OpenComponent<EmptyState>(4);
            builder.AddComponentParameter(5, nameof(EmptyState.Icon), "plug-connected-x");
            builder.AddComponentParameter(6, nameof(EmptyState.Title), "This page needs the database");
            builder.AddComponentParameter(7, nameof(EmptyState.ChildContent), (RenderFragment)(text => text.AddContent(0, "It cannot be reached just now. The page loads by itself when it is back.")));
            builder.AddComponentParameter(8, nameof(EmptyState.Actions), (RenderFragment)TryAgain);
            builder.CloseComponent();
            return;
        }

        builder.OpenComponent<ErrorState>(1);
        builder.AddComponentParameter(2, nameof(ErrorState.Reference), _reference);
        builder.AddComponentParameter(3, nameof(ErrorState.TryAgain), EventCallback.Factory.Create(this, Recover));
        builder.CloseComponent();
    }

    private void TryAgain(RenderTreeBuilder builder)
    {
        builder.OpenElement(0, "button");
        builder.AddAttribute(1, "type", "button");
        builder.AddAttribute(2, "class", "btn");
        builder.AddAttribute(3, "onclick", EventCallback.Factory.Create(this, Recover));
        builder.AddContent(4, "Try again");
        builder.CloseElement();
    }

    /// <summary>Short enough to read out on the telephone.</summary>
    internal static string NewReference()
    {
        var hex = Convert.ToHexString(RandomNumberGenerator.GetBytes(6));
        return $"{hex[..6]}-{hex[6..]}";
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Error, "Page {Path} failed; reference {Reference}")]
        public static partial void PageFailed(ILogger logger, Exception exception, string reference, string path);
    }
}
