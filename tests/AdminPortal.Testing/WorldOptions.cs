namespace AdminPortal.Testing;

/// <param name="Settings">The portal's settings that differ from the demo's, by key: <c>["Removals:Hold"] = "00:00:01"</c>.</param>
public sealed record WorldOptions(int Members = 40, int Invitations = 6, IReadOnlyDictionary<string, string>? Settings = null);
