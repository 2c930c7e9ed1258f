using System.ComponentModel.DataAnnotations;

namespace AdminPortal.Web.Features.Invitations;

public sealed class InvitationOptions
{
    public const string Section = "Invitations";

    /// <summary>An invitation pending for longer than this stands out.</summary>
    [Range(1, 365)]
    public int AgeingDays { get; init; } = 14;
}
