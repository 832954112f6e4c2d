using System.Net.WebSockets;
using System.Text.Json;
using ChatEvents.LocalGateway;
using ChatEvents.LocalGateway.Configuration;
using Microsoft.AspNetCore.Builder;

namespace ChatEvents.ProtocolTests.Admin;

/// <summary>A gateway without routes: everybody may connect, and nobody is told.</summary>
public sealed class OpenGateway : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly List<ClientWebSocket> _clients = [];

    private OpenGateway(WebApplication app) => _app = app;

    public string CallbackEndpoint => $"{_app.Urls.First()}/local";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<OpenGateway> StartAsync()
    {
        var app = GatewayHost.Build(new GatewayOptions { Port = 0, Stage = "local" });
        await app.StartAsync(Cancellation);
        return new OpenGateway(app);
    }

    /// <summary>Opens a connection and returns its id, which the gateway tells in answer to a frame that fits no route.</summary>
    public async Task<(ClientWebSocket Client, string ConnectionId)> ConnectAsync()
    {
        var client = new ClientWebSocket();
        _clients.Add(client);
        await client.ConnectAsync(new Uri($"{_app.Urls.First().Replace("http:", "ws:")}/local"), Cancellation);
        await client.SendAsync("x"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, Cancellation);
        var buffer = new byte[1024];
        var answer = await client.ReceiveAsync(buffer, Cancellation);
        using var frame = JsonDocument.Parse(buffer.AsMemory(0, answer.Count));
        return (client, frame.RootElement.GetProperty("connectionId").GetString()!);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients) client.Dispose();
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
    }
}
