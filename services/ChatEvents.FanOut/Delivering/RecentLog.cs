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

    /// <summary>Writes messages before they are walked, and gives each its position.</summary>
    public Task WriteAsync(IReadOnlyList<MessageTally> messages, CancellationToken abandoning)
    {
        foreach (var tally in messages)
        {
            tally.Position = $"{NextPosition()}#{tally.Message.MessageId}";
        }

        return batches.PutAsync(_table, messages.Select(ItemOf), abandoning);
    }

    /// <summary>The messages that were posted at an instant or later, each once.</summary>
    public async IAsyncEnumerable<MessageTally> ReadSinceAsync(
        string room, DateTimeOffset since, [EnumeratorCancellation] CancellationToken abandoning)
    {
        var read = new HashSet<string>(StringComparer.Ordinal); // a message that was received again is in the log again
        var query = RecentMessagesQuery.Since(_table, room, since);
        query.FilterExpression = "#postedat >= :since";
        query.ExpressionAttributeValues[":since"] = NumberAttribute.OfMilliseconds(since);
        do
        {
            var page = await dynamo.QueryAsync(query, abandoning);
            foreach (var item in page.Items ?? [])
            {
                if (read.Add(item[RecentMessages.MessageId].S))
                    yield return TallyOf(item);
            }

            query.ExclusiveStartKey = page.LastEvaluatedKey;
        }
        while (query.ExclusiveStartKey is { Count: > 0 });
    }

    /// <summary>The message at a position; null when it has expired, and with it every connection that could lack it.</summary>
    public async Task<MessageTally?> FindAsync(string room, string position, CancellationToken abandoning)
    {
        var response = await dynamo.GetItemAsync(
            new GetItemRequest
            {
                TableName = _table,
                Key = new() { [RecentMessages.Room] = new(room), [RecentMessages.Position] = new(position) },
                ConsistentRead = true,
            },
            abandoning);
        return response.Item is { Count: > 0 } item ? TallyOf(item) : null;
    }

    private static MessageTally TallyOf(Dictionary<string, AttributeValue> item) =>
        new(item[RecentMessages.Room].S, new RenderedMessage(item[RecentMessages.MessageId].S, item[RecentMessages.Text].S))
        {
            PostedAt = NumberAttribute.InstantIn(item[RecentMessages.PostedAt]),
            Position = item[RecentMessages.Position].S,
        };

    /// <summary>Grows with every message also where the clock stands still, or is set back.</summary>
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

    private Dictionary<string, AttributeValue> ItemOf(MessageTally tally) => new()
    {
        [RecentMessages.Room] = new(tally.Room),
        [RecentMessages.Position] = new(tally.Position),
        [RecentMessages.MessageId] = new(tally.Message.MessageId),
        [RecentMessages.Text] = new(Encoding.UTF8.GetString(tally.Message.Body.Span)),
        [RecentMessages.PostedAt] = NumberAttribute.OfMilliseconds(tally.PostedAt),
        [RecentMessages.TimeToLive] = NumberAttribute.OfSeconds(time.GetUtcNow() + RecentMessages.Life),
    };
}
