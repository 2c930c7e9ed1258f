using AdminPortal.Web;

// The exit code of BSD's sysexits for a configuration error, so that a supervisor can tell it from a crash.
const int ConfigurationError = 78;
try
{
    if (args is ["migrate", ..])
    {
        var configuration = new ConfigurationBuilder().AddJsonFile("appsettings.json", optional: true).AddEnvironmentVariables().AddCommandLine(args[1..]).Build();
        var owner = configuration.GetConnectionString("Owner")
            ?? throw new StartRefusedException(["ConnectionStrings:Owner: is missing. Example: Host=db.example.com;Database=adminportal;Username=adminportal_owner;Password=change-me"]);
        await Portal.MigrateAsync(owner, CancellationToken.None);
        Console.WriteLine("The database has the newest schema.");
        return 0;
    }
    await using var app = Portal.Build(args);
    await Portal.ServeAsync(app, CancellationToken.None);
    await app.WaitForShutdownAsync();
    return 0;
}
catch (StartRefusedException refused)
{
    Console.Error.WriteLine("AdminPortal does not start:");
    foreach (var problem in refused.Problems) Console.Error.WriteLine($"  - {problem}");
    return ConfigurationError;
}
