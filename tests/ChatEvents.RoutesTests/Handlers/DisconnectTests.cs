using System.Text.Json.Nodes;
using ChatEvents.Contracts;

namespace ChatEvents.RoutesTests.Handlers;

public sealed class DisconnectTests
{
    [Fact(Timeout = 30_000)]
    public async Task A_disconnect_is_on_the_queue_of_connections()
    {
        await using var function = await RunningFunction.StartAsync("disconnect", TestContext.Current.CancellationToken);

        var response = await function.InvokeAsync(Events.Disconnect());

        Assert.Equal("""{"statusCode":200,"isBase64Encoded":false}""", response.ToJsonString());
        Assert.Equal(
            new ConnectionClosed
            {
                ConnectionId = Events.ConnectionId,
                ClosedAt = DateTimeOffset.FromUnixTimeMilliseconds(1795261210003),
                Because = ClosedBecause.Disconnected,
                StatusCode = 1005,
                Reason = "Client-side close frame status not set",
            },
            function.SentEvent<ConnectionClosed>());
        Assert.Equal([QueueNames.Connections], function.Sqs.QueuesLookedUp);
        Assert.Equal(
            ["Information: Connection A-b9_xYzoAMCK1g= is closed: 1005 \"Client-side close frame status not set\"."], function.Log.Lines);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_disconnect_without_code_and_reason_is_one_too()
    {
        await using var function = await RunningFunction.StartAsync("disconnect", TestContext.Current.CancellationToken);
        var disconnect = Events.Disconnect();
        disconnect["requestContext"]!.AsObject().Remove("disconnectStatusCode");
        disconnect["requestContext"]!.AsObject().Remove("disconnectReason");

        await function.InvokeAsync(disconnect);

        var closed = function.SentEvent<ConnectionClosed>();
        Assert.Equal((null, null), (closed.StatusCode, closed.Reason));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_queue_that_refuses_the_event_is_an_error_of_the_function()
    {
        await using var function = await RunningFunction.StartAsync("disconnect", TestContext.Current.CancellationToken);
        function.Sqs.Refuses = true;

        var failed = await function.InvokeForAnswerAsync(Events.Disconnect());
        function.Sqs.Refuses = false;
        var good = await function.InvokeForAnswerAsync(Events.Disconnect());

        Assert.Equal("AwsCallException", failed.Error?.Type);
        Assert.Contains("not authorized", (string?)JsonNode.Parse(failed.Body)!["errorMessage"]);
        Assert.Null(good.Error);
    }
}
