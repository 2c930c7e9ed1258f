namespace AdminPortal.Simulator;

public static class SimulatorHost
{
    public static WebApplication Build(string[] args) => WebApplication.CreateBuilder(args).Build();
}
