using System.Net;
using System.Net.WebSockets;
using System.Text;
using ChatEvents.GatewayTests.Harness;
using ChatEvents.LocalGateway.Configuration;

namespace ChatEvents.GatewayTests;

/// <summary>The main flow: connect, send a message, be posted to, leave.</summary>
public sealed class EchoFlowTests
{
    [Fact(Timeout = 60_000)]
    public async Task A_client_connects_is_posted_to_and_leaves()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await TestGateway.StartAsync(cancellation, Routes);
        gateway.Serve("connect", _ => Api.Ok);
        gateway.Serve("message", _ => Api.Ok);
        gateway.Serve("disconnect", _ => Api.Ok);

        using var socket = await gateway.ConnectAsync(cancellation);
        var id = (await gateway.EventAsync("connect", cancellation)).ConnectionId();
        await socket.SendTextAsync("""{"action":"onMessage","message":"Hello"}""", cancellation);
        var message = await gateway.EventAsync("message", cancellation);
        Assert.Equal("""{"action":"onMessage","message":"Hello"}""", message.GetProperty("body").GetString());

        using var post = await gateway.Http.PostAsync(
            $"/local/@connections/{id}", new ByteArrayContent(Encoding.UTF8.GetBytes("Echo: Hello")), cancellation);
        Assert.Equal(HttpStatusCode.OK, post.StatusCode);
        Assert.Equal("Echo: Hello", await socket.ReceiveTextAsync(cancellation));

        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "bye", cancellation);
        var left = (await gateway.EventAsync("disconnect", cancellation)).GetProperty("requestContext");
        Assert.Equal(1000, left.GetProperty("disconnectStatusCode").GetInt32());
        Assert.Equal("bye", left.GetProperty("disconnectReason").GetString());

        using var late = await gateway.Http.PostAsync($"/local/@connections/{id}", new ByteArrayContent("x"u8.ToArray()), cancellation);
        Assert.Equal(HttpStatusCode.Gone, late.StatusCode);
    }

    private static void Routes(GatewayOptions options) =>
        options.Route("$connect", "connect").Route("$disconnect", "disconnect").Route("onMessage", "message");
}
