using System.Net.WebSockets;
using System.Text;

namespace ChatEvents.GatewayTests.Harness;

internal static class SocketVerbs
{
    public static Task SendTextAsync(this WebSocket socket, string text, CancellationToken cancellation) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, cancellation);

    /// <summary>The next text message; fails on a close frame.</summary>
    public static async Task<string> ReceiveTextAsync(this WebSocket socket, CancellationToken cancellation)
    {
        var buffer = new byte[256 * 1024];
        var length = 0;
        while (true)
        {
            var result = await socket.ReceiveAsync(buffer.AsMemory(length), cancellation);
            Assert.Equal(WebSocketMessageType.Text, result.MessageType);
            length += result.Count;
            if (result.EndOfMessage)
                return Encoding.UTF8.GetString(buffer, 0, length);
        }
    }

    /// <summary>Waits for the gateway's close frame and answers it.</summary>
    public static async Task<(int Code, string? Reason)> ReceiveCloseAsync(this WebSocket socket, CancellationToken cancellation)
    {
        var buffer = new byte[4096];
        while ((await socket.ReceiveAsync(buffer, cancellation)).MessageType != WebSocketMessageType.Close)
        {
        }

        if (socket.State == WebSocketState.CloseReceived)
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, cancellation);
        return ((int)socket.CloseStatus!, socket.CloseStatusDescription);
    }
}
