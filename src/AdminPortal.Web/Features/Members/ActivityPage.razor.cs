using System.Globalization;
using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Directory;
using AdminPortal.Web.Shell;
using AdminPortal.Web.Shell.Kit;
using Microsoft.AspNetCore.Components;

namespace AdminPortal.Web.Features.Members;

/// <summary>What changed in the organization. The whole view is in its address.</summary>
public sealed partial class ActivityPage
{
    private static readonly TimeSpan Debounce = TimeSpan.FromMilliseconds(250);
    private GridQuery query = new();
    private ChangeFilter filter = new();
    private ChangeList? list;
    private ActivityFeed? feed;
    private DirectoryStatus? status;
    private string? text;
    private int typed;

    [Inject] private ChangeQueries Changes { get; set; } = default!;
    [Inject] private DirectoryFreshness Freshness { get; set; } = default!;
    [Inject] private NavigationManager Navigation { get; set; } = default!;
    [Inject] private TimeProvider Clock { get; set; } = default!;

    protected override IReadOnlyList<string> Topics => [Topic.Changes];

    private IReadOnlyList<Segment> Origins =>
    [
        new("Everywhere", Url(Of(null)), filter.Origin is null),
        new("In this portal", Url(Of(ChangeFilter.Here)), filter.Origin == ChangeOrigin.Ours),
        new("Outside it", Url(Of(ChangeFilter.Elsewhere)), filter.Origin == ChangeOrigin.OutOfBand),
    ];

    private string FilterWords => string.Join(", ", new[]
    {
        query.Q is { } person ? $"“{person}”" : null,
        filter.Origin switch { ChangeOrigin.Ours => "in this portal", ChangeOrigin.OutOfBand => "outside it", _ => null },
        filter.Group is { } group ? $"kind {ChangeGroups.Word(group)}" : null,
        query.Since is { } since ? $"since {since.ToString("d MMM yyyy", CultureInfo.InvariantCulture)}" : null,
    }.Where(word => word is not null));

    /// <summary>Why nobody is named for what was done in Calendly, said once.</summary>
    private string? Note => feed?.State switch
    {
        FeedState.NotEnterprise => "Calendly names who did it only on Enterprise.",
        FeedState.MissingScope => $"Who makes changes outside this portal is not known now: {status?.ConnectionOwner ?? "the owner"}’s connection, which reads the directory, lacks activity_log:read. On Enterprise it can be allowed by reconnecting.",
        FeedState.Refused => $"Who makes changes outside this portal is not known now: {feed.Problem}",
        _ => null,
    };

    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        var asked = GridQuery.Parse(Navigation.Uri);
        var read = await Changes.ListAsync(asked, cancellationToken);
        feed = await Changes.FeedAsync(cancellationToken);
        status = await Freshness.CurrentAsync(cancellationToken);
        // Whatever the address says: a page with nothing newer begins at 1.
        (list, query, filter) = (read, read.HasNewer ? asked : asked with { N = 1 }, ChangeFilter.Of(asked));
        if (typed == 0) text = asked.Q;
    }

    private async Task TypeAsync(ChangeEventArgs change)
    {
        text = change.Value as string;
        var mine = ++typed;
        await Task.Delay(Debounce, Clock, Gone).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        if (mine != typed || Gone.IsCancellationRequested) return;
        typed = 0;
        Navigation.NavigateTo(Url(query.WithSearch(text)), replace: true);
    }

    private void Go(GridQuery asked) => Navigation.NavigateTo(Url(asked));

    private GridQuery Of(string? origin) => query.WithHas(ChangeFilter.Here, origin == ChangeFilter.Here).WithHas(ChangeFilter.Elsewhere, origin == ChangeFilter.Elsewhere);

    private static string? Given(ChangeEventArgs change) => change.Value is string { Length: > 0 } word ? word : null;

    private static DateOnly? Day(ChangeEventArgs change) =>
        DateOnly.TryParseExact(change.Value as string, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day : null;

    private static string Url(GridQuery query) => query.ToUrl(Urls.MemberActivity);

    private static string SubjectUrl(Change change) => change.MemberId is { } member ? Urls.Member(member)
        : new GridQuery { Q = change.Subject, Status = StatusOf(change.Kind) }.ToUrl(Urls.Invitations);

    private static string? StatusOf(ChangeKind kind) => kind switch
    {
        ChangeKind.InvitationAccepted => "accepted",
        ChangeKind.InvitationDeclined => "declined",
        ChangeKind.InvitationRevoked => "revoked",
        ChangeKind.InvitationVanished => "vanished",
        _ => null,
    };
}
