namespace AdminPortal.Web.Features.Removals;

/// <summary>Pause all: one row, checked before each claim. While <see cref="PausedAt"/> is set no item is begun.</summary>
public sealed class RemovalSwitch
{
    public bool Singleton { get; init; } = true;
    public DateTimeOffset? PausedAt { get; set; }
    public Guid? PausedBy { get; set; }
    public string? PausedByName { get; set; }
    public string? Reason { get; set; }
    public uint Version { get; init; }
}

/// <summary>A policy under which requests were filed, stored when first seen, so that an old hash can still be read.</summary>
public sealed class PolicyVersion
{
    public required byte[] Hash { get; init; }
    public required string Canonical { get; init; }
    public required DateTimeOffset FirstSeenAt { get; init; }
}
