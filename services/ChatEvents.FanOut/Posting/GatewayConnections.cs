using System.Collections.Concurrent;
using Microsoft.Extensions.Options;

namespace ChatEvents.FanOut.Posting;

/// <summary>
/// The open connections to the gateways. How many there may be at once is bounded by who posts (<see cref="FanOutOptions.Concurrency"/>).
/// </summary>
public sealed class GatewayConnections(GatewayDial dial, IOptions<FanOutOptions> options, TimeProvider time) : IDisposable
{
    /// <summary>Shorter than any server is known to keep an idle connection, so that few are found closed.</summary>
    private static readonly TimeSpan IdleFor = TimeSpan.FromSeconds(50);

    /// <summary>The gateway's addresses change; a connection for ever would never learn of it.</summary>
    private static readonly TimeSpan OpenFor = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<CallbackEndpoint, Stack<GatewayConnection>> _idle = [];
    private volatile bool _isDisposed;

    /// <summary>The connection that was used last, which is the least likely to be closed by now; null where there is none.</summary>
    internal GatewayConnection? TakeIdle(CallbackEndpoint endpoint)
    {
        if (!_idle.TryGetValue(endpoint, out var idle))
            return null;

        lock (idle)
        {
            if (!idle.TryPop(out var connection))
                return null;
            if (time.GetUtcNow() - connection.IdleSince <= IdleFor)
                return connection;

            // All below it are idle for longer still.
            connection.Dispose();
            DisposeAll(idle);
            return null;
        }
    }

    /// <exception cref="System.Net.Sockets.SocketException">The gateway cannot be reached.</exception>
    /// <exception cref="OperationCanceledException">Not within the time limit of a post.</exception>
    internal async ValueTask<GatewayConnection> DialAsync(CallbackEndpoint endpoint, CancellationToken abandoning)
    {
        using var timeLimit = new CancellationTokenSource(options.Value.PostTimeout, time);
        using var dialling = CancellationTokenSource.CreateLinkedTokenSource(timeLimit.Token, abandoning);
        var stream = await dial(endpoint, dialling.Token).ConfigureAwait(false);
        return new GatewayConnection(stream, time);
    }

    /// <summary>Keeps a connection for the next post, unless it is too old.</summary>
    internal void Return(CallbackEndpoint endpoint, GatewayConnection connection)
    {
        var now = time.GetUtcNow();
        if (now - connection.DialledAt > OpenFor || !connection.TryRenewTimeLimit())
        {
            connection.Dispose();
            return;
        }

        connection.IdleSince = now;
        var idle = _idle.GetOrAdd(endpoint, static _ => []);
        lock (idle)
        {
            if (!_isDisposed)
            {
                idle.Push(connection);
                return;
            }
        }

        connection.Dispose();
    }

    public void Dispose()
    {
        _isDisposed = true;
        foreach (var idle in _idle.Values)
        {
            lock (idle) DisposeAll(idle);
        }
    }

    private static void DisposeAll(Stack<GatewayConnection> connections)
    {
        while (connections.TryPop(out var connection))
        {
            connection.Dispose();
        }
    }
}
