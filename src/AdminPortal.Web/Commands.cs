namespace AdminPortal.Web;

/// <summary>What the program can be started for. Each takes the same settings, from appsettings.json, the environment and its arguments.</summary>
internal static class Commands
{
    public static async Task ServeAsync(string[] args)
    {
        await using var app = Portal.Build(args);
        await Portal.ServeAsync(app, CancellationToken.None);
        await app.WaitForShutdownAsync();
    }

    /// <summary>Needs nothing but the owner's login, which the serving process never has.</summary>
    public static async Task MigrateAsync(string[] args)
    {
        var configuration = new ConfigurationBuilder().AddJsonFile("appsettings.json", optional: true).AddEnvironmentVariables().AddCommandLine(args).Build();
        var owner = configuration.GetConnectionString("Owner")
            ?? throw new StartRefusedException(["ConnectionStrings:Owner: is missing. Example: Host=db.example.com;Database=adminportal;Username=adminportal_owner;Password=change-me"]);
        await Portal.MigrateAsync(owner, CancellationToken.None);
        Console.WriteLine("The database has the newest schema.");
    }

    public static async Task RotateKeysAsync(string[] args)
    {
        await using var app = Portal.Build(args);
        var result = await Portal.RotateKeysAsync(app, CancellationToken.None);
        Console.WriteLine($"The key {result.Key} protects from now on.");
        Console.WriteLine($"Connections re-protected: {result.Reprotected}. Consents on their way: {result.Verifiers}. Ended grants still to be revoked: {result.Revocations}.");
        if (result.Unreadable.Count > 0) Console.WriteLine($"Could not be opened, and have to be connected again: {string.Join(", ", result.Unreadable)}.");
        Console.WriteLine("Nothing that is stored needs an older certificate now; sessions do, until Security:SessionAbsolute has passed.");
    }
}
