using System.Reflection;
using System.Text.RegularExpressions;
using AdminPortal.Simulator;
using AdminPortal.Web.Security;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Components;

namespace AdminPortal.Web.Tests;

/// <summary>What the layout of the code promises, kept true. Each test also looks at something that it must find, so that it cannot pass on nothing.</summary>
public sealed partial class ArchitectureTests
{
    private static readonly Assembly Web = typeof(Portal).Assembly;
    private static readonly Type[] Components = [.. Web.GetTypes().Where(type => typeof(IComponent).IsAssignableFrom(type) && !type.IsAbstract)];

    [Fact]
    public void Components_data_and_Calendly_are_reached_only_through_services()
    {
        string[] forbidden = ["PortalDbContext", "IDbContextFactory`1", "CalendlyClient", "CalendlyAccess", "CalendlySignIn"];
        var injected = Components.SelectMany(component => Injections(component).Select(type => (Component: component, Type: type))).ToList();
        Assert.NotEmpty(injected);
        Assert.Empty(injected.Where(i => forbidden.Contains(i.Type.Name)).Select(i => $"{i.Component.Name} is given {i.Type.Name}"));
    }

    [Fact]
    public void Pages_every_route_has_a_policy_and_every_door_says_for_whom_it_is()
    {
        var pages = Components.Where(type => type.GetCustomAttributes<RouteAttribute>().Any()).ToList();
        Assert.Contains(pages, page => page.GetCustomAttributes<RouteAttribute>().Any(route => route.Template == "/audit"));
        var policies = Enum.GetNames<Permission>();
        // Doors stand outside the rooms: they are for everybody who is signed in, with or without a role, and show nothing that is stored.
        Assert.Empty(pages.Where(page => page.Namespace!.EndsWith(".Doors", StringComparison.Ordinal)
            && page.GetCustomAttribute<AllowAnonymousAttribute>() is null && page.GetCustomAttribute<AuthorizeAttribute>() is null).Select(page => page.FullName));
        Assert.Empty(pages.Where(page => !page.Namespace!.EndsWith(".Doors", StringComparison.Ordinal)
            && !page.GetCustomAttributes<AuthorizeAttribute>().Any(authorize => policies.Contains(authorize.Policy))).Select(page => page.FullName));
    }

    [Fact]
    public void Services_every_method_with_a_command_takes_who_acts_and_a_token()
    {
        var commands = Web.GetTypes().Where(type => type.Name.EndsWith("Service", StringComparison.Ordinal) && type.Namespace!.Contains(".Features.", StringComparison.Ordinal))
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly))
            .Where(method => method.GetParameters().Any(parameter => parameter.ParameterType == typeof(Guid) && parameter.Name == "commandId")).ToList();
        Assert.Contains(commands, method => method.Name == "ApproveAsync");
        Assert.Empty(commands.Where(method => !Takes<Actor>(method) || !Takes<CancellationToken>(method)).Select(Name));
    }

    [Fact]
    public void Sources_time_comes_from_the_time_provider()
    {
        Assert.Matches(SystemClock(), "var now = DateTime.UtcNow;");
        Assert.Empty(Sources.Of("src").Where(file => SystemClock().IsMatch(file.Text)).Select(file => file.Path));
    }

    [Fact]
    public void Projects_the_simulator_and_the_portal_know_nothing_of_each_other()
    {
        static IEnumerable<string> References(Assembly assembly) => assembly.GetReferencedAssemblies().Select(name => name.Name!).Where(name => name.StartsWith("AdminPortal.", StringComparison.Ordinal));
        Assert.Empty(References(typeof(SimulatorDefaults).Assembly));
        Assert.Equal(["AdminPortal.Calendly"], References(Web).Distinct());
        Assert.Empty(References(Web.GetReferencedAssemblies().Where(name => name.Name == "AdminPortal.Calendly").Select(Assembly.Load).Single()));
    }

    [Fact]
    public void Sources_the_portal_never_says_simulator_or_demo()
    {
        Assert.Contains(Sources.Of("src/AdminPortal.Simulator"), file => StandIns().IsMatch(file.Text));
        Assert.Empty(Sources.Of("src/AdminPortal.Web").Where(file => StandIns().IsMatch(file.Text)).Select(file => file.Path));
    }

    [Fact]
    public void Types_names_say_what_they_are() =>
        Assert.Empty(new[] { Web, typeof(SimulatorDefaults).Assembly, Assembly.Load("AdminPortal.Calendly"), Assembly.Load("AdminPortal.Demo") }
            .SelectMany(assembly => assembly.GetTypes()).Where(type => EmptyName().IsMatch(type.Name)).Select(type => type.FullName));

    [Fact]
    public void Sources_files_stay_comfortably_small()
    {
        var files = Sources.Of("src").ToList();
        Assert.Contains(files, file => file.Path.EndsWith(".razor.cs", StringComparison.Ordinal));
        Assert.Empty(files.Where(file => file.Lines > Limit(file.Path)).Select(file => $"{file.Path}: {file.Lines} lines, at most {Limit(file.Path)}"));
        static int Limit(string path) => path.EndsWith(".razor", StringComparison.Ordinal) ? 120 : path.EndsWith(".razor.cs", StringComparison.Ordinal) ? 200 : 300;
    }

    private static IEnumerable<Type> Injections(Type component)
    {
        const BindingFlags Own = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.DeclaredOnly;
        for (var type = component; type is not null && type != typeof(object); type = type.BaseType)
            foreach (var property in type.GetProperties(Own).Where(p => p.GetCustomAttribute<InjectAttribute>() is not null)) yield return property.PropertyType;
        foreach (var parameter in component.GetConstructors().SelectMany(constructor => constructor.GetParameters())) yield return parameter.ParameterType;
    }

    private static bool Takes<T>(MethodInfo method) => method.GetParameters().Any(parameter => parameter.ParameterType == typeof(T));

    private static string Name(MethodInfo method) => $"{method.DeclaringType!.Name}.{method.Name}";

    [GeneratedRegex(@"\bDateTime(Offset)?\.(UtcNow|Now|Today)\b")]
    private static partial Regex SystemClock();

    [GeneratedRegex(@"\b(simulator|simulated|demo)\b", RegexOptions.IgnoreCase)]
    private static partial Regex StandIns();

    [GeneratedRegex("(Manager|Helper|Helpers|Util|Utils|Utility|Impl)(`[0-9]+)?$")]
    private static partial Regex EmptyName();
}
