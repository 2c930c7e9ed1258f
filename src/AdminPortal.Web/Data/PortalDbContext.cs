using AdminPortal.Web.Features.Audit;
using AdminPortal.Web.Features.Connections;
using AdminPortal.Web.Features.Directory;
using AdminPortal.Web.Features.Invitations;
using AdminPortal.Web.Features.Members;
using AdminPortal.Web.Features.Removals;
using AdminPortal.Web.Security;
using Microsoft.AspNetCore.DataProtection.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Web.Data;

/// <summary>The table of contents. Mappings live beside their entities.</summary>
public sealed class PortalDbContext(DbContextOptions<PortalDbContext> options) : DbContext(options), IDataProtectionKeyContext
{
    public DbSet<Person> People => Set<Person>();
    public DbSet<Session> Sessions => Set<Session>();
    public DbSet<PersonCalendlyUser> PersonCalendlyUsers => Set<PersonCalendlyUser>();
    public DbSet<DataProtectionKey> DataProtectionKeys => Set<DataProtectionKey>();
    public DbSet<Connection> Connections => Set<Connection>();
    public DbSet<GrantRevocation> GrantRevocations => Set<GrantRevocation>();
    public DbSet<RequestBudget> RequestBudgets => Set<RequestBudget>();
    public DbSet<OAuthAttempt> OAuthAttempts => Set<OAuthAttempt>();
    public DbSet<ManagedOrganization> Organizations => Set<ManagedOrganization>();
    public DbSet<Sweep> Sweeps => Set<Sweep>();
    public DbSet<StagedMembership> StagedMemberships => Set<StagedMembership>();
    public DbSet<StagedPage> StagedPages => Set<StagedPage>();
    public DbSet<SweepSuspect> SweepSuspects => Set<SweepSuspect>();
    public DbSet<StagedInvitation> StagedInvitations => Set<StagedInvitation>();
    public DbSet<Change> Changes => Set<Change>();
    public DbSet<ActivityFeed> ActivityFeeds => Set<ActivityFeed>();
    public DbSet<LoggedDeed> LoggedDeeds => Set<LoggedDeed>();
    public DbSet<Member> Members => Set<Member>();
    public DbSet<SavedView> SavedViews => Set<SavedView>();
    public DbSet<ColumnChoice> ColumnChoices => Set<ColumnChoice>();
    public DbSet<Invitation> Invitations => Set<Invitation>();
    public DbSet<InvitationSend> InvitationSends => Set<InvitationSend>();
    public DbSet<RemovalRequest> RemovalRequests => Set<RemovalRequest>();
    public DbSet<RemovalItem> RemovalItems => Set<RemovalItem>();
    public DbSet<RemovalDecision> RemovalDecisions => Set<RemovalDecision>();
    public DbSet<RemovalSwitch> RemovalSwitches => Set<RemovalSwitch>();
    public DbSet<PolicyVersion> PolicyVersions => Set<PolicyVersion>();
    public DbSet<AuditEntry> AuditEntries => Set<AuditEntry>();

    protected override void OnModelCreating(ModelBuilder model)
    {
        model.HasPostgresExtension("pg_trgm");
        // One order of names for everybody, whatever locale the server was set up with.
        model.HasCollation("portal_name", locale: "und", provider: "icu", deterministic: true);
        model.HasSequence<int>(RemovalRequestMapping.NumberSequence).StartsAt(1001);
        model.ApplyConfigurationsFromAssembly(typeof(PortalDbContext).Assembly);
    }
}
