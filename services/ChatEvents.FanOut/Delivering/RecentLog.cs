using System.Runtime.CompilerServices;
using System.Text;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;
using ChatEvents.FanOut.Posting;
using ChatEvents.FanOut.Tables;
using Microsoft.Extensions.Options;

namespace ChatEvents.FanOut.Delivering;

/// <summary>The recent messages of each room, in the order in which they were walked.</summary>
public sealed class RecentLog(IAmazonDynamoDB dynamo, TableBatches batches, IOptions<FanOutOptions> options, TimeProvider time)
{
    private readonly string _table = options.Value.RecentTable;
    private long _lastTicks;

    /// <summary>Writes messages before they are walked, and sets their positions.</summary>
    public Task WriteAsync(IReadOnlyList<RoomMessage> messages, CancellationToken abandoning)
    {
        foreach (var message in messages)
        {
            message.Position = $"{NextPosition()}#{message.Id}";
        }

        return batches.PutAsync(_table, messages.Select(ItemOf), abandoning);
    }

    /// <summary>The messages that were posted at an instant or later, without repeats.</summary>
    public async IAsyncEnumerable<RoomMessage> ReadSinceAsync(
        string room, DateTimeOffset since, [EnumeratorCancellation] CancellationToken abandoning)
    {
        var read = new HashSet<string>(StringComparer.Ordinal); // a redelivered message is in the log again
        var query = RecentMessagesQuery.Since(_table, room, since);
        query.FilterExpression = "#postedat >= :since";
        query.ExpressionAttributeValues[":since"] = NumberAttribute.OfMilliseconds(since);
        do
        {
            var page = await dynamo.QueryAsync(query, abandoning);
            foreach (var item in page.Items ?? [])
            {
                if (read.Add(item[RecentMessages.MessageId].S))
                    yield return MessageIn(item);
            }

            query.ExclusiveStartKey = page.LastEvaluatedKey;
        }
        while (query.ExclusiveStartKey is { Count: > 0 });
    }

    /// <summary>The message at a position; null if it has expired, and with it every connection that could lack it.</summary>
    public async Task<RoomMessage?> FindAsync(string room, string position, CancellationToken abandoning)
    {
        var response = await dynamo.GetItemAsync(
            new GetItemRequest
            {
                TableName = _table,
                Key = new() { [RecentMessages.Room] = new(room), [RecentMessages.Position] = new(position) },
                ConsistentRead = true,
            },
            abandoning);
        return response.Item is { Count: > 0 } item ? MessageIn(item) : null;
    }

    private static RoomMessage MessageIn(Dictionary<string, AttributeValue> item) =>
        new(item[RecentMessages.Room].S, new RenderedMessage(item[RecentMessages.MessageId].S, item[RecentMessages.Text].S))
        {
            PostedAt = NumberAttribute.InstantIn(item[RecentMessages.PostedAt]),
            Position = item[RecentMessages.Position].S,
        };

    /// <summary>Grows with every message, even if the clock stands still or is set back.</summary>
    private string NextPosition()
    {
        long last, next;
        do
        {
            last = Volatile.Read(ref _lastTicks);
            next = Math.Max(last + 1, time.GetUtcNow().UtcTicks);
        }
        while (Interlocked.CompareExchange(ref _lastTicks, next, last) != last);

        return RecentMessages.PositionAt(new DateTimeOffset(next, TimeSpan.Zero));
    }

    private Dictionary<string, AttributeValue> ItemOf(RoomMessage message) => new()
    {
        [RecentMessages.Room] = new(message.Room),
        [RecentMessages.Position] = new(message.Position),
        [RecentMessages.MessageId] = new(message.Id),
        [RecentMessages.Text] = new(Encoding.UTF8.GetString(message.Rendered.Body.Span)),
        [RecentMessages.PostedAt] = NumberAttribute.OfMilliseconds(message.PostedAt),
        [RecentMessages.TimeToLive] = NumberAttribute.OfSeconds(time.GetUtcNow() + RecentMessages.Life),
    };
}
