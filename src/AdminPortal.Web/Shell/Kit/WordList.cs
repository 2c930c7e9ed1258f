namespace AdminPortal.Web.Shell.Kit;

/// <summary>Lists as people write them: "Operator, Approver and Auditor".</summary>
public static class WordList
{
    public static string And(IReadOnlyCollection<string> words) => Join(words, "and");

    public static string Or(IReadOnlyCollection<string> words) => Join(words, "or");

    /// <summary>"Your role is Viewer." "Your roles are Viewer and Operator."</summary>
    public static string Roles(IReadOnlyCollection<string> roles) => roles.Count switch
    {
        0 => "You have no role.",
        1 => $"Your role is {roles.Single()}.",
        _ => $"Your roles are {And(roles)}.",
    };

    private static string Join(IReadOnlyCollection<string> words, string link) => words.Count switch
    {
        0 => "",
        1 => words.Single(),
        _ => $"{string.Join(", ", words.Take(words.Count - 1))} {link} {words.Last()}",
    };
}
