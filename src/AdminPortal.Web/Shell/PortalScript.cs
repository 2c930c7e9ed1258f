using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;

namespace AdminPortal.Web.Shell;

/// <summary>The few things that only the browser can do; the other side is js/portal.js. Only after the first rendering.</summary>
public sealed class PortalScript(IJSRuntime js) : IAsyncDisposable
{
    private Task<IJSObjectReference>? _module;

    /// <summary>Sets the cookie and repaints.</summary>
    public Task SetThemeAsync(string choice) => CallAsync("setTheme", choice);

    public Task SetDensityAsync(string density) => CallAsync("setDensity", density);

    public Task CopyAsync(string text) => CallAsync("copy", text);

    /// <summary>Says it to screen readers.</summary>
    /// <param name="atOnce">Interrupts: for errors.</param>
    public Task AnnounceAsync(string text, bool atOnce = false) => CallAsync("announce", text, atOnce);

    /// <summary>Moves the focus to the element with this id, to the menu button of the row with this id, or to the heading when it has gone: for what a dialog's opener was part of.</summary>
    public Task FocusAsync(string elementId) => CallAsync("focusOn", elementId);

    /// <summary>Opens a menu that has just been drawn, under the button of the row with this id.</summary>
    public Task ShowMenuAsync(string menuId, string rowId) => CallAsync("showMenu", menuId, rowId);

    /// <summary>Keeps text over a lost circuit or a reload, in this browser tab only.</summary>
    public Task KeepDraftAsync(string key, string? text) => CallAsync("keepDraft", key, text);

    public async Task<string?> DraftAsync(string key) => await (await ModuleAsync()).InvokeAsync<string?>("draft", key);

    /// <summary>Opens another address, or the same one again (null), unless the browser is on its way already.</summary>
    public async Task LeaveAsync(string? url)
    {
        try
        {
            await js.InvokeVoidAsync("portalLeave", url);
        }
        catch (Exception exception) when (exception is JSException or JSDisconnectedException or InvalidOperationException or OperationCanceledException)
        {
            // It has left, or cannot be reached now.
        }
    }

    private async Task CallAsync(string function, params object?[] arguments)
    {
        try
        {
            await (await ModuleAsync()).InvokeVoidAsync(function, arguments);
        }
        catch (JSDisconnectedException)
        {
            // The browser has gone; there is nobody to do it for.
        }
    }

    // The browser keeps one copy of a module; a second import of the same address is free.
    private Task<IJSObjectReference> ModuleAsync() => _module ??= js.InvokeAsync<IJSObjectReference>("portalModule").AsTask();

    public async ValueTask DisposeAsync()
    {
        if (_module is null) return;
        try
        {
            await (await _module).DisposeAsync();
        }
        catch (JSException)
        {
        }
        catch (JSDisconnectedException)
        {
        }
    }
}
