namespace AdminPortal.Web.Shell.Kit;

/// <summary>What an input inside a <see cref="Field"/> puts on itself.</summary>
/// <param name="Invalid">Value of aria-invalid; null leaves it out.</param>
public sealed record FieldContext(string Id, string? DescribedBy, string? Invalid, string Css);
