using System.Text.Json.Nodes;
using Amazon.Runtime;
using Amazon.SQS;
using ChatEvents.Contracts;
using ChatEvents.Queues;
using ChatEvents.Routes;
using ChatEvents.Routes.Aws;
using ChatEvents.Routes.Sending;
using ChatEvents.RoutesTests.Servers;

namespace ChatEvents.RoutesTests.Sending;

/// <summary>The functions' sender must send the same requests as the workers' publisher, which uses AWSSDK.</summary>
public sealed class RouteEventSenderTests : IAsyncLifetime
{
    private static readonly TraceContext Traced = TraceContext.FromXRay("Root=1-69204b11-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=1");

    private SqsServer _sqs = null!;

    private static readonly ConnectionClosed Closed = new()
    {
        ConnectionId = Events.ConnectionId,
        ClosedAt = DateTimeOffset.UnixEpoch,
        Because = ClosedBecause.Disconnected,
        Reason = "grüße 👋🏽",
    };

    private static readonly MessagePosted Posted = new()
    {
        MessageId = Events.MessageId,
        ConnectionId = Events.ConnectionId,
        Room = "blue",
        Message = "\"quoted\" \\ <b>ß</b>\n\u0001 字",
        PostedAt = DateTimeOffset.UnixEpoch,
    };

    private RouteEventSender Sender => new(
        RouteClients.Of(new AwsEndpoint("sqs", "eu-central-1", new Uri(_sqs.Url)), () => new AwsKeys("test", "test", null)),
        new RouteEventQueues());

    public async ValueTask InitializeAsync() => _sqs = await SqsServer.StartNewAsync();

    public ValueTask DisposeAsync() => _sqs.DisposeAsync();

    [Fact(Timeout = 30_000)]
    public async Task An_event_is_sent_as_the_publisher_sends_it()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var sdk = new AmazonSQSClient(
            new BasicAWSCredentials("test", "test"), new AmazonSQSConfig { ServiceURL = _sqs.Url, AuthenticationRegion = "eu-central-1" });
        foreach (var routeEvent in (IRouteEvent[])[Closed, Posted])
        {
            foreach (var trace in (TraceContext[])[default, Traced])
            {
                await Sender.SendAsync(routeEvent, trace, cancellation);
                await new RouteEventPublisher(sdk, new RouteEventQueues()).PublishAsync(routeEvent, trace, cancellation);
            }
        }

        var sent = _sqs.Sent.ToArray();
        Assert.Equal(8, sent.Length);
        Assert.All(sent.Chunk(2), pair => Assert.True(JsonNode.DeepEquals(pair[0], pair[1]), $"Ours: {pair[0]}\ntheirs: {pair[1]}"));
    }

    [Fact(Timeout = 30_000)]
    public async Task The_url_of_a_queue_is_asked_for_once_and_not_at_all_where_it_is_given()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var sender = Sender;
        await sender.SendAsync(Closed, default, cancellation);
        await sender.SendAsync(Closed, default, cancellation);
        var other = new RouteEventSender(
            RouteClients.Of(new AwsEndpoint("sqs", "eu-central-1", new Uri(_sqs.Url)), () => new AwsKeys("test", "test", null)),
            new RouteEventQueues { Connections = "https://sqs.eu-central-1.amazonaws.com/111122223333/connections" });
        await other.SendAsync(Closed, default, cancellation);

        Assert.Equal(["connections"], _sqs.QueuesLookedUp);
        Assert.Equal("https://sqs.eu-central-1.amazonaws.com/111122223333/connections", (string?)_sqs.Sent.Last()["QueueUrl"]);
    }
}
