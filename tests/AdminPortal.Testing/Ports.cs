using System.Net;
using System.Net.Sockets;

namespace AdminPortal.Testing;

public static class Ports
{
    /// <summary>A free port. A portal must know its public address before it listens, so it can't let the system choose.</summary>
    public static int Free()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
