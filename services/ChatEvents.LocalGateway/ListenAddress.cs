using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace ChatEvents.LocalGateway;

/// <summary>
/// Where to listen: an IP address, or <see cref="Localhost"/>. Some clients resolve that name to 127.0.0.1 and others to ::1, so it
/// stands for both, with the same port.
/// </summary>
internal sealed class ListenAddress
{
    public const string Localhost = "localhost";

    // The bound sockets of both loopback addresses if the port was chosen here.
    private readonly Queue<Socket> _bound = [];

    /// <exception cref="FormatException">The address is neither.</exception>
    public ListenAddress(string address) => Addresses = address == Localhost ? Loopbacks() : [IPAddress.Parse(address)];

    public IReadOnlyList<IPAddress> Addresses { get; }

    public static bool IsValid(string address) => address == Localhost || IPAddress.TryParse(address, out _);

    /// <summary>
    /// A listening socket for the next address. Port 0 takes one that is free at all of them.
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
            // Free at the first address, but not at the second.
            while (_bound.TryDequeue(out var socket))
            {
                socket.Dispose();
            }
        }
    }

    private static IPAddress[] Loopbacks() => HasIPv6Loopback() ? [IPAddress.Loopback, IPAddress.IPv6Loopback] : [IPAddress.Loopback];

    /// <summary>A machine or container may support IPv6 and have no IPv6 address.</summary>
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
