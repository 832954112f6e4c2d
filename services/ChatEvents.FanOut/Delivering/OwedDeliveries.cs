using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;
using ChatEvents.FanOut.Rooms;
using ChatEvents.FanOut.Tables;
using ChatEvents.Queues;
using Microsoft.Extensions.Options;

namespace ChatEvents.FanOut.Delivering;

/// <summary>
/// Deliveries that a walk does not wait for. Each is an event on the queue <c>late.fifo</c>, where it survives its worker, and an item
/// beside the room's log, by which the room's next walks, whoever makes them, know that they must not overtake it. docs/fan-out.md
/// tells both as a timeline.
/// </summary>
public sealed class OwedDeliveries(
    IAmazonDynamoDB dynamo, TableBatches batches, RouteEventPublisher publisher, IOptions<FanOutOptions> options, TimeProvider time)
{
    /// <summary>Lanes that are handed on together, and how many such lots at once; arbitrary.</summary>
    private const int LanesAtOnce = 100, LotsAtOnce = 8;

    private const string Messages = "messages", Bytes = "bytes", MessageIds = "messageids";
    private const string Positions = "positions", SettledPositions = "settled";

    private readonly string _table = options.Value.RecentTable;

    /// <summary>What the room owes, by connection; as a rule there is none, and this a read of nothing.</summary>
    public async Task<IReadOnlyDictionary<string, Debt>> ReadAsync(string room, CancellationToken abandoning)
    {
        var debts = new Dictionary<string, Debt>(StringComparer.Ordinal);
        Dictionary<string, AttributeValue>? after = null;
        do
        {
            var page = await dynamo.QueryAsync(
                new QueryRequest
                {
                    TableName = _table,
                    KeyConditionExpression = "#room = :room",
                    FilterExpression = "#ttl > :now",
                    ExpressionAttributeNames = new() { ["#room"] = RecentMessages.Room, ["#ttl"] = RecentMessages.TimeToLive },
                    ExpressionAttributeValues = new()
                    {
                        [":room"] = new(RecentMessages.OwedIn(room)),
                        [":now"] = NumberAttribute.OfSeconds(time.GetUtcNow()),
                    },
                    ConsistentRead = true, // what the walk before has written a moment ago
                    ExclusiveStartKey = after,
                },
                abandoning);
            foreach (var item in page.Items ?? [])
            {
                var connectionId = item[RegistryTables.ConnectionId].S;
                var owed = new Owed(item[MessageIds].SS, item[Positions].SS);
                debts[connectionId] = debts.GetValueOrDefault(connectionId).And(
                    NumberAttribute.In(item[Messages]), NumberAttribute.In(item[Bytes]), owed);
            }

            after = page.LastEvaluatedKey;
        }
        while (after is { Count: > 0 });

        return debts;
    }

    /// <summary>Makes what waits in the lanes a debt of the room. When it returns, no crash can lose it.</summary>
    public async Task HandOnAsync(string room, IReadOnlyCollection<Lane> lanes, CancellationToken abandoning)
    {
        await Parallel.ForEachAsync(
            lanes.Chunk(LanesAtOnce),
            new ParallelOptions { MaxDegreeOfParallelism = LotsAtOnce, CancellationToken = abandoning },
            async (lot, abandoning) =>
            {
                // The item first: once the event is worked off, nobody would delete an item that comes later.
                var delayed = lot.Select(lane =>
                    EventOf(room, lane.Connection, lane.Waiting.Select(tally => tally.Position), lane.Since, lane.Attempts)).ToList();
                await batches.PutAsync(_table, delayed.Zip(lot, ItemOf), abandoning);
                await publisher.PublishAsync(delayed, abandoning);
            });
        foreach (var lane in lanes)
        {
            foreach (var tally in lane.Waiting) tally.EndLate(lane.Connection.Id, isHandedOn: true);
        }
    }

    /// <summary>
    /// Sends the event of what is owed once more. For a message that is walked again: the worker before may have been killed between the
    /// item and the event. If it was not, SQS takes the repeat for what it is, or the event finds its item gone.
    /// </summary>
    public Task RemindAsync(string room, Connection connection, IEnumerable<Owed> owed, CancellationToken abandoning) =>
        publisher.PublishAsync(
            // A set has no order of its own.
            [.. owed.Select(owed => EventOf(room, connection, owed.Positions.Order(StringComparer.Ordinal), since: time.GetUtcNow()))],
            abandoning);

    /// <summary>
    /// Which of an event's messages are not settled yet: one that was worked off, or begun, can come again, and then they would come out of
    /// order.
    /// </summary>
    public async Task<IReadOnlyList<string>> StillOwedAsync(MessagesDelayed delayed, CancellationToken abandoning)
    {
        var response = await dynamo.GetItemAsync(
            new GetItemRequest { TableName = _table, Key = KeyOf(delayed), ConsistentRead = true }, abandoning);
        return response.Item is { Count: > 0 } item
            ? [.. delayed.Positions.Except(item.GetValueOrDefault(SettledPositions)?.SS ?? [])]
            : [];
    }

    /// <summary>One message of several is settled, so that a worker which takes the others over does not begin with it again.</summary>
    public Task SettleAsync(MessagesDelayed delayed, string position, CancellationToken abandoning) => dynamo.UpdateItemAsync(
        new UpdateItemRequest
        {
            TableName = _table,
            Key = KeyOf(delayed),
            UpdateExpression = "ADD #settled :position",
            ConditionExpression = "attribute_exists(#room)", // never to bring back what another worker has settled as a whole
            ExpressionAttributeNames = new() { ["#settled"] = SettledPositions, ["#room"] = RecentMessages.Room },
            ExpressionAttributeValues = new() { [":position"] = new() { SS = [position] } },
        },
        abandoning);

    /// <summary>The delivery is over: walks may post to the connection again.</summary>
    public Task SettleAsync(MessagesDelayed delayed, CancellationToken abandoning) =>
        batches.DeleteAsync(_table, [KeyOf(delayed)], abandoning);

    private static MessagesDelayed EventOf(
        string room, Connection connection, IEnumerable<string> positions, DateTimeOffset since, int attempts = 0)
    {
        return new MessagesDelayed
        {
            ConnectionId = connection.Id,
            ConnectedAt = connection.ConnectedAt,
            CallbackEndpoint = connection.Endpoint.ToString(),
            Room = room,
            Positions = [.. positions],
            LateSince = since,
            Attempts = attempts,
        };
    }

    private static Dictionary<string, AttributeValue> KeyOf(MessagesDelayed delayed) => new()
    {
        [RecentMessages.Room] = new(RecentMessages.OwedIn(delayed.Room)),
        [RecentMessages.Position] = new($"{delayed.ConnectionId}#{delayed.Positions[0]}"),
    };

    private Dictionary<string, AttributeValue> ItemOf(MessagesDelayed delayed, Lane lane) => new(KeyOf(delayed))
    {
        [RegistryTables.ConnectionId] = new(delayed.ConnectionId),
        [Messages] = NumberAttribute.Of(lane.Messages),
        [Bytes] = NumberAttribute.Of(lane.Bytes),
        [MessageIds] = new(lane.Waiting.Select(tally => tally.Message.MessageId).ToList()),
        [Positions] = new([.. delayed.Positions]),
        [RecentMessages.TimeToLive] = NumberAttribute.OfSeconds(time.GetUtcNow() + RecentMessages.Life),
    };
}

/// <summary>What a room owes to one connection.</summary>
/// <param name="Messages">How many.</param>
/// <param name="Bytes">Of how many bytes together.</param>
/// <param name="Parts">Which, by the event that is to bring them; null where there are none.</param>
public readonly record struct Debt(long Messages, long Bytes, IReadOnlyList<Owed>? Parts)
{
    public Debt And(long messages, long bytes, Owed owed) => new(Messages + messages, Bytes + bytes, [.. Parts ?? [], owed]);

    public bool Holds(string messageId) => Parts?.Any(owed => owed.MessageIds.Contains(messageId)) == true;
}

/// <summary>What one event is to bring to a connection.</summary>
/// <param name="MessageIds">Of the messages.</param>
/// <param name="Positions">Of the same messages in the room's log.</param>
public sealed record Owed(IReadOnlyList<string> MessageIds, IReadOnlyList<string> Positions);
