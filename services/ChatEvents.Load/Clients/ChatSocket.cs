using System.Net;
using System.Net.WebSockets;
using System.Text;

namespace ChatEvents.Load.Clients;

/// <summary>A connection to a running chat.</summary>
internal sealed class ChatSocket : IDisposable
{
    /// <summary>API Gateway takes no larger frames, but messages of several.</summary>
    private const int MaxFrameBytes = 32 * 1024;

    private readonly ClientWebSocket _socket = new();
    private byte[] _buffer = new byte[2 * 1024];

    private ChatSocket()
    {
    }

    /// <exception cref="HandshakeRefusedException">The server answered, but not with 101.</exception>
    /// <exception cref="WebSocketException">There is no server.</exception>
    public static async Task<ChatSocket> OpenAsync(Uri url, CancellationToken cancellation, string? token = null, string? subprotocol = null)
    {
        var socket = new ChatSocket();
        var options = socket._socket.Options;
        options.CollectHttpResponseDetails = true;
        if (token is not null) options.SetRequestHeader("Authorization", $"Bearer {token}");
        if (subprotocol is not null) options.AddSubProtocol(subprotocol);
        try
        {
            await socket._socket.ConnectAsync(url, cancellation);
            return socket;
        }
        catch (WebSocketException failure) when (socket._socket.HttpStatusCode is not 0 and var status)
        {
            socket.Dispose();
            throw new HandshakeRefusedException(status, failure);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Must not be called while another call is under way.</summary>
    public async Task SendAsync(string text, CancellationToken cancellation)
    {
        ReadOnlyMemory<byte> message = Encoding.UTF8.GetBytes(text);
        for (; message.Length > MaxFrameBytes; message = message[MaxFrameBytes..])
            await _socket.SendAsync(message[..MaxFrameBytes], WebSocketMessageType.Text, endOfMessage: false, cancellation);
        await _socket.SendAsync(message, WebSocketMessageType.Text, endOfMessage: true, cancellation);
    }

    /// <returns>The next message, valid until the next call; null when the connection has ended.</returns>
    public async Task<ReadOnlyMemory<byte>?> ReceiveAsync(CancellationToken cancellation)
    {
        for (var length = 0; ;)
        {
            var part = await _socket.ReceiveAsync(_buffer.AsMemory(length), cancellation);
            if (part.MessageType == WebSocketMessageType.Close) return null;
            length += part.Count;
            if (part.EndOfMessage) return _buffer.AsMemory(0, length);
            if (length == _buffer.Length) Array.Resize(ref _buffer, length * 2);
        }
    }

    /// <summary>Reads and drops what comes, until the connection ends; a client that does not read would be another load.</summary>
    public async Task DrainAsync(CancellationToken cancellation)
    {
        try
        {
            while (await ReceiveAsync(cancellation) is not null)
            {
            }
        }
        catch (Exception ended) when (ended is WebSocketException or OperationCanceledException or IOException)
        {
        }
    }

    /// <summary>Tells the server that it ends, and does not wait for its answer.</summary>
    public async Task CloseAsync(CancellationToken cancellation)
    {
        try
        {
            await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, cancellation);
        }
        catch (Exception ended) when (ended is WebSocketException or OperationCanceledException or IOException or InvalidOperationException)
        {
            // It was over before, or something is just being sent.
        }
    }

    public void Dispose() => _socket.Dispose();
}

internal sealed class HandshakeRefusedException(HttpStatusCode status, Exception cause)
    : Exception($"The handshake was answered with {(int)status}.", cause)
{
    public HttpStatusCode Status => status;
}
