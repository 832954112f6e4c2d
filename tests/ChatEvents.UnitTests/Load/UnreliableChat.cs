using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ChatEvents.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ChatEvents.UnitTests.Load;

/// <summary>A chat of one room that does to deliveries what a test says: the load generator must notice.</summary>
internal sealed class UnreliableChat : IAsyncDisposable
{
    private readonly WebApplication _server;
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<int, (WebSocket Socket, bool IsJson)> _clients = [];
    private readonly List<JsonObject> _log = [];
    private int _connections, _said;

    private UnreliableChat()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _server = builder.Build();
        _server.UseWebSockets();
        _server.Run(ServeAsync);
    }

    public string Url => _server.Urls.Single().Replace("http", "ws", StringComparison.Ordinal) + "/local";

    /// <summary>How often a connection hears a message, by the numbers of both; connections are numbered from 0.</summary>
    public Func<int, int, int> Deliveries { get; set; } = (_, _) => 1;

    /// <summary>The error that answers a message, by its number; null accepts it.</summary>
    public Func<int, string?> ErrorOf { get; set; } = _ => null;

    public static async Task<UnreliableChat> StartAsync()
    {
        var chat = new UnreliableChat();
        await chat._server.StartAsync(TestContext.Current.CancellationToken);
        return chat;
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task ServeAsync(HttpContext http)
    {
        var isJson = http.WebSockets.WebSocketRequestedProtocols.Contains(Dialects.JsonSubprotocol);
        using var socket = await http.WebSockets.AcceptWebSocketAsync(isJson ? Dialects.JsonSubprotocol : null);
        var number = Interlocked.Increment(ref _connections) - 1;
        _clients[number] = (socket, isJson);
        var buffer = new byte[64 * 1024];
        while (await ReceiveAsync(socket, buffer) is { } frame)
        {
            lock (_gate) Answer(socket, frame);
        }

        _clients.TryRemove(number, out _);
    }

    private static async Task<JsonObject?> ReceiveAsync(WebSocket socket, byte[] buffer)
    {
        try
        {
            var part = await socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken);
            return part.MessageType == WebSocketMessageType.Close ? null : JsonNode.Parse(buffer.AsSpan(0, part.Count))!.AsObject();
        }
        catch (Exception ended) when (ended is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException)
        {
            return null; // cut by the test, or ended by the client
        }
    }

    /// <summary>One frame after the other, which is the order of the room.</summary>
    private void Answer(WebSocket socket, JsonObject frame)
    {
        if ((string)frame["action"]! == "history")
        {
            var after = (long)frame["after"]!;
            Send(socket, new JsonObject
            {
                ["type"] = "history",
                ["epoch"] = "e",
                ["messages"] = new JsonArray([.. _log.Where(message => (long)message["seq"]! > after).Select(message => message.DeepClone())]),
                ["more"] = false,
            }.ToJsonString());
            return;
        }

        var (number, id) = (_said++, (string?)frame["id"]);
        if (ErrorOf(number) is { } error)
        {
            Send(socket, JsonSerializer.Serialize(new { type = "error", id, code = "forbidden", error }));
            return;
        }

        var message = new JsonObject { ["seq"] = _log.Count + 1L, ["message"] = (string)frame["message"]! };
        _log.Add(message);
        if (id is not null) Send(socket, JsonSerializer.Serialize(new { type = "accepted", id, messageId = $"m{number}" }));
        foreach (var (client, (to, isJson)) in _clients) Deliver(client, to, isJson, number, message, (string)frame["room"]!);
    }

    private void Deliver(int client, WebSocket to, bool isJson, int number, JsonObject message, string room)
    {
        var times = Deliveries(client, number);
        if (times < 0)
        {
            _clients.TryRemove(client, out _);
            to.Abort();
        }

        var json = message.DeepClone().AsObject();
        (json["type"], json["room"], json["epoch"]) = ("message", room, "e");
        for (; times > 0; times--) Send(to, isJson ? json.ToJsonString() : $"Echo: {message["message"]}");
    }

    private static void Send(WebSocket socket, string text)
    {
        try
        {
            // Small frames over loopback: they are in the kernel's buffer when this returns.
            socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None).GetAwaiter().GetResult();
        }
        catch (Exception ended) when (ended is WebSocketException or ObjectDisposedException or IOException)
        {
            // The client has gone.
        }
    }
}
