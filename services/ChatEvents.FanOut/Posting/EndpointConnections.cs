using System.Net.Security;
using ChatEvents.FanOut.Posting.Http1;
using ChatEvents.FanOut.Posting.Http2;
using ChatEvents.FanOut.Rooms;

namespace ChatEvents.FanOut.Posting;

/// <summary>
/// The open connections to one endpoint. Of HTTP/1.1 each serves one request at a time, so that whoever finds none idle opens one; of
/// HTTP/2 each serves many, so that one more is opened for all who find no place.
/// </summary>
internal sealed class EndpointConnections(
    CallbackEndpoint endpoint, GatewayDial dial, RequestHeads heads, FanOutOptions options, TimeProvider time) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Stack<Http1Connection> _idle = [];
    private readonly List<Http2Connection> _shared = [];
    private volatile bool _speaksHttp1 = endpoint.TlsName is null && options.Http != HttpChoice.Http2; // without TLS there is nobody to ask
    private Task? _dialling; // for all
    private bool _isDisposed;

    /// <summary>An open connection that can serve a request; null where there is none.</summary>
    public GatewayConnection? TakeOpen()
    {
        lock (_gate) return TakeShared() ?? (GatewayConnection?)TakeIdle();
    }

    /// <summary>Opens a connection, for this request alone or, where the gateway speaks HTTP/2, for all that wait for one.</summary>
    /// <param name="begunAt">When the time of the request began, as a timestamp of the clock.</param>
    /// <param name="abandoning">Ends the wait.</param>
    public async Task<GatewayConnection> DialAsync(long begunAt, CancellationToken abandoning)
    {
        while (true)
        {
            Task? dialling;
            lock (_gate)
            {
                if (TakeOpen() is { } open)
                    return open;
                dialling = _speaksHttp1 ? null : _dialling ??= Task.Run(DialForAllAsync, CancellationToken.None);
            }

            var left = options.PostTimeout - time.GetElapsedTime(begunAt);
            if (left <= TimeSpan.Zero)
                throw new TimeoutException();
            if (dialling is not null)
                await dialling.WaitAsync(left, time, abandoning).ConfigureAwait(false);
            else if (await OpenAsync(left, abandoning).ConfigureAwait(false) is { } own)
                return own;
        }
    }

    public void Dispose()
    {
        List<GatewayConnection> open;
        lock (_gate)
        {
            _isDisposed = true;
            open = [.. _idle, .. _shared];
            _idle.Clear();
            _shared.Clear();
        }

        foreach (var connection in open) connection.Dispose();
    }

    private Http2Connection? TakeShared()
    {
        for (var index = _shared.Count - 1; index >= 0; index--)
        {
            var connection = _shared[index];
            if (connection.IsRetired)
                _shared.RemoveAt(index);
            else if (connection.IsReadHere && connection.TryReserve())
                return connection;
        }

        foreach (var connection in _shared)
        {
            if (connection.TryReserve())
                return connection;
        }

        return null;
    }

    /// <summary>The connection that was used last, which is the least likely to be closed by now.</summary>
    private Http1Connection? TakeIdle()
    {
        if (!_idle.TryPop(out var connection))
            return null;
        if (time.GetUtcNow() - connection.IdleSince <= GatewayConnections.MaxIdle)
            return connection;

        // All below it are idle for longer still.
        do
        {
            connection.Dispose();
        }
        while (_idle.TryPop(out connection));
        return null;
    }

    private async Task DialForAllAsync()
    {
        try
        {
            if (await OpenAsync(options.PostTimeout, CancellationToken.None).ConfigureAwait(false) is { } forOne)
                Keep(forOne);
        }
        finally
        {
            lock (_gate) _dialling = null;
        }
    }

    /// <returns>A connection for one request; null where there is now one for all.</returns>
    private async Task<Http1Connection?> OpenAsync(TimeSpan limit, CancellationToken abandoning)
    {
        using var timeLimit = new CancellationTokenSource(limit, time);
        using var dialling = CancellationTokenSource.CreateLinkedTokenSource(timeLimit.Token, abandoning);
        var stream = await dial(endpoint, dialling.Token).ConfigureAwait(false);
        _speaksHttp1 = !SpeaksHttp2(stream);
        if (_speaksHttp1)
            return new Http1Connection(stream, heads, Keep, time);

        Share(await Http2Connection.OpenAsync(stream, heads, time, dialling.Token).ConfigureAwait(false));
        return null;
    }

    private bool SpeaksHttp2(Stream stream) => stream is SslStream tls
        ? tls.NegotiatedApplicationProtocol == SslApplicationProtocol.Http2
        : options.Http == HttpChoice.Http2;

    private void Share(Http2Connection connection)
    {
        lock (_gate)
        {
            if (!_isDisposed)
            {
                _shared.Add(connection);
                return;
            }
        }

        connection.Dispose();
        throw new ObjectDisposedException(nameof(EndpointConnections));
    }

    /// <summary>Keeps a connection for the next request, unless it is too old.</summary>
    private void Keep(Http1Connection connection)
    {
        lock (_gate)
        {
            if (!_isDisposed && time.GetUtcNow() - connection.OpenedAt <= GatewayConnections.MaxAge)
            {
                _idle.Push(connection);
                return;
            }
        }

        connection.Dispose();
    }
}
