using AdminPortal.Web.Data;
using AdminPortal.Web.Security;
using AdminPortal.Web.Shell;
using Microsoft.AspNetCore.Components;

namespace AdminPortal.Web.Features.Overview;

public sealed partial class OverviewPage
{
    private OverviewPicture? _picture;
    private IReadOnlyList<string> _roles = [];

    [Inject] private OverviewQueries Queries { get; set; } = default!;

    [Inject] private CurrentActor Current { get; set; } = default!;

    protected override IReadOnlyList<string> Topics => [Topic.Removals, Topic.Directory, Topic.Invitations, Topic.Connections];

    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        _roles = await Current.RolesAsync();
        _picture = await Queries.ReadAsync(Me, cancellationToken);
    }
}
