using System.Collections.Concurrent;
using System.Diagnostics;
using Amazon.SQS;
using Amazon.SQS.Model;
using ChatEvents.Contracts;
using ChatEvents.LocalGateway.Configuration;
using ChatEvents.Routes;
using ChatEvents.Testing;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Trace;

namespace ChatEvents.ProtocolTests.Delivering;

/// <summary>From a client's frame over the route function and the queue to the posts: one trace, whatever the number of connections.</summary>
public sealed class TraceTests(EmulatorsFixture emulators)
{
    [Fact(Timeout = 60_000)]
    public async Task A_frame_and_all_its_posts_are_one_trace_with_a_span_per_message_and_none_per_connection()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var system = await FanOutSystem.StartAsync(emulators, cancellation, TakeMessages);
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var function = ServeMessagesAsync(system, stopping.Token);
        var clients = await system.ConnectAsync(25);
        using var queue = new RecordingReceives(emulators.SqsUrl);
        using var spans = new Spans();
        using var traces = OpenTelemetry.Sdk.CreateTracerProviderBuilder().AddSource("ChatEvents.*").AddProcessor(spans).Build();
        await system.StartWorkerAsync(builder => builder.Services.AddSingleton<IAmazonSQS>(queue));

        await clients[0].SendAsync("""{"action":"onMessage","message":"hello"}""", cancellation);
        await FanOutSystem.UntilReceivedAsync(clients, 1);
        await system.UntilQueueIsEmptyAsync();

        var received = Assert.Single(queue.Received);
        Assert.True(ActivityContext.TryParse(received.MessageAttributes[AttributeNames.TraceParent].StringValue, null, out var frame));
        Assert.True(frame.TraceFlags.HasFlag(ActivityTraceFlags.Recorded));
        await Patiently.UntilAsync("the spans of the message", () => spans.Of(frame.TraceId).Count >= 2, cancellation);
        var ofFrame = spans.Of(frame.TraceId);
        Assert.Equal(["fan out", $"process {system.MessagesQueue}"], ofFrame.Select(span => span.OperationName).Order());
        Assert.Equal(25, ofFrame.Single(span => span.OperationName == "fan out").GetTagItem("chatevents.connections"));

        await stopping.CancelAsync();
        await function.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    private static void TakeMessages(GatewayOptions options) => options.Routes["onMessage"] = new RouteOptions { Function = "onMessage" };

    /// <summary>The real route function on the gateway's Runtime API.</summary>
    private Task ServeMessagesAsync(FanOutSystem system, CancellationToken stopping)
    {
        var settings = new RouteSettings { Queues = new() { Messages = system.MessagesQueue } };
        return RouteFunction.RunAsync(
            "onMessage", settings, emulators.CreateRouteClients(), $"{system.Gateway.Address.Authority}/onMessage", new RecordingLambdaLog(), stopping);
    }

    /// <summary>SQS, with what it handed out.</summary>
    private sealed class RecordingReceives(Uri url) : AmazonSQSClient(
        EmulatorsFixture.Credentials, new AmazonSQSConfig { ServiceURL = url.ToString(), AuthenticationRegion = EmulatorsFixture.Region })
    {
        public ConcurrentQueue<Message> Received { get; } = [];

        public override async Task<ReceiveMessageResponse> ReceiveMessageAsync(
            ReceiveMessageRequest request, CancellationToken cancellationToken = default)
        {
            var response = await base.ReceiveMessageAsync(request, cancellationToken);
            foreach (var message in response.Messages ?? []) Received.Enqueue(message);
            return response;
        }
    }

    /// <summary>What ended within a trace.</summary>
    private sealed class Spans : BaseProcessor<Activity>
    {
        private readonly ConcurrentQueue<Activity> _ended = [];

        public IReadOnlyList<Activity> Of(ActivityTraceId trace) => [.. _ended.Where(span => span.TraceId == trace)];

        public override void OnEnd(Activity data) => _ended.Enqueue(data);
    }
}
