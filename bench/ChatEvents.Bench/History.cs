using System.Globalization;
using Amazon.DynamoDBv2.Model;
using ChatEvents.Bench.Chat;
using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;

namespace ChatEvents.Bench;

/// <summary>How long a page of a room's history takes, and what it costs, wherever in a long log it begins.</summary>
internal static class History
{
    private const int PageSize = 50, WarmUps = 50, Goal = 50;

    private const string Blue = "blue";

    public static async Task<int> RunAsync(string[] args)
    {
        var values = Settings.ValuesIn(args);
        var messages = values.GetValueOrDefault("--messages", 100_000);
        var pages = values.GetValueOrDefault("--pages", 500);
        await using var servers = await BenchServers.StartAsync();
        var epoch = RecentMessages.EpochOf(TimeProvider.System.GetUtcNow(), "bench0");
        Console.Error.WriteLine($"Writing {messages} messages of one room ...");
        await FillAsync(servers.Dynamo, epoch, messages);

        var random = new Random(1);
        var table = new Table("page of 50", "p50", "p95", $"of the goal of {Goal} ms", "units");
        await AddAsync("the newest", () => PageOf(after: null, isConsistent: false));
        await AddAsync("before any number", () => PageOf(after: null, before: 2 + random.Next(messages - 1), isConsistent: false));
        await AddAsync("after any number", () => PageOf(after: random.Next(messages - PageSize), isConsistent: true));

        Console.WriteLine($"One room of {messages.ToString("N0", CultureInfo.InvariantCulture)} messages in the emulator; {pages} pages each, one after the other.");
        table.Print();
        return 0;

        async Task AddAsync(string name, Func<QueryRequest> next)
        {
            var (times, units) = (new List<TimeSpan>(), 0.0);
            for (var page = -WarmUps; page < pages; page++)
            {
                var begunAt = TimeProvider.System.GetTimestamp();
                var answer = await servers.Dynamo.QueryAsync(next());
                var took = TimeProvider.System.GetElapsedTime(begunAt);
                if (answer.Items.Count is 0 or > PageSize) throw new InvalidOperationException($"A page has {answer.Items.Count} messages.");
                if (page < 0) continue;
                times.Add(took);
                units += answer.ConsumedCapacity?.CapacityUnits ?? 0;
            }

            times.Sort();
            var p95 = times[(int)(times.Count * 0.95)];
            table.Add(
                name,
                Milliseconds(times[times.Count / 2]),
                Milliseconds(p95),
                string.Create(CultureInfo.InvariantCulture, $"{p95.TotalMilliseconds / Goal:0.00}"),
                string.Create(CultureInfo.InvariantCulture, $"{units / pages:0.0}"));
        }

        QueryRequest PageOf(int? after, bool isConsistent, int? before = null) => new()
        {
            TableName = RecentMessages.Table,
            KeyConditionExpression = "#room = :room AND #position BETWEEN :from AND :to",
            ExpressionAttributeNames = new() { ["#room"] = RecentMessages.Room, ["#position"] = RecentMessages.Position },
            ExpressionAttributeValues = new()
            {
                [":room"] = new(Blue),
                [":from"] = new(after is { } known ? RecentMessages.PositionOf(epoch, known + 1) : RecentMessages.BeforePositions),
                [":to"] = new(before is { } next ? RecentMessages.PositionOf(epoch, next - 1) : RecentMessages.BehindPositions),
            },
            ScanIndexForward = after is not null,
            ConsistentRead = isConsistent,
            Limit = PageSize,
            ReturnConsumedCapacity = Amazon.DynamoDBv2.ReturnConsumedCapacity.TOTAL,
        };
    }

    private static async Task FillAsync(CountingDynamoDb dynamoDb, string epoch, int messages)
    {
        var now = TimeProvider.System.GetUtcNow();
        await Parallel.ForEachAsync(Enumerable.Range(1, messages).Chunk(25), async (seqs, cancellation) =>
        {
            var writes = seqs.Select(seq => new WriteRequest(new PutRequest(new Dictionary<string, AttributeValue>
            {
                [RecentMessages.Room] = new(Blue),
                [RecentMessages.Position] = new(RecentMessages.PositionOf(epoch, seq)),
                [RecentMessages.Epoch] = new(epoch),
                [RecentMessages.Seq] = NumberAttribute.Of(seq),
                [RecentMessages.MessageId] = new(BenchFanOut.ConnectionIdOf(seq)),
                [RecentMessages.ConnectionId] = new("sender="),
                [RecentMessages.User] = new("ada"),
                [RecentMessages.Name] = new("Ada"),
                [RecentMessages.Message] = new("Hello everyone, this is a message of the usual length."),
                [RecentMessages.PostedAt] = NumberAttribute.OfMilliseconds(now),
                [RecentMessages.LoggedAt] = NumberAttribute.OfMilliseconds(now),
                [RecentMessages.TimeToLive] = NumberAttribute.OfSeconds(now.AddDays(1)),
            })));
            await dynamoDb.BatchWriteItemAsync(new BatchWriteItemRequest(new() { [RecentMessages.Table] = [.. writes] }), cancellation);
        });
    }

    private static string Milliseconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0.0} ms");
}
