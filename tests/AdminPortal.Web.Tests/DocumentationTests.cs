using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AdminPortal.Calendly;
using AdminPortal.Demo;
using AdminPortal.Web.Security;
using AdminPortal.Web.Tests.Shell;

namespace AdminPortal.Web.Tests;

/// <summary>What the documents name is there. Each test also looks for something that it must find, so that it cannot pass on nothing.</summary>
public sealed partial class DocumentationTests
{
    private static readonly string Readme = RepositoryFiles.Text("README.md");

    [Fact]
    public void Readme_every_setting_is_in_the_example()
    {
        var example = JsonNode.Parse(RepositoryFiles.Text("appsettings.example.json"));
        var named = Setting().Matches(Readme).Select(m => m.Groups[1].Value.Replace("__", ":", StringComparison.Ordinal)).Distinct().ToList();
        Assert.Contains("Portal:PublicUrl", named);
        // Only the migration is given the owner's login, and from the environment.
        Assert.Equal(["ConnectionStrings:Owner"], named.Where(setting => setting.Split(':').Aggregate(example, (node, part) => node?[part]) is null));
    }

    [Fact]
    public void Readme_scopes_roles_and_options_are_those_of_the_code()
    {
        Assert.Equal(Scopes.Needed, Scope().Matches(Readme).Select(m => m.Groups[1].Value).Distinct());
        Assert.All(Roles.All, role => Assert.Contains($"`{role}`", Readme, StringComparison.Ordinal));
        Assert.Equal(Option().Matches(DemoOptions.Usage).Select(m => m.Groups[1].Value), OptionRow().Matches(Readme).Select(m => m.Groups[1].Value));
        Assert.Contains("--members", DemoOptions.Usage, StringComparison.Ordinal);
    }

    [Fact]
    public void Documents_every_path_and_link_leads_somewhere()
    {
        var paths = Documents().SelectMany(file => RepositoryPath().Matches(File.ReadAllText(file)).Select(m => (From: file, To: Path.Combine(RepositoryFiles.Root, m.Groups[1].Value)))
            .Concat(Link().Matches(File.ReadAllText(file)).Select(m => (From: file, To: Path.Combine(Path.GetDirectoryName(file)!, m.Groups[1].Value))))).ToList();
        Assert.Contains(paths, path => path.To.EndsWith("removals.sql", StringComparison.Ordinal));
        Assert.Contains(paths, path => path.To.EndsWith("removal.png", StringComparison.Ordinal));
        Assert.Empty(paths.Where(path => !Path.Exists(path.To)).Select(path => $"{Path.GetFileName(path.From)}: {path.To}"));
    }

    [Fact]
    public void Two_person_rule_every_name_is_one_that_the_database_refuses_by()
    {
        var names = RuleName().Matches(RepositoryFiles.Text("docs", "two-person-rule.md")).Select(m => m.Groups[1].Value).Distinct().ToList();
        Assert.Contains("ck_removal_decisions_two_people", names);
        var code = string.Concat(RepositoryFiles.Under("src/AdminPortal.Web", ".cs", ".sql").Select(File.ReadAllText));
        Assert.DoesNotContain(names, name => !Regex.IsMatch(code, $@"\b{name}\b"));
    }

    private static IEnumerable<string> Documents() => RepositoryFiles.Under("docs", ".md").Append(Path.Combine(RepositoryFiles.Root, "README.md"));

    [GeneratedRegex(@"`?\b([A-Z][A-Za-z]+(?:__|:)[A-Z][A-Za-z]+)\b")]
    private static partial Regex Setting();

    [GeneratedRegex("`([a-z_]+:(?:read|write))`")]
    private static partial Regex Scope();

    [GeneratedRegex(@"^\s+(--[a-z-]+)", RegexOptions.Multiline)]
    private static partial Regex Option();

    [GeneratedRegex(@"^\| `(--[a-z-]+)", RegexOptions.Multiline)]
    private static partial Regex OptionRow();

    [GeneratedRegex("`((?:src|tests|docs|wwwroot-assets)(?:/[^`*{ ]*)?)`")]
    private static partial Regex RepositoryPath();

    [GeneratedRegex(@"\]\((?!https?:)([^)#]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("`((?:ck|fk|ix|removal|audit)_[a-z_]+)`")]
    private static partial Regex RuleName();
}
