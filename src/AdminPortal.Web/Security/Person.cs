using AdminPortal.Web.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AdminPortal.Web.Security;

/// <summary>Who uses the portal: one row per Entra object id and tenant, with the roles as Entra last confirmed them.</summary>
public sealed class Person
{
    public Guid Id { get; init; } = Guid.CreateVersion7();
    public required string ObjectId { get; init; }
    public required string TenantId { get; init; }
    public required string Name { get; set; }
    /// <summary>The sign-in address (preferred_username). Used only to refuse, never to allow.</summary>
    public required string Address { get; set; }
    public required string[] Roles { get; set; }
    public required DateTimeOffset FirstSeenAt { get; init; }
    public required DateTimeOffset RolesConfirmedAt { get; set; }
    /// <summary>Since when the portal has seen this person with the role Approver without a gap.</summary>
    public DateTimeOffset? ApproverSince { get; set; }
    public DateTimeOffset? BlockedAt { get; set; }
    public Guid? BlockedBy { get; set; }
    public string? BlockedByName { get; set; }
    public string? BlockedReason { get; set; }
    public uint Version { get; init; }

    public bool Can(Permission permission) => BlockedAt is null && Roles.Grants(permission);

    /// <summary>Takes over what Entra said at a sign-in.</summary>
    public void Confirm(string name, string address, string[] roles, DateTimeOffset now)
    {
        (Name, Address, Roles, RolesConfirmedAt) = (name, address, roles, now);
        ApproverSince = roles.Grants(Permission.DecideRemoval) ? ApproverSince ?? now : null;
    }
}

/// <summary>Every Calendly user that a person ever consented as: one human with two accounts is still one human.</summary>
public sealed class PersonCalendlyUser
{
    public required Guid PersonId { get; init; }
    public required string CalendlyUserUri { get; init; }
    public required DateTimeOffset FirstSeenAt { get; init; }
}

public sealed class PersonMapping : IEntityTypeConfiguration<Person>, IEntityTypeConfiguration<PersonCalendlyUser>
{
    public void Configure(EntityTypeBuilder<Person> person)
    {
        person.ToTable("people");
        person.HasIndex(p => new { p.ObjectId, p.TenantId }).IsUnique();
        person.HasAlternateKey(p => new { p.Id, p.ObjectId, p.TenantId });
        person.HasOne<Person>().WithMany().HasForeignKey(p => p.BlockedBy).OnDelete(DeleteBehavior.Restrict);
        person.Property(p => p.Version).IsRowVersion();
        person.ToTable(t => t.HasCheckConstraint("ck_people_blocked",
            "num_nulls(blocked_at, blocked_by, blocked_by_name, blocked_reason) IN (0, 4) AND blocked_by <> id"));
    }

    public void Configure(EntityTypeBuilder<PersonCalendlyUser> link)
    {
        link.ToTable("person_calendly_users");
        link.HasKey(l => new { l.PersonId, l.CalendlyUserUri });
        link.HasOne<Person>().WithMany().HasForeignKey(l => l.PersonId).OnDelete(DeleteBehavior.Restrict);
        link.HasIndex(l => l.CalendlyUserUri);
    }
}
