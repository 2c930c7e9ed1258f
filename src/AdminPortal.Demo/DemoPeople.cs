using AdminPortal.Simulator;

namespace AdminPortal.Demo;

/// <summary>The demo's people, and in words what each may do.</summary>
public static class DemoPeople
{
    private static readonly Dictionary<string, string> Does = new()
    {
        ["Viewer"] = "looks at everything except the audit log",
        ["Operator"] = "connects Calendly, invites, revokes, requests removals",
        ["Approver"] = "decides about other people's requests",
        ["Auditor"] = "reads everything including the audit log, changes nothing",
        ["Administrator"] = "pauses removals, disconnects others",
    };

    public static IEnumerable<string> Describe()
    {
        var width = SimulatorDefaults.People.Max(person => person.Name.Length);
        foreach (var person in SimulatorDefaults.People)
        {
            var may = person.Roles.Count == 0 ? "has no role: is told whom to ask" : string.Join("; ", person.Roles.Select(role => Does[role]));
            var roles = person.Roles.Count == 0 ? "" : $" ({string.Join(", ", person.Roles)})";
            yield return $"  {person.Name.PadRight(width)}  {may}{roles}. Calendly {person.CalendlyRole}.";
        }
    }
}
