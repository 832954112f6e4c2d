using System.Runtime.CompilerServices;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using ChatEvents.Contracts;
using Item = System.Collections.Generic.Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>;

namespace ChatEvents.Consumers.Tables;

/// <summary>A message in the log of its room.</summary>
/// <param name="Room">The room.</param>
/// <param name="Position">See <see cref="RecentMessages.Position"/>.</param>
/// <param name="MessageId">Id of the message.</param>
/// <param name="Text">The text that is posted.</param>
/// <param name="PostedAt">When the gateway received it.</param>
public sealed record RecentMessage(string Room, string Position, string MessageId, string Text, DateTimeOffset PostedAt);

/// <summary>
/// The log of recent messages of each room. The fan-out writes it; the registry looks there for messages that new members missed.
/// </summary>
public sealed class RecentTable(IAmazonDynamoDB dynamoDb, ItemBatches batches, TableNames names, TimeProvider time)
{
    private readonly TableSchema _table = names.RecentTable;

    public Task PutAsync(IEnumerable<RecentMessage> messages, CancellationToken cancellation) =>
        batches.PutAllAsync(_table, messages.Select(ItemOf), cancellation);

    /// <summary>The message at a position; null if it has expired.</summary>
    public async Task<RecentMessage?> FindAsync(string room, string position, CancellationToken cancellation)
    {
        var response = await dynamoDb.GetItemAsync(
            new GetItemRequest { TableName = _table.Name, Key = KeyOf(room, position), ConsistentRead = true }, cancellation);
        return response.Item is { Count: > 0 } item ? MessageIn(item) : null;
    }

    /// <summary>What was posted to a room at an instant or later, in the order of the log. A redelivered message may be there twice.</summary>
    public async IAsyncEnumerable<RecentMessage> ReadSinceAsync(
        string room, DateTimeOffset since, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var query = Since(room, since);
        query.FilterExpression = "#postedat >= :since";
        query.ExpressionAttributeValues[":since"] = NumberAttribute.OfMilliseconds(since);
        do
        {
            var page = await dynamoDb.QueryAsync(query, cancellation);
            foreach (var item in page.Items ?? []) yield return MessageIn(item);
            query.ExclusiveStartKey = page.LastEvaluatedKey;
        }
        while (query.ExclusiveStartKey is { Count: > 0 });
    }

    /// <summary>
    /// When the latest message since <paramref name="from"/> was posted, or any message since <paramref name="enough"/>; null if there is
    /// none. The newest message is read first and alone: usually it is enough, however many there are.
    /// </summary>
    public async Task<DateTimeOffset?> FindLastPostedAsync(string room, DateTimeOffset from, DateTimeOffset enough)
    {
        DateTimeOffset? last = null;
        var query = Since(room, from);
        (query.ProjectionExpression, query.ScanIndexForward, query.Limit) = ("#postedat", false, 1);
        do
        {
            var page = await dynamoDb.QueryAsync(query);
            foreach (var item in page.Items ?? [])
            {
                var reader = new ItemReader(item);
                var postedAt = reader.Instant(RecentMessages.PostedAt);
                if (reader.Problem is { } problem) throw new SenselessRowException(_table.Name, $"of room {room}", problem);
                if (last is null || postedAt > last) last = postedAt;
            }

            (query.ExclusiveStartKey, query.Limit) = (page.LastEvaluatedKey, null);
        }
        while (query.ExclusiveStartKey is { Count: > 0 } && !(last >= enough));

        return last;
    }

    /// <summary>
    /// What may have been posted to a room at an instant or later, oldest first. Includes some messages posted shortly before:
    /// <see cref="RecentMessages.FirstPositionSince"/>.
    /// </summary>
    private QueryRequest Since(string room, DateTimeOffset instant) => new()
    {
        TableName = _table.Name,
        KeyConditionExpression = "#room = :room AND #position >= :from",
        ExpressionAttributeNames = new()
        {
            ["#room"] = RecentMessages.Room,
            ["#position"] = RecentMessages.Position,
            ["#postedat"] = RecentMessages.PostedAt,
        },
        ExpressionAttributeValues = new()
        {
            [":room"] = new(room),
            [":from"] = new(RecentMessages.FirstPositionSince(instant)),
        },
        ConsistentRead = true,
    };

    private RecentMessage MessageIn(Item item)
    {
        var reader = new ItemReader(item);
        var message = new RecentMessage(
            reader.Text(RecentMessages.Room),
            reader.Text(RecentMessages.Position),
            reader.Text(RecentMessages.MessageId),
            reader.Text(RecentMessages.Text),
            reader.Instant(RecentMessages.PostedAt));
        return reader.Problem is { } problem
            ? throw new SenselessRowException(_table.Name, $"{message.Position} of room {message.Room}", problem)
            : message;
    }

    private Item ItemOf(RecentMessage message) => new(KeyOf(message.Room, message.Position))
    {
        [RecentMessages.MessageId] = new(message.MessageId),
        [RecentMessages.Text] = new(message.Text),
        [RecentMessages.PostedAt] = NumberAttribute.OfMilliseconds(message.PostedAt),
        [RecentMessages.TimeToLive] = NumberAttribute.OfSeconds(time.GetUtcNow() + RecentMessages.Life),
    };

    private static Item KeyOf(string room, string position) => new()
    {
        [RecentMessages.Room] = new(room),
        [RecentMessages.Position] = new(position),
    };
}
