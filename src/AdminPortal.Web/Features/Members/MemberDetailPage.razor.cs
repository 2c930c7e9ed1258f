using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Directory;
using AdminPortal.Web.Features.Removals;
using AdminPortal.Web.Shell;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace AdminPortal.Web.Features.Members;

/// <summary>One member, also after they have left.</summary>
public sealed partial class MemberDetailPage
{
    private MemberView? view;
    private DirectoryStatus? status;
    private bool unknown;

    [Parameter] public Guid Id { get; set; }

    [Inject] private MembersService Members { get; set; } = default!;
    [Inject] private RemovalQueries Removals { get; set; } = default!;
    [Inject] private DirectoryFreshness Freshness { get; set; } = default!;
    [Inject] private IDialogService Dialogs { get; set; } = default!;
    [Inject] private ShellState Shell { get; set; } = default!;
    [Inject] private TimeProvider Clock { get; set; } = default!;

    /// <summary>Why no removal of this person can be requested by this reader now: first the person, then the right and the list's age.</summary>
    private string? WhyNot { get; set; }

    protected override IReadOnlyList<string> Topics => [Topic.Removals, Topic.Invitations];

    protected override void OnInitialized()
    {
        if (RendererInfo.IsInteractive) Follow(Freshness.Subscribe(() => InvokeAsync(FreshenAsync)));
    }

    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        status = await Freshness.CurrentAsync(cancellationToken);
        var found = await Members.FindAsync(Id, cancellationToken);
        var refusal = await Removals.WhyNotRequestAsync(Me, cancellationToken);
        var ineligible = (await Removals.WhyNotAsync([Id], Me, cancellationToken)).GetValueOrDefault(Id);
        WhyNot = ineligible?.Words ?? refusal?.Words;
        (view, unknown) = (found, found is null);
    }

    /// <summary>Only a sync that has ended, or a connection that works again, changes anything here; not each of its pages.</summary>
    private async Task FreshenAsync()
    {
        try
        {
            var now = await Freshness.CurrentAsync(Gone);
            if (status is null || (now.LastEnd, now.Connection) != (status.LastEnd, status.Connection)) await ReloadAsync();
        }
        catch (OperationCanceledException) when (Gone.IsCancellationRequested)
        {
            // The page has been left.
        }
        catch (Exception exception)
        {
            await DispatchExceptionAsync(exception);
        }
    }

    private async Task RequestRemovalAsync()
    {
        await Dialogs.AskAsync([Id]);
        await ReloadAsync();
    }

    private static string Role(string role) => role switch
    {
        MemberRole.Owner => "Owner",
        MemberRole.Admin => "Admin",
        MemberRole.User => "User",
        _ => role,
    };

    private static string Short(string uri) => uri[(uri.LastIndexOf('/') + 1)..];

    /// <summary>Only Calendly's own pages are linked to: the address comes from outside.</summary>
    internal static string? CalendlyLink(string? url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttps && (uri.Host == "calendly.com" || uri.Host.EndsWith(".calendly.com", StringComparison.Ordinal))
            ? uri.AbsoluteUri : null;
}
