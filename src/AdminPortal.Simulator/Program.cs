using AdminPortal.Simulator;

await SimulatorHost.Build(args).RunAsync();
