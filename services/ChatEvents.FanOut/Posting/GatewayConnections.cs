using System.Collections.Concurrent;
using ChatEvents.FanOut.Rooms;
using Microsoft.Extensions.Options;

namespace ChatEvents.FanOut.Posting;

/// <summary>
/// The open connections to the gateways. How many there may be at once is bounded by who posts (<see cref="FanOutOptions.Concurrency"/>).
/// </summary>
public sealed class GatewayConnections(
    GatewayDial dial, RequestHeads heads, IOptions<FanOutOptions> options, TimeProvider time) : IDisposable
{
    /// <summary>Shorter than any server is known to keep an idle connection, so that few are found closed.</summary>
    internal static readonly TimeSpan MaxIdle = TimeSpan.FromSeconds(50);

    /// <summary>The gateway's addresses change; a connection for ever would never learn of it.</summary>
    internal static readonly TimeSpan MaxAge = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<CallbackEndpoint, EndpointConnections> _endpoints = [];

    /// <summary>A connection for one request, an open one where there is one.</summary>
    /// <exception cref="System.Net.Sockets.SocketException">The gateway cannot be reached.</exception>
    /// <exception cref="TimeoutException">Not within the time of the request.</exception>
    /// <exception cref="OperationCanceledException">Not within it, or <paramref name="abandoning"/> was cancelled.</exception>
    internal ValueTask<GatewayConnection> TakeAsync(in GatewayRequest request, CancellationToken abandoning)
    {
        var connections = _endpoints.TryGetValue(request.Endpoint, out var known)
            ? known
            : _endpoints.GetOrAdd(request.Endpoint, endpoint => new EndpointConnections(endpoint, dial, heads, options.Value, time));
        return connections.TakeOpen() is { } open ? new(open) : new(connections.DialAsync(request.BegunAt, abandoning));
    }

    public void Dispose()
    {
        foreach (var connections in _endpoints.Values) connections.Dispose();
    }
}
