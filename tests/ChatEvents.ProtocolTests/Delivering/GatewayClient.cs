using System.Net.WebSockets;
using System.Text;

namespace ChatEvents.ProtocolTests.Delivering;

/// <summary>One WebSocket at the gateway. It reads from the start, unless it is one of those that do not.</summary>
internal sealed class GatewayClient(ClientWebSocket socket, string id) : IAsyncDisposable
{
    private readonly List<string> _received = [];
    private readonly CancellationTokenSource _leaving = new();
    private Task<WebSocketCloseStatus?>? _reading;

    /// <summary>The connection's id, as the gateway gave it.</summary>
    public string Id => id;

    public IReadOnlyList<string> Received
    {
        get
        {
            lock (_received) return [.. _received];
        }
    }

    /// <summary>Begins to read, or goes on; ends with the code by which the gateway closed the connection.</summary>
    public Task<WebSocketCloseStatus?> ReadAsync() => _reading ??= ReadUntilClosedAsync();

    public Task SendAsync(string frame, CancellationToken cancellation) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(frame), WebSocketMessageType.Text, endOfMessage: true, cancellation);

    public async ValueTask DisposeAsync()
    {
        await _leaving.CancelAsync();
        if (_reading is not null) await _reading;
        socket.Dispose();
        _leaving.Dispose();
    }

    private async Task<WebSocketCloseStatus?> ReadUntilClosedAsync()
    {
        var buffer = new byte[16 * 1024];
        using var message = new MemoryStream();
        try
        {
            while (true)
            {
                var read = await socket.ReceiveAsync(buffer.AsMemory(), _leaving.Token);
                if (read.MessageType == WebSocketMessageType.Close) return socket.CloseStatus;
                message.Write(buffer, 0, read.Count);
                if (!read.EndOfMessage) continue;
                lock (_received) _received.Add(Encoding.UTF8.GetString(message.GetBuffer(), 0, (int)message.Length));
                message.SetLength(0);
            }
        }
        catch (Exception end) when (end is OperationCanceledException or WebSocketException)
        {
            return null; // the test is over, or the gateway ended without a close frame
        }
    }
}
