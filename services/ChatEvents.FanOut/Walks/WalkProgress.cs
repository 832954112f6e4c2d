using System.Globalization;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using ChatEvents.FanOut.Delivering;
using ChatEvents.FanOut.Rooms;
using Microsoft.Extensions.Options;

namespace ChatEvents.FanOut.Walks;

/// <summary>
/// Remembers how far large walks have come, so that a message that is received again goes on from there and not from the first
/// connection. One item per message, because messages that shared a walk may come back one by one.
/// </summary>
public sealed class WalkProgress(IAmazonDynamoDB dynamo, IOptions<FanOutOptions> options, TimeProvider time)
{
    private readonly string _table = options.Value.ProgressTable;

    /// <summary>What there is to know of a message that was received before.</summary>
    public async Task<SavedWalk> ReadAsync(string messageId, CancellationToken abandoning)
    {
        var response = await dynamo.GetItemAsync(
            new GetItemRequest
            {
                TableName = _table,
                Key = new Dictionary<string, AttributeValue> { [ProgressSchema.MessageId] = new(messageId) },
                ConsistentRead = true,
            },
            abandoning);

        return response.Item is { Count: > 0 } item
            ? new SavedWalk(
                new WalkPosition(
                    int.Parse(item[ProgressSchema.Shard].N, CultureInfo.InvariantCulture),
                    item.GetValueOrDefault(ProgressSchema.After)?.S),
                item.GetValueOrDefault(ProgressSchema.Late)?.SS ?? [])
            : SavedWalk.None;
    }

    public Task SaveAsync(IReadOnlyList<MessageTally> messages, WalkPosition position, CancellationToken abandoning) =>
        BatchWrites.PutAsync(dynamo, _table, messages.Select(tally => ItemOf(tally, position)), abandoning);

    private Dictionary<string, AttributeValue> ItemOf(MessageTally tally, WalkPosition position)
    {
        var item = new Dictionary<string, AttributeValue>
        {
            [ProgressSchema.MessageId] = new(tally.Message.MessageId),
            [ProgressSchema.Shard] = new() { N = position.Shard.ToString(CultureInfo.InvariantCulture) },
            [ProgressSchema.TimeToLive] = new()
            {
                N = (time.GetUtcNow() + ProgressSchema.Life).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            },
        };
        if (position.After is { } after)
            item[ProgressSchema.After] = new(after);
        if (tally.LateConnections() is { Count: > 0 } late)
            item[ProgressSchema.Late] = new([.. late]);
        return item;
    }
}
