namespace AdminPortal.Simulator.Model;

/// <summary>A user with the membership that the user has now; who leaves gets one in an organization of their own.</summary>
internal sealed record Member
{
    public required long Sequence { get; init; }
    public required string Id { get; init; }
    public required string UserId { get; init; }
    public required string OrganizationId { get; init; }
    public required string Name { get; init; }
    public required string Email { get; init; }
    public required string Role { get; init; }
    public required string TimeZone { get; init; }
    public required DateTimeOffset UserCreatedAt { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }

    public bool IsAdmin => Role is "admin" or "owner";
    public string Slug => Email[..Email.IndexOf('@', StringComparison.Ordinal)].Replace('.', '-');
}
