using System.Net;
using System.Net.WebSockets;
using System.Text;
using ChatEvents.Testing;

namespace ChatEvents.EndToEndTests;

/// <summary>A client on .NET's own WebSocket that reads from the moment it is connected.</summary>
public sealed class ChatClient : IAsyncDisposable
{
    private readonly ClientWebSocket _socket = new();
    private readonly Inbox _inbox = new();
    private Task _reading = Task.CompletedTask;

    /// <summary>How the system closed the connection; null while it has not.</summary>
    public WebSocketCloseStatus? ClosedBySystem { get; private set; }

    /// <summary>Completes when the system has closed the connection, or is gone.</summary>
    public Task Ended => _reading;

    public static async Task<ChatClient> ConnectAsync(
        Uri url, CancellationToken cancellation, Action<ClientWebSocketOptions>? configure = null)
    {
        var client = new ChatClient();
        configure?.Invoke(client._socket.Options);
        await client._socket.ConnectAsync(url, cancellation);
        client._reading = client.ReadAsync();
        return client;
    }

    /// <summary>The status with which a handshake is refused.</summary>
    public static async Task<HttpStatusCode> RefusalAsync(
        Uri url, CancellationToken cancellation, Action<ClientWebSocketOptions>? configure = null)
    {
        using var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;
        configure?.Invoke(socket.Options);
        await Assert.ThrowsAsync<WebSocketException>(() => socket.ConnectAsync(url, cancellation));
        return socket.HttpStatusCode;
    }

    public IReadOnlyList<string> Received() => _inbox.All();

    public Task<IReadOnlyList<string>> WaitForAsync(int count, CancellationToken cancellation) => _inbox.WaitForAsync(count, cancellation);

    public Task UntilAsync(Func<IReadOnlyList<string>, bool> isEnough, CancellationToken cancellation) =>
        _inbox.UntilAsync(isEnough, cancellation);

    public Task PostAsync(string message, CancellationToken cancellation) =>
        SendAsync($$"""{"action":"onMessage","message":"{{message}}"}""", cancellation);

    public Task SendAsync(string frame, CancellationToken cancellation) =>
        _socket.SendAsync(Encoding.UTF8.GetBytes(frame), WebSocketMessageType.Text, endOfMessage: true, cancellation);

    /// <summary>Ends the connection without a word.</summary>
    public void Drop() => _socket.Abort();

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (_socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
            {
                await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
            }
        }
        catch (WebSocketException)
        {
            // The system went away first.
        }

        await _reading;
        _socket.Dispose();
    }

    private async Task ReadAsync()
    {
        var buffer = new byte[4096];
        using var message = new MemoryStream();
        try
        {
            while (true)
            {
                var read = await _socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
                if (read.MessageType == WebSocketMessageType.Close)
                {
                    ClosedBySystem = _socket.CloseStatus;
                    return;
                }

                message.Write(buffer, 0, read.Count);
                if (read.EndOfMessage)
                {
                    _inbox.Add(Encoding.UTF8.GetString(message.GetBuffer(), 0, (int)message.Length));
                    message.SetLength(0);
                }
            }
        }
        catch (Exception ended) when (ended is WebSocketException or OperationCanceledException)
        {
            // The system went away under the client, as it does in the tests of stopping, or the client dropped the connection.
        }
    }
}
