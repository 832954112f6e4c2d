using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;
using ChatEvents.FanOut.Rooms;
using ChatEvents.Queues;

namespace ChatEvents.FanOut.Delivering;

/// <summary>
/// Deliveries that a walk does not wait for. Each is an event on the queue <c>late.fifo</c>, where it survives its worker, and an item
/// beside the room's log, which tells the room's next walks, in whatever worker, not to overtake it. docs/fan-out.md has the timeline.
/// </summary>
public sealed class OwedDeliveries(OwedTable table, RouteEventPublisher publisher, TimeProvider time)
{
    /// <summary>Lanes per request, and requests at once. Arbitrary.</summary>
    private const int LanesAtOnce = 100, LotsAtOnce = 8;

    /// <summary>What the room owes, by connection; usually nothing.</summary>
    public async Task<IReadOnlyDictionary<string, Debt>> ReadAsync(string room, CancellationToken abandoning)
    {
        var debts = new Dictionary<string, Debt>(StringComparer.Ordinal);
        await foreach (var owed in table.ReadAsync(room, abandoning))
            debts[owed.ConnectionId] = debts.GetValueOrDefault(owed.ConnectionId).And(owed);
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
                await table.PutAsync(delayed.Zip(lot, RowOf), abandoning);
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
    public Task RemindAsync(string room, Connection connection, IEnumerable<OwedRow> owed, CancellationToken abandoning) =>
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
        var settled = await table.FindSettledAsync(delayed, abandoning);
        return settled is null ? [] : [.. delayed.Positions.Except(settled)];
    }

    /// <summary>Notes that one of several messages is settled, so that a worker that takes over does not begin with it again.</summary>
    public Task SettleAsync(MessagesDelayed delayed, string position, CancellationToken abandoning) =>
        table.AddSettledAsync(delayed, position, abandoning);

    /// <summary>The delivery is over: walks may post to the connection again.</summary>
    public Task SettleAsync(MessagesDelayed delayed, CancellationToken abandoning) => table.DeleteAsync(delayed, abandoning);

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
            Dialect = connection.Dialect,
        };
    }

    private static (MessagesDelayed Delayed, OwedRow Row) RowOf(MessagesDelayed delayed, Lane lane) => (
        delayed,
        new(delayed.ConnectionId, lane.Messages, lane.Bytes, [.. lane.Waiting.Select(message => message.Id)], delayed.Positions));
}

/// <summary>What a room owes to one connection.</summary>
/// <param name="Messages">How many messages.</param>
/// <param name="Bytes">Their bytes in all.</param>
/// <param name="Parts">The messages by event that will bring them; null if there are none.</param>
public readonly record struct Debt(long Messages, long Bytes, IReadOnlyList<OwedRow>? Parts)
{
    public Debt And(OwedRow owed) => new(Messages + owed.Messages, Bytes + owed.Bytes, [.. Parts ?? [], owed]);

    public bool Holds(string messageId) => Parts?.Any(owed => owed.MessageIds.Contains(messageId)) == true;
}
