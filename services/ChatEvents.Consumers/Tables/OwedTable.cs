using System.Runtime.CompilerServices;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using ChatEvents.Contracts;
using Item = System.Collections.Generic.Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>;

namespace ChatEvents.Consumers.Tables;

/// <summary>What one <see cref="MessagesDelayed"/> will bring to a connection.</summary>
/// <param name="ConnectionId">The connection.</param>
/// <param name="Messages">How many messages.</param>
/// <param name="Bytes">Their bytes in all.</param>
/// <param name="MessageIds">The messages, in any order.</param>
/// <param name="Positions">Where the same messages stand in the room's log, in any order.</param>
public sealed record OwedRow(
    string ConnectionId, long Messages, long Bytes, IReadOnlyList<string> MessageIds, IReadOnlyList<string> Positions);

/// <summary>
/// Deliveries that a room owes to connections that were late, one item for each <see cref="MessagesDelayed"/>. They stand beside the
/// room's log, under <see cref="RecentMessages.OwedIn"/>.
/// </summary>
public sealed class OwedTable(IAmazonDynamoDB dynamoDb, ItemBatches batches, TableNames names, TimeProvider time, RowProblems problems)
{
    private const string Messages = "messages", Bytes = "bytes", MessageIds = "messageids";
    private const string Positions = "positions", SettledPositions = "settled";

    private readonly TableSchema _table = names.RecentTable;

    /// <summary>What a room owes; usually nothing.</summary>
    public async IAsyncEnumerable<OwedRow> ReadAsync(string room, [EnumeratorCancellation] CancellationToken cancellation)
    {
        Item? after = null;
        do
        {
            var page = await dynamoDb.QueryAsync(
                new QueryRequest
                {
                    TableName = _table.Name,
                    KeyConditionExpression = "#room = :room",
                    FilterExpression = "#ttl > :now",
                    ExpressionAttributeNames = new() { ["#room"] = RecentMessages.Room, ["#ttl"] = RecentMessages.TimeToLive },
                    ExpressionAttributeValues = new()
                    {
                        [":room"] = new(RecentMessages.OwedIn(room)),
                        [":now"] = NumberAttribute.OfSeconds(time.GetUtcNow()),
                    },
                    ConsistentRead = true, // the previous walk may have written a moment ago
                    ExclusiveStartKey = after,
                },
                cancellation);
            foreach (var item in page.Items ?? [])
            {
                if (RowIn(item, room) is { } row) yield return row;
            }

            after = page.LastEvaluatedKey;
        }
        while (after is { Count: > 0 });
    }

    public Task PutAsync(IEnumerable<(MessagesDelayed Delayed, OwedRow Row)> rows, CancellationToken cancellation) =>
        batches.PutAllAsync(_table, rows.Select(owed => ItemOf(owed.Delayed, owed.Row)), cancellation);

    /// <summary>Positions of an event's messages that are settled; null if the event is settled as a whole.</summary>
    public async Task<IReadOnlyList<string>?> FindSettledAsync(MessagesDelayed delayed, CancellationToken cancellation)
    {
        var response = await dynamoDb.GetItemAsync(
            new GetItemRequest { TableName = _table.Name, Key = KeyOf(delayed), ConsistentRead = true }, cancellation);
        if (response.Item is not { Count: > 0 } item) return null;
        var reader = new ItemReader(item, time.GetUtcNow());
        var settled = reader.OptionalTexts(SettledPositions);
        if (reader.Problem is { } problem) Report(delayed.Room, delayed.ConnectionId, problem);
        return settled; // if that is not known, some messages come twice rather than not at all
    }

    /// <summary>Notes that one of several messages is settled.</summary>
    public Task AddSettledAsync(MessagesDelayed delayed, string position, CancellationToken cancellation) => dynamoDb.UpdateItemAsync(
        new UpdateItemRequest
        {
            TableName = _table.Name,
            Key = KeyOf(delayed),
            UpdateExpression = "ADD #settled :position",
            ConditionExpression = "attribute_exists(#room)", // must not recreate an item that another worker has deleted
            ExpressionAttributeNames = new() { ["#settled"] = SettledPositions, ["#room"] = RecentMessages.Room },
            ExpressionAttributeValues = new() { [":position"] = new() { SS = [position] } },
        },
        cancellation);

    public Task DeleteAsync(MessagesDelayed delayed, CancellationToken cancellation) =>
        batches.DeleteAllAsync(_table, [KeyOf(delayed)], cancellation);

    private OwedRow? RowIn(Item item, string room)
    {
        var reader = new ItemReader(item, time.GetUtcNow());
        var row = new OwedRow(
            reader.Id(RegistryTables.ConnectionId),
            reader.Number(Messages),
            reader.Number(Bytes),
            reader.Texts(MessageIds),
            reader.Texts(Positions));
        reader.Require(row.Messages is >= 0 and <= int.MaxValue, Messages, "is no number of messages");
        reader.Require(row.Bytes is >= 0 and <= int.MaxValue, Bytes, "is no number of bytes");
        reader.Require(row.Positions.Count > 0 && row.Positions.All(RecentMessages.IsPosition), Positions, "has what is no position");
        if (reader.Problem is not { } problem) return row;
        Report(room, row.ConnectionId, problem);
        return null;
    }

    private void Report(string room, string connectionId, string problem) =>
        problems.Report(_table.Name, $"{connectionId} in {RecentMessages.OwedIn(room)}", problem);

    private Item ItemOf(MessagesDelayed delayed, OwedRow row) => new(KeyOf(delayed))
    {
        [RegistryTables.ConnectionId] = new(row.ConnectionId),
        [Messages] = NumberAttribute.Of(row.Messages),
        [Bytes] = NumberAttribute.Of(row.Bytes),
        [MessageIds] = new([.. row.MessageIds]),
        [Positions] = new([.. row.Positions]),
        [RecentMessages.TimeToLive] = NumberAttribute.OfSeconds(time.GetUtcNow() + RecentMessages.Life),
    };

    private static Item KeyOf(MessagesDelayed delayed) => new()
    {
        [RecentMessages.Room] = new(RecentMessages.OwedIn(delayed.Room)),
        [RecentMessages.Position] = new($"{delayed.ConnectionId}#{delayed.Positions[0]}"),
    };
}
