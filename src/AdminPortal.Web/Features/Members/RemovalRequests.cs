using AdminPortal.Web.Features.Removals;
using MudBlazor;

namespace AdminPortal.Web.Features.Members;

/// <summary>Where a removal starts from the pages about members.</summary>
public static class RemovalRequests
{
    /// <returns>Whether a request was filed.</returns>
    public static async Task<bool> AskAsync(this IDialogService dialogs, IReadOnlyList<Guid> memberIds)
    {
        var dialog = await dialogs.ShowAsync<RequestRemovalDialog>(null, new DialogParameters<RequestRemovalDialog> { { d => d.MemberIds, memberIds } });
        return await dialog.Result is { Canceled: false, Data: Guid };
    }
}
