namespace AdminPortal.Web.Shell;

/// <summary>A few short names in alphabetical order, each once; equal when they hold the same. In an address: <c>invitation,removal</c>.</summary>
public readonly record struct Names
{
    private const int Most = 10;
    private readonly string? text;

    private Names(IEnumerable<string> names) => text = string.Join(',', names.Where(IsName).Order(StringComparer.Ordinal).Distinct(StringComparer.Ordinal).Take(Most)) is { Length: > 0 } some ? some : null;

    public static Names None => default;

    public bool IsEmpty => text is null;

    /// <summary>What is no name, letters only, is left out.</summary>
    public static Names Parse(string? text) => new(text?.Split(',') ?? []);

    public bool Contains(string name) => All.Contains(name, StringComparer.Ordinal);

    public Names With(string name, bool wanted) => new(wanted ? All.Append(name) : All.Where(one => one != name));

    public override string ToString() => text ?? "";

    private string[] All => text?.Split(',') ?? [];

    private static bool IsName(string name) => name.Length is > 0 and <= 30 && name.All(char.IsAsciiLetter);
}
