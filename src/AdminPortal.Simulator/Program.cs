using AdminPortal.Simulator;

try
{
    await SimulatorHost.Build(args).RunAsync();
    return 0;
}
catch (ArgumentException error)
{
    await Console.Error.WriteLineAsync($"The simulator can't start: {error.Message}");
    return 2;
}
