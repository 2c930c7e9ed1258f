using AdminPortal.Web.Features.Connections;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AdminPortal.Web.Features.Directory;

/// <summary>The one Calendly organization of this deployment, pinned by whoever confirmed it for the first connection. The table holds at most one row.</summary>
public sealed class ManagedOrganization
{
    public bool Singleton { get; init; } = true;
    public required string Uri { get; init; }
    public required string Name { get; set; }
    public required string Plan { get; set; }
    public required DateTimeOffset PinnedAt { get; init; }
    public required Guid PinnedBy { get; init; }
    /// <summary>The connection on which sweeps, confirming reads and impact run. Chosen by people, never automatically, after the first.</summary>
    public Guid DirectoryConnectionId { get; set; }
    public Connection? DirectoryConnection { get; init; }
    public uint Version { get; init; }
}

public sealed class ManagedOrganizationMapping : IEntityTypeConfiguration<ManagedOrganization>
{
    public void Configure(EntityTypeBuilder<ManagedOrganization> organization)
    {
        organization.ToTable("organization", table => table.HasCheckConstraint("ck_organization_singleton", "singleton"));
        organization.HasKey(o => o.Singleton);
        organization.HasOne(o => o.DirectoryConnection).WithMany().HasForeignKey(o => o.DirectoryConnectionId).OnDelete(DeleteBehavior.Restrict);
        organization.Property(o => o.Version).IsRowVersion();
    }
}
