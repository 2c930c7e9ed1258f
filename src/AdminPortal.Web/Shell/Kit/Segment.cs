namespace AdminPortal.Web.Shell.Kit;

/// <summary>One choice of a <see cref="Segmented"/> or of <see cref="TabLinks"/>.</summary>
public sealed record Segment(string Text, string Href, bool Current, long? Count = null);
