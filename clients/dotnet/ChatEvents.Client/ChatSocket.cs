using System.Net.WebSockets;

namespace ChatEvents.Client;

/// <summary>A socket, as much of it as the client needs.</summary>
internal interface IChatSocket : IDisposable
{
    /// <exception cref="HttpRequestException">The server answered with another status than 101.</exception>
    Task ConnectAsync(Uri address, string? token, CancellationToken cancellation);

    /// <summary>Sends a message. Never called twice at the same time.</summary>
    Task SendAsync(ReadOnlyMemory<byte> message, CancellationToken cancellation);

    /// <returns>Null when the server has closed the connection.</returns>
    Task<ReadOnlyMemory<byte>?> ReceiveAsync(CancellationToken cancellation);

    Task CloseAsync(CancellationToken cancellation);
}

/// <summary>A <see cref="ClientWebSocket"/>.</summary>
internal sealed class ChatSocket(Action<ClientWebSocketOptions>? configure) : IChatSocket
{
    private const string Protocol = "chatevents.v1";

    /// <summary>API Gateway takes frames of up to 32 KB, and messages of several.</summary>
    private const int MaxFrameBytes = 32 * 1024;

    private readonly ClientWebSocket _socket = new();
    private byte[] _buffer = new byte[4096];

    public async Task ConnectAsync(Uri address, string? token, CancellationToken cancellation)
    {
        _socket.Options.AddSubProtocol(Protocol);
        _socket.Options.CollectHttpResponseDetails = true;
        if (token is not null) _socket.Options.SetRequestHeader("Authorization", $"Bearer {token}");
        configure?.Invoke(_socket.Options);
        try
        {
            await _socket.ConnectAsync(address, cancellation).ConfigureAwait(false);
        }
        catch (WebSocketException failure) when (_socket.HttpStatusCode is not 0)
        {
            throw new HttpRequestException($"The handshake was answered with {(int)_socket.HttpStatusCode}.", failure, _socket.HttpStatusCode);
        }
    }

    public async Task SendAsync(ReadOnlyMemory<byte> message, CancellationToken cancellation)
    {
        while (message.Length > MaxFrameBytes)
        {
            await _socket.SendAsync(message[..MaxFrameBytes], WebSocketMessageType.Text, endOfMessage: false, cancellation).ConfigureAwait(false);
            message = message[MaxFrameBytes..];
        }

        await _socket.SendAsync(message, WebSocketMessageType.Text, endOfMessage: true, cancellation).ConfigureAwait(false);
    }

    public async Task<ReadOnlyMemory<byte>?> ReceiveAsync(CancellationToken cancellation)
    {
        for (var length = 0; ;)
        {
            var part = await _socket.ReceiveAsync(_buffer.AsMemory(length), cancellation).ConfigureAwait(false);
            if (part.MessageType == WebSocketMessageType.Close) return null;
            length += part.Count;
            if (part.EndOfMessage) return _buffer.AsMemory(0, length);
            if (length == _buffer.Length) Array.Resize(ref _buffer, _buffer.Length * 2);
        }
    }

    public async Task CloseAsync(CancellationToken cancellation)
    {
        if (_socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
            await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, cancellation).ConfigureAwait(false);
    }

    public void Dispose() => _socket.Dispose();
}
