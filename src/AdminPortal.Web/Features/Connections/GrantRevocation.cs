using AdminPortal.Web.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AdminPortal.Web.Features.Connections;

/// <summary>
/// Tokens of a grant that has ended here and still has to be ended at Calendly. Protected under a purpose of their own, so that nothing
/// but their revocation can open them, and gone as soon as it is confirmed or given up.
/// </summary>
public sealed class GrantRevocation
{
    public Guid Id { get; init; } = Guid.CreateVersion7();
    /// <summary>Null for a grant that was refused before it became one.</summary>
    public Guid? ConnectionId { get; init; }
    /// <summary>A token of the grant could not be opened, so that it cannot be revoked from here.</summary>
    public bool IsIncomplete { get; init; }
    public string? ProtectedRefreshToken { get; set; }
    public string? ProtectedAccessToken { get; set; }
    public required DateTimeOffset CreatedAt { get; init; }
    public int Attempts { get; set; }
    /// <summary>Nobody else tries before; whoever tries moves it ahead first.</summary>
    public required DateTimeOffset NextAt { get; set; }

    /// <inheritdoc cref="Connection.Reprotect"/>
    public bool Reprotect(TokenProtection protection)
    {
        string? Again(TokenField field, string? ciphertext) =>
            protection.UnprotectRevocation(Id, field, ciphertext) is { } token ? protection.ProtectRevocation(Id, field, token) : null;
        var (refresh, access) = (Again(TokenField.Refresh, ProtectedRefreshToken), Again(TokenField.Access, ProtectedAccessToken));
        if ((refresh is null && ProtectedRefreshToken is not null) || (access is null && ProtectedAccessToken is not null)) return false;
        (ProtectedRefreshToken, ProtectedAccessToken) = (refresh, access);
        return true;
    }
}

public sealed class GrantRevocationMapping : IEntityTypeConfiguration<GrantRevocation>
{
    public void Configure(EntityTypeBuilder<GrantRevocation> revocation)
    {
        revocation.ToTable("grant_revocations");
        revocation.HasOne<Connection>().WithMany().HasForeignKey(r => r.ConnectionId).OnDelete(DeleteBehavior.Restrict);
        revocation.HasIndex(r => r.NextAt);
    }
}
