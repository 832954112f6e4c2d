using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Amazon.DynamoDBv2;
using ChatEvents.Bench.Chat;
using ChatEvents.Bench.Registry;
using ChatEvents.Contracts;
using ChatEvents.FanOut;
using ChatEvents.Queues;
using Microsoft.Extensions.DependencyInjection;

namespace ChatEvents.Bench;

/// <summary>
/// What SQS and DynamoDB charge for a message, from its sender's request until it is done with: its number, its place in the log, the note by
/// which it is recognized if it comes again. Pages of the room are left out, which a walk reads whatever it brings.
/// </summary>
internal static class MessageCost
{
    private const string Blue = "blue";

    public static async Task<int> RunAsync(string[] args)
    {
        var messages = Settings.ValuesIn(args).GetValueOrDefault("--messages", 200);
        using var sink = await SinkProcess.StartAsync(TimeSpan.Zero);
        await using var servers = await BenchServers.StartAsync();
        await servers.FillAsync(Blue, [BenchFanOut.ConnectionIdOf(1)], sink.Url);
        using var posts = new PostCounter();
        using var dynamoDb = new MeteredDynamoDb((AmazonDynamoDBConfig)servers.Dynamo.Config);
        await using var worker = await servers.StartFanOutAsync(builder =>
        {
            builder.Services.AddSingleton<IAmazonDynamoDB>(dynamoDb);
            builder.Services.Configure<FanOutOptions>(options => options.PostsPerSecond = 1_000_000);
        });
        var publisher = new RouteEventPublisher(servers.Sqs, new RouteEventQueues());
        using var http = new HttpClient();
        var (sent, table) = (0, new Table("message", "requests of SQS", "requests of DynamoDB", "items written", "write units", "read units", "units"));

        await SayAsync(size: 100); // the room's first message looks for the end of its log
        await AddAsync("100 B", size: 100);
        await AddAsync("1 KB", size: 1_000);
        await AddAsync("4 KB", size: 4_000);

        Console.WriteLine("Per message, as the servers report it; an empty query counts 1, as AWS has it. Without pages of the room and posts.");
        table.Print();
        await worker.StopAsync();
        return 0;

        async Task AddAsync(string name, int size)
        {
            dynamoDb.Take();
            var queued = await QueueRequestsAsync();
            for (var i = 0; i < messages; i++) await SayAsync(size);
            var (use, requests) = (dynamoDb.Take(), await QueueRequestsAsync() - queued);
            table.Add(
                name, Per(requests), Per(use.Requests), Per(use.Written), Per(use.WriteUnits), Per(use.ReadUnits), Per(use.Units));
        }

        async Task SayAsync(int size)
        {
            var id = $"{sent++:D15}=";
            await publisher.PublishAsync(
                new MessagePosted
                {
                    MessageId = id,
                    ConnectionId = id, // each has its own, because a sender may say ten a second
                    Room = Blue,
                    Message = new string('x', size),
                    PostedAt = TimeProvider.System.GetUtcNow(),
                },
                CancellationToken.None);
            while (posts.Accepted < sent) await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System); // until it is noted and deleted, which nobody is told
        }

        async Task<int> QueueRequestsAsync() => (int)(await http.GetFromJsonAsync<JsonNode>(new Uri(servers.SqsUrl, "/_use")))!["fifoRequests"]!;

        string Per(double sum) => (sum / messages).ToString("0.00", CultureInfo.InvariantCulture);
    }
}
