using ChatEvents.FanOut.Delivering;
using ChatEvents.FanOut.Posting;
using ChatEvents.FanOut.Rooms;
using Microsoft.Extensions.Options;

namespace ChatEvents.FanOut.Walks;

/// <summary>
/// The late connections of a walk. Each has a lane, which is worked on beside the walk. Lanes that are not done at its end are handed on:
/// to the queue <c>late.fifo</c>, where they survive this worker.
/// </summary>
public sealed class WalkLanes(
    LateDeliveries late, UndeliveredMessages undelivered, OwedDeliveries owed, PostRate rate, IOptions<FanOutOptions> options, TimeProvider time)
{
    /// <summary>Lanes at once in one walk; some 2 KB each, arbitrary. Further late connections are handed on at once.</summary>
    private const int MaxLanes = 5_000; // ProgressSchema.Late counts on it

    /// <summary>How many are handed on together while the walk goes on.</summary>
    private const int HandedOnAtOnce = 500;

    /// <summary>How many connections that lag too far behind are closed in parallel. Arbitrary.</summary>
    private const int ClosedAtOnce = 16;

    private readonly FanOutOptions _options = options.Value;

    /// <summary>Continues after a post that failed, or that was not made (null), because the endpoint is out of reach.</summary>
    public ValueTask BeginAsync(
        SharedWalk walk, Connection connection, IReadOnlyList<RoomMessage> messages, Delivery? failed, CancellationToken abandoning)
    {
        var lane = LaneOf(connection, messages);
        lane.Attempts = failed is null ? 0 : 1;
        if (walk.Lanes.Count >= MaxLanes)
            return HandOnAsync(walk, lane, abandoning);

        walk.Lanes[lane] = Task.Run(() => WorkOffAsync(walk, lane, failed), CancellationToken.None);
        return default;
    }

    /// <summary>Puts messages behind those that the room owes the connection already.</summary>
    public async ValueTask FollowAsync(
        SharedWalk walk, Connection connection, Debt debt, IEnumerable<RoomMessage> messages, CancellationToken abandoning)
    {
        var isOwed = messages.ToLookup(message => debt.Holds(message.Id));
        if (isOwed[true].Any())
        {
            var again = debt.Parts!.Where(owed => isOwed[true].Any(message => owed.MessageIds.Contains(message.Id)));
            await owed.RemindAsync(walk.Scope.Room, connection, again, abandoning);
        }

        if (isOwed[false].Any())
            await HandOnAsync(walk, LaneOf(connection, [.. isOwed[false]]), abandoning);
    }

    /// <summary>When it returns, every connection that the walk has passed has the messages or is owed them.</summary>
    public async Task EndAsync(SharedWalk walk)
    {
        // While the account refuses posts, many are late at once, and the room's next messages would only join them: better to wait here
        // than to hand them all on.
        await rate.WaitWhileHeldBackAsync(Task.WhenAll(walk.Lanes.Values), walk.Abandoning);
        await walk.EndLanesAsync();
        await Task.WhenAll(walk.Lanes.Values).WaitAsync(walk.Abandoning);
        foreach (var lane in walk.Lanes.Keys.Where(lane => lane.Messages > 0)) walk.LanesToHandOn.Enqueue(lane);
        walk.Lanes.Clear();
        await HandOnAsync(walk, walk.Abandoning);
        foreach (var message in walk.Messages.Where(message => !message.Tally.IsForbidden))
            undelivered.Report(message, isLast: message.Tally.HandedOn == 0);
    }

    private Lane LaneOf(Connection connection, IReadOnlyList<RoomMessage> messages)
    {
        foreach (var message in messages) message.Tally.BeginLate(connection.Id);
        return new Lane(connection, messages, time.GetUtcNow());
    }

    private async Task WorkOffAsync(SharedWalk walk, Lane lane, Delivery? failed)
    {
        await late.WorkOffAsync(lane, failed, walk.HandingOn, walk.Abandoning);
        if (lane.Messages == 0) walk.Lanes.TryRemove(lane, out _);
    }

    private async ValueTask HandOnAsync(SharedWalk walk, Lane lane, CancellationToken abandoning)
    {
        walk.LanesToHandOn.Enqueue(lane);
        if (walk.LanesToHandOn.Count >= HandedOnAtOnce) await HandOnAsync(walk, abandoning);
    }

    private async Task HandOnAsync(SharedWalk walk, CancellationToken abandoning)
    {
        var lanes = new List<Lane>();
        while (walk.LanesToHandOn.TryDequeue(out var lane)) lanes.Add(lane);
        var tooMuch = lanes.FindAll(lane => IsTooMuch(lane, walk.Debts.GetValueOrDefault(lane.Connection.Id)));
        await Parallel.ForEachAsync(
            tooMuch,
            new ParallelOptions { MaxDegreeOfParallelism = ClosedAtOnce, CancellationToken = abandoning },
            async (lane, token) => await late.CloseAsync(lane, new Delivery(DeliveryOutcome.Throttled, Reason: "too much waits"), token));
        lanes = [.. lanes.Except(tooMuch)];
        if (lanes.Count > 0)
            await owed.HandOnAsync(walk.Scope.Room, lanes, abandoning);
    }

    /// <summary>
    /// Whether so much waits for a connection that its client is better off reconnecting. Not during the handshake: nothing can be read
    /// then, which is not the client's fault.
    /// </summary>
    private bool IsTooMuch(Lane lane, Debt debt) =>
        (debt.Messages + lane.Messages > _options.ParkedMessages || debt.Bytes + lane.Bytes > _options.ParkedBytes)
        && !lane.Connection.IsInHandshake(time.GetUtcNow());
}
