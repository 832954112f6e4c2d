using System.Text.Json.Nodes;
using ChatEvents.Routes;
using ChatEvents.Testing;

namespace ChatEvents.RoutesTests.Handlers;

/// <summary>A connection that floods costs a function no more than a look into its memory, and no place in the queue.</summary>
public sealed class MessageRateTests
{
    [Fact]
    public void As_many_get_through_as_the_fan_out_delivers_of_one_connection()
    {
        var rate = new MessageRate(messagesPerSecond: 3, burst: 7, new FakeTime());

        Assert.Equal(7, Through(at: 0));
        Assert.Equal(3, Through(at: 1));
        Assert.Equal(6, Through(at: 3));
        Assert.Equal(7, Through(at: 60));

        int Through(int at)
        {
            var sender = new RouteRequestContext { ConnectionId = "a=", RequestTimeEpoch = 1_795_260_961_242 + (1_000 * at) };
            return Enumerable.Range(0, 100).Count(_ => rate.Refusal(sender) is null);
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task Twenty_get_through_at_once_and_the_rest_is_refused_with_one_frame_a_second()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var function = await RunningFunction.StartAsync("onMessage", cancellation, new RouteSettings { MessagesPerSecond = 1 });
        var answers = new List<JsonNode>();

        for (var number = 0; number < 30; number++)
            answers.Add(await function.InvokeAsync(Events.Message("onMessage", """{"action":"onMessage","message":"hi"}""")));

        Assert.Equal(20, function.Sqs.Sent.Count);
        Assert.All(answers.Take(20), answer => Assert.Equal(200, (int?)answer["statusCode"]));
        Assert.Equal(429, (int?)answers[20]["statusCode"]);
        Assert.Equal(
            """{"error":"You send more than 1 messages a second; this one was not accepted. Wait a second.","requestId":"Qv7mVHZSoAMFkJw="}""",
            (string?)answers[20]["body"]);
        Assert.All(answers.Skip(21), answer => Assert.Null((string?)answer["body"]));
    }

    [Fact(Timeout = 60_000)]
    public async Task The_limit_gets_through_after_that_and_says_how_many_were_refused_before()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var function = await RunningFunction.StartAsync("onMessage", cancellation, new RouteSettings { MessagesPerSecond = 1 });

        for (var tenth = 0; tenth < 100; tenth++)
        {
            var frame = Events.Message("onMessage", """{"action":"onMessage","message":"hi"}""");
            frame["requestContext"]!["requestTimeEpoch"] = 1_795_260_961_242 + (100 * tenth);
            await function.InvokeAsync(frame);
        }

        var shed = function.Sqs.Sent.Select(sent => (int?)JsonNode.Parse((string)sent["MessageBody"]!)!["shed"]).ToList();
        Assert.InRange(shed.Count, 28, 30); // twenty at once, and one in each second
        Assert.All(shed.Take(20), before => Assert.Null(before));
        Assert.All(shed.TakeLast(5), before => Assert.Equal(9, before));
    }
}
