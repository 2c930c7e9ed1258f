using AdminPortal.Web;

// The exit code of BSD's sysexits for a configuration error, so that a supervisor can tell it from a crash.
const int ConfigurationError = 78;
try
{
    switch (args)
    {
        case ["migrate", .. var rest]: await Commands.MigrateAsync(rest); break;
        case ["rotate-keys", .. var rest]: await Commands.RotateKeysAsync(rest); break;
        default: await Commands.ServeAsync(args); break;
    }
    return 0;
}
catch (StartRefusedException refused)
{
    Console.Error.WriteLine("AdminPortal does not start:");
    foreach (var problem in refused.Problems) Console.Error.WriteLine($"  - {problem}");
    return ConfigurationError;
}
