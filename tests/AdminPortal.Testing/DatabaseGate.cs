using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace AdminPortal.Testing;

/// <summary>The way to a database, which a test can close or let hang, as a network or a server does; other tests' way stays open.</summary>
public sealed class DatabaseGate : IAsyncDisposable
{
    private readonly EndPoint _server;
    private readonly int _port = Ports.Free();
    private readonly ConcurrentDictionary<Socket, bool> _open = new();
    private readonly CancellationTokenSource _end = new();
    private volatile TaskCompletionSource _flow = Flowing();
    private Socket? _listener;

    public DatabaseGate(TestDatabase database)
    {
        var login = new NpgsqlConnectionStringBuilder(database.AppConnectionString);
        _server = login.Host!.StartsWith('/') ? new UnixDomainSocketEndPoint($"{login.Host}/.s.PGSQL.{login.Port}") : new DnsEndPoint(login.Host, login.Port);
        (login.Host, login.Port) = ("127.0.0.1", _port);
        ConnectionString = login.ConnectionString;
        Open();
    }

    /// <summary>The app role's login through the gate.</summary>
    public string ConnectionString { get; }

    public void Open()
    {
        _listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, _port));
        _listener.Listen();
        _ = AcceptAsync(_listener);
    }

    /// <summary>Every connection breaks, and new ones are refused.</summary>
    public void Close()
    {
        _listener?.Dispose();
        foreach (var socket in _open.Keys) socket.Dispose();
        _open.Clear();
    }

    /// <summary>Connections stand and are accepted, but nothing comes through until <see cref="Resume"/>.</summary>
    public void Hang() => _flow = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Resume() => _flow.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        Resume();
        await _end.CancelAsync();
        Close();
        _end.Dispose();
    }

    private static TaskCompletionSource Flowing()
    {
        var flow = new TaskCompletionSource();
        flow.SetResult();
        return flow;
    }

    private async Task AcceptAsync(Socket listener)
    {
        while (true)
        {
            try
            {
                _ = CarryAsync(await listener.AcceptAsync(_end.Token));
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException or OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task CarryAsync(Socket client)
    {
        using var server = new Socket(_server.AddressFamily == AddressFamily.Unix ? AddressFamily.Unix : AddressFamily.InterNetwork, SocketType.Stream, _server.AddressFamily == AddressFamily.Unix ? ProtocolType.Unspecified : ProtocolType.Tcp);
        using (client)
        {
            (_open[client], _open[server]) = (true, true);
            try
            {
                await server.ConnectAsync(_server, _end.Token);
                await Task.WhenAny(PumpAsync(client, server), PumpAsync(server, client));
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException or OperationCanceledException)
            {
                // Either side has gone; so does the other.
            }
            _open.TryRemove(client, out _);
            _open.TryRemove(server, out _);
        }
    }

    private async Task PumpAsync(Socket from, Socket to)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer, _end.Token) is var count and > 0)
            {
                await _flow.Task.WaitAsync(_end.Token);
                await to.SendAsync(buffer.AsMemory(0, count), _end.Token);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The end of this connection.
        }
    }
}
