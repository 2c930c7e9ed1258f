using System.Runtime.InteropServices;
using AdminPortal.Demo;
using Npgsql;

const int BadUsage = 2;
if (args.Any(argument => argument is "--help" or "-h"))
{
    Console.WriteLine(DemoOptions.Usage);
    return 0;
}

using var stop = new CancellationTokenSource();
void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    stop.Cancel();
}
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);

DemoOptions options;
try
{
    options = DemoOptions.Parse(args);
}
catch (DemoException exception)
{
    Console.Error.WriteLine(exception.Message);
    return BadUsage;
}
try
{
    await new DemoRun(options, Console.WriteLine).RunAsync(stop.Token);
    return 0;
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    Console.WriteLine("Stopped; nothing is left running.");
    return 0;
}
catch (Exception exception) when (exception is DemoException or NpgsqlException)
{
    Console.Error.WriteLine(exception.Message);
    return 1;
}
