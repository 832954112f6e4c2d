using System.Net;
using System.Text.Json.Nodes;
using Amazon.SQS.Model;
using ChatEvents.Contracts;
using ChatEvents.ProtocolTests.FanOut;
using ChatEvents.ProtocolTests.Registry;
using ChatEvents.Queues;
using ChatEvents.Testing;

namespace ChatEvents.ProtocolTests.WorkerFunctions;

/// <summary>From SQS through the Lambda Runtime API to the tables and the sockets, with the program that is deployed.</summary>
public sealed class WorkerFunctionTests(EmulatorsFixture emulators)
{
    [Fact(Timeout = 120_000)]
    public async Task Connections_that_come_and_go_leave_the_table_true_and_the_queue_empty()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var tables = await TestTables.CreateAsync(emulators);
        using var sqs = emulators.CreateSqs();
        var queue = EmulatorsFixture.Unique("connections");
        var url = await QueueSetup.EnsureQueueAsync(sqs, queue, $"dead-{queue}", MaxReceives.ByDefault, cancellation);
        await using var function = await RunningWorkerFunction.StartAsync(emulators, "registry", RegistrySettings(tables, queue));
        function.MapEvents(queue);

        var publisher = new RouteEventPublisher(sqs, new RouteEventQueues { Connections = queue });
        var ids = Enumerable.Range(0, 40).Select(number => $"{number:D15}=").ToList();
        await publisher.PublishAsync([.. ids.Select(Opened)], cancellation);
        await sqs.SendMessageAsync(new SendMessageRequest { QueueUrl = url, MessageBody = "garbage" }, cancellation);
        await publisher.PublishAsync([.. ids.Take(15).Select(Closed)], cancellation);

        await Patiently.UntilAsync(
            "the table to be true",
            async () => (await tables.ItemsOfAsync(tables.Names.Connections)).Select(row => row["connectionid"].S).Order().SequenceEqual(ids.Skip(15)),
            cancellation);
        await Patiently.SeeAsync(
            "only the dead letter to be left",
            async () => (await WaitingInAsync(queue), await WaitingInAsync($"dead-{queue}")),
            waiting => waiting == (0, 1),
            cancellation,
            TimeSpan.FromSeconds(60));
        Assert.Contains("cannot be read", function.Output, StringComparison.Ordinal);

        // Visible and hidden ones.
        async Task<int> WaitingInAsync(string name)
        {
            var found = await sqs.GetQueueAttributesAsync(
                (await sqs.GetQueueUrlAsync(name, cancellation)).QueueUrl,
                ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
                cancellation);
            return found.Attributes.Values.Sum(int.Parse);
        }
    }

    [Fact(Timeout = 120_000)]
    public async Task A_room_is_served_in_order_and_once_though_one_of_it_is_late()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var fanOut = await RunningFanOut.CreateAsync(emulators);
        var ids = await fanOut.AddConnectionsAsync(200);
        var refusals = 3;
        fanOut.Sink.OnPost = (id, _) => Task.FromResult(
            id == ids[7] && Interlocked.Decrement(ref refusals) >= 0
                ? HttpStatusCode.ServiceUnavailable
                : HttpStatusCode.OK);
        await using var function = await RunningWorkerFunction.StartAsync(
            emulators, "fanOut", [.. fanOut.Settings, new("Metrics:Namespace", "ChatEvents/test")]);
        function.MapEvents(fanOut.MessagesQueue);
        function.MapEvents(fanOut.LateQueue);

        for (var number = 0; number < 12; number++) await fanOut.PostAsync($"m{number}", $"{number}");
        await Patiently.UntilAsync(
            "all messages at every connection", () => ids.All(id => fanOut.Sink.DeliveredTo(id).Count >= 12), cancellation, TimeSpan.FromSeconds(90));

        Assert.All(ids, id => Assert.Equal(Enumerable.Range(0, 12).Select(number => $"Echo: {number}"), fanOut.Sink.DeliveredTo(id)));

        // CloudWatch makes metrics of lines that are JSON from their first character.
        await Patiently.UntilAsync(
            "the metrics in the log",
            () => function.Output.Split('\n').Any(line => line.StartsWith("{\"", StringComparison.Ordinal) && line.Contains("\"chatevents.posts\"", StringComparison.Ordinal)),
            cancellation);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("worker", "Tables:Rooms", "Rooms", "_HANDLER must be one of registry, fanOut, sweep, ending, but is \"worker\".")]
    [InlineData("registry", "Registry:TablesTimeout", "1:0:0", "Registry:TablesTimeout must be from 00:00:00 to 00:10:00, but is 01:00:00.")]
    public async Task A_wrong_setting_is_an_initialization_error_of_one_sentence(string handler, string setting, string value, string sentence)
    {
        await using var function = await RunningWorkerFunction.StartAsync(emulators, handler, [new(setting, value)]);

        var error = await function.InitError.WaitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(sentence, (string?)JsonNode.Parse(error.Json)!["errorMessage"]);
        Assert.Equal(1, await function.ExitCodeAsync());
    }

    private static Dictionary<string, string?> RegistrySettings(TestTables tables, string queue) =>
        new(tables.Settings) { ["Queues:Connections"] = queue };

    private static IRouteEvent Opened(string id) => new ConnectionOpened
    {
        ConnectionId = id,
        ConnectedAt = TimeProvider.System.GetUtcNow(),
        CallbackEndpoint = "http://127.0.0.1:1/prod",
    };

    private static IRouteEvent Closed(string id) => new ConnectionClosed
    {
        ConnectionId = id,
        ClosedAt = TimeProvider.System.GetUtcNow(),
        Because = ClosedBecause.Disconnected,
    };
}
