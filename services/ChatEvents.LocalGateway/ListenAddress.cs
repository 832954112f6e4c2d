using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace ChatEvents.LocalGateway;

/// <summary>
/// Where to listen: at an IP address, or at <see cref="Localhost"/>. That name is 127.0.0.1 to some clients and ::1 to others, so it
/// means both, under one port.
/// </summary>
internal sealed class ListenAddress
{
    public const string Localhost = "localhost";

    // The sockets of both loopback addresses, when a free port was looked for.
    private readonly Queue<Socket> _bound = [];

    /// <exception cref="FormatException">The text is neither.</exception>
    public ListenAddress(string address) => Addresses = address == Localhost ? Loopbacks() : [IPAddress.Parse(address)];

    public IReadOnlyList<IPAddress> Addresses { get; }

    public static bool IsValid(string address) => address == Localhost || IPAddress.TryParse(address, out _);

    /// <summary>
    /// A listening socket for each of the addresses in turn. Where any port will do, it is one that is free at all of them.
    /// </summary>
    public Socket Bind(EndPoint endPoint)
    {
        if (Addresses.Count == 1 || endPoint is not IPEndPoint { Port: 0 })
            return SocketTransportOptions.CreateDefaultBoundListenSocket(endPoint);

        while (_bound.Count == 0)
        {
            BindAllToFreePort();
        }

        return _bound.Dequeue();
    }

    private void BindAllToFreePort()
    {
        var port = 0;
        try
        {
            foreach (var address in Addresses)
            {
                var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(new IPEndPoint(address, port));
                _bound.Enqueue(socket);
                port = ((IPEndPoint)socket.LocalEndPoint!).Port;
            }
        }
        catch (SocketException e) when (port != 0 && e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            // Free at the first address, but not at the next one.
            while (_bound.TryDequeue(out var socket))
            {
                socket.Dispose();
            }
        }
    }

    private static IPAddress[] Loopbacks() => HasIPv6Loopback() ? [IPAddress.Loopback, IPAddress.IPv6Loopback] : [IPAddress.Loopback];

    /// <summary>A machine, or a container, may know IPv6 and have no address of that kind.</summary>
    private static bool HasIPv6Loopback()
    {
        if (!Socket.OSSupportsIPv6)
            return false;

        try
        {
            SocketTransportOptions.CreateDefaultBoundListenSocket(new IPEndPoint(IPAddress.IPv6Loopback, 0)).Dispose();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
