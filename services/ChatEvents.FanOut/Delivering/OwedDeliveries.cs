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
/// beside the room's log, which tells the room's next walks, in whatever worker, not to overtake it. docs/fan-out.md has the timeline.
/// </summary>
public sealed class OwedDeliveries(
    IAmazonDynamoDB dynamo, TableBatches batches, RouteEventPublisher publisher, IOptions<FanOutOptions> options, TimeProvider time)
{
    /// <summary>Lanes per request, and requests at once. Arbitrary.</summary>
    private const int LanesAtOnce = 100, LotsAtOnce = 8;

    private const string Messages = "messages", Bytes = "bytes", MessageIds = "messageids";
    private const string Positions = "positions", SettledPositions = "settled";

    private readonly string _table = options.Value.RecentTable;

    /// <summary>What the room owes, by connection; usually nothing.</summary>
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
                    ConsistentRead = true, // the previous walk may have written a moment ago
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

    /// <summary>Makes what waits in the lanes a debt of the room. No crash can lose it afterwards.</summary>
    public async Task HandOnAsync(string room, IReadOnlyCollection<Lane> lanes, CancellationToken abandoning)
    {
        await Parallel.ForEachAsync(
            lanes.Chunk(LanesAtOnce),
            new ParallelOptions { MaxDegreeOfParallelism = LotsAtOnce, CancellationToken = abandoning },
            async (lot, abandoning) =>
            {
                // The item first: nothing would delete an item that is written after its event was worked off.
                var delayed = lot.Select(lane =>
                    EventOf(room, lane.Connection, lane.Waiting.Select(message => message.Position), lane.Since, lane.Attempts)).ToList();
                await batches.PutAsync(_table, delayed.Zip(lot, ItemOf), abandoning);
                await publisher.PublishAsync(delayed, abandoning);
            });
        foreach (var lane in lanes)
        {
            foreach (var message in lane.Waiting) message.Tally.EndLate(lane.Connection.Id, isHandedOn: true);
        }
    }

    /// <summary>
    /// Sends the events of a debt once more, for a message that is walked again: the previous worker may have been killed between item and
    /// event. If it was not, SQS drops the duplicate, or the event finds its item gone.
    /// </summary>
    public Task RemindAsync(string room, Connection connection, IEnumerable<Owed> owed, CancellationToken abandoning) =>
        publisher.PublishAsync(
            // DynamoDB does not keep the order of a set.
            [.. owed.Select(owed => EventOf(room, connection, owed.Positions.Order(StringComparer.Ordinal), since: time.GetUtcNow()))],
            abandoning);

    /// <summary>
    /// The positions of an event's messages that are not settled yet. The event may arrive again after it was worked off, entirely or in
    /// part; its messages would then come out of order.
    /// </summary>
    public async Task<IReadOnlyList<string>> StillOwedAsync(MessagesDelayed delayed, CancellationToken abandoning)
    {
        var response = await dynamo.GetItemAsync(
            new GetItemRequest { TableName = _table, Key = KeyOf(delayed), ConsistentRead = true }, abandoning);
        return response.Item is { Count: > 0 } item
            ? [.. delayed.Positions.Except(item.GetValueOrDefault(SettledPositions)?.SS ?? [])]
            : [];
    }

    /// <summary>Notes that one of several messages is settled, so that a worker that takes over does not begin with it again.</summary>
    public Task SettleAsync(MessagesDelayed delayed, string position, CancellationToken abandoning) => dynamo.UpdateItemAsync(
        new UpdateItemRequest
        {
            TableName = _table,
            Key = KeyOf(delayed),
            UpdateExpression = "ADD #settled :position",
            ConditionExpression = "attribute_exists(#room)", // must not recreate an item that another worker has deleted
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
        [MessageIds] = new(lane.Waiting.Select(message => message.Id).ToList()),
        [Positions] = new([.. delayed.Positions]),
        [RecentMessages.TimeToLive] = NumberAttribute.OfSeconds(time.GetUtcNow() + RecentMessages.Life),
    };
}

/// <summary>What a room owes to one connection.</summary>
/// <param name="Messages">How many messages.</param>
/// <param name="Bytes">Their bytes in all.</param>
/// <param name="Parts">The messages by event that will bring them; null if there are none.</param>
public readonly record struct Debt(long Messages, long Bytes, IReadOnlyList<Owed>? Parts)
{
    public Debt And(long messages, long bytes, Owed owed) => new(Messages + messages, Bytes + bytes, [.. Parts ?? [], owed]);

    public bool Holds(string messageId) => Parts?.Any(owed => owed.MessageIds.Contains(messageId)) == true;
}

/// <summary>What one event will bring to a connection.</summary>
/// <param name="MessageIds">The messages.</param>
/// <param name="Positions">Where the same messages stand in the room's log.</param>
public sealed record Owed(IReadOnlyList<string> MessageIds, IReadOnlyList<string> Positions);
