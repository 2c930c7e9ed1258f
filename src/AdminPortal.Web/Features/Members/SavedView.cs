using AdminPortal.Web.Security;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AdminPortal.Web.Features.Members;

/// <summary>A list of members that somebody comes back to: a name for an address.</summary>
public sealed class SavedView
{
    /// <summary>As many are kept for each person: the database has no place for more.</summary>
    public const int Most = 30;
    public const int LongestName = 60;

    public Guid Id { get; init; } = Guid.CreateVersion7();
    public required Guid PersonId { get; init; }
    public required string Name { get; set; }
    /// <summary>Filters, order and columns, as <see cref="Shell.GridQuery"/> writes them; never a page.</summary>
    public required string Address { get; set; }
    /// <summary>1 to <see cref="Most"/>.</summary>
    public required int Place { get; init; }
    public required DateTimeOffset SavedAt { get; set; }
    public uint Version { get; init; }
}

/// <summary>The columns that somebody chose last.</summary>
public sealed class ColumnChoice
{
    public required Guid PersonId { get; init; }
    public required string Columns { get; init; }
}

public sealed class SavedViewMapping : IEntityTypeConfiguration<SavedView>, IEntityTypeConfiguration<ColumnChoice>
{
    public void Configure(EntityTypeBuilder<SavedView> view)
    {
        view.ToTable("saved_views", table => table.HasCheckConstraint("ck_saved_views_bounded",
            $"place BETWEEN 1 AND {SavedView.Most} AND length(name) BETWEEN 1 AND {SavedView.LongestName} AND length(address) <= 4000"));
        view.HasOne<Person>().WithMany().HasForeignKey(v => v.PersonId).OnDelete(DeleteBehavior.Restrict);
        view.HasIndex(v => new { v.PersonId, v.Name }).IsUnique();
        view.HasIndex(v => new { v.PersonId, v.Place }).IsUnique();
        view.Property(v => v.Version).IsRowVersion();
    }

    public void Configure(EntityTypeBuilder<ColumnChoice> choice)
    {
        choice.ToTable("column_choices", table => table.HasCheckConstraint("ck_column_choices_bounded", "length(columns) <= 400"));
        choice.HasKey(c => c.PersonId);
        choice.HasOne<Person>().WithMany().HasForeignKey(c => c.PersonId).OnDelete(DeleteBehavior.Restrict);
    }
}
