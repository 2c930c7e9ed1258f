using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Connections;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AdminPortal.Web.Features.Directory;

public enum FeedState
{
    /// <summary>Nothing was asked yet.</summary>
    Unknown,
    Reading,
    /// <summary>Calendly has an activity log on its Enterprise plan only.</summary>
    NotEnterprise,
    MissingScope,
    /// <summary>Refused for another reason, which <see cref="ActivityFeed.Problem"/> says.</summary>
    Refused,
}

/// <summary>
/// How far Calendly's activity log has been read, on the directory connection. One row an organization and one poller at a time, whichever
/// instance it runs on.
/// </summary>
public sealed class ActivityFeed
{
    public required string OrganizationUri { get; init; }
    /// <summary>The connection that was asked last.</summary>
    public Guid? ConnectionId { get; init; }
    public FeedState State { get; init; }
    public string? Problem { get; init; }
    /// <summary>When a round last began, and the last one that got an answer.</summary>
    public DateTimeOffset? TriedAt { get; init; }
    public DateTimeOffset? ReadAt { get; init; }
    /// <summary>Time of the newest entry read, by Calendly's clock.</summary>
    public DateTimeOffset? ReadTo { get; init; }
    /// <summary>There was more than one round could read.</summary>
    public bool Behind { get; init; }
    /// <summary>When an entry was read of which the directory knew nothing; none once a sweep has begun since.</summary>
    public DateTimeOffset? NewsAt { get; init; }
    public DateTimeOffset LeaseUntil { get; init; }
    public long Fence { get; init; }
}

/// <summary>An entry of the activity log that tells of a member or an invitation: what of it explains a change, and no more.</summary>
public sealed class LoggedDeed
{
    public required string Uri { get; init; }
    public required string OrganizationUri { get; init; }
    public required DateTimeOffset OccurredAt { get; init; }
    /// <summary>As Calendly names it, for example <c>User.Add</c>.</summary>
    public required string Name { get; init; }
    public required ChangeKind Kind { get; init; }
    /// <summary>Whom it is about: by reference where the entry has one, else by the only address in it, in lower case.</summary>
    public string? UserUri { get; init; }
    public string? MembershipUri { get; init; }
    public string? InvitationUri { get; init; }
    public string? Email { get; init; }
    /// <summary>Role, name or address before and after, where the entry says so beyond doubt.</summary>
    public string? Before { get; init; }
    public string? After { get; init; }
    public string? ActorName { get; init; }
    public string? ActorUri { get; init; }
}

public sealed class ActivityFeedMapping : IEntityTypeConfiguration<ActivityFeed>, IEntityTypeConfiguration<LoggedDeed>
{
    public void Configure(EntityTypeBuilder<ActivityFeed> feed)
    {
        feed.ToTable("activity_feed");
        feed.HasKey(f => f.OrganizationUri);
        feed.HasEnumText(f => f.State);
        feed.HasOne<Connection>().WithMany().HasForeignKey(f => f.ConnectionId).OnDelete(DeleteBehavior.Restrict);
    }

    public void Configure(EntityTypeBuilder<LoggedDeed> deed)
    {
        deed.ToTable("logged_deeds");
        deed.HasKey(d => d.Uri);
        deed.HasEnumText(d => d.Kind);
        deed.HasIndex(d => new { d.OrganizationUri, d.OccurredAt });
    }
}
