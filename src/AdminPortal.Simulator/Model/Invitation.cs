namespace AdminPortal.Simulator.Model;

internal sealed record Invitation
{
    public required long Sequence { get; init; }
    public required string Id { get; init; }
    public required string Email { get; init; }
    public required string Status { get; init; }
    public string? UserId { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }
    public required DateTimeOffset? LastSentAt { get; init; }
}
